"""Another prior by name: given by text or by distribution, obeyed, and recorded."""

import numpy as np
import numpyro.distributions as dist
import pytest

import bayesfit
from bayesfit import models
from bayesfit.law import View
from bayesfit.pooling import pooled
from bayesfit.priors import overridden, parsed
from bayesfit.stages import Settings, task

from .simulate import chinchilla_table

LAW = models.load("chinchilla_approach3")


def prior(law, name):
    return law.priors(View(N=1e9, D=2e10, loss=2.5))[name]


@pytest.mark.parametrize("asked", ["LogNormal(-1.0, 0.3)", dist.LogNormal(-1.0, 0.3)])
def test_a_prior_by_text_and_by_distribution(asked):
    law = overridden(LAW, dict(alpha=asked))
    found = prior(law, "alpha")
    assert isinstance(found, dist.LogNormal) and float(found.loc) == -1.0
    assert float(found.scale) == pytest.approx(0.3, rel=1e-6)
    assert float(prior(law, "beta").loc) == float(prior(LAW, "beta").loc)
    assert law.name == LAW.name and not LAW.overrides
    (words,) = law.overrides.values()
    assert isinstance(parsed("alpha", words), dist.LogNormal)  # what is recorded reads back


def test_a_text_loses_no_digit():
    law = overridden(LAW, dict(alpha="Normal(loc=0.1234567890123456, scale=1e-3)"))
    assert float(prior(law, "alpha").loc) == 0.1234567890123456
    again = overridden(LAW, law.overrides)
    assert again is law


def test_the_same_law_is_the_same_object():
    """So that what was compiled for it is used again."""
    asked = dict(alpha="LogNormal(-1.0, 0.3)", share_N="Beta(3, 3)")
    law = overridden(LAW, asked)
    assert law is overridden(LAW, dict(reversed(asked.items()))) and law is not LAW
    assert overridden(LAW, {}) is LAW
    assert pooled(law, "corpus", ["L_ref"]) is pooled(law, "corpus", ["L_ref"])
    assert pooled(LAW, "corpus") is pooled(LAW, "corpus") is not pooled(law, "corpus")
    assert pooled(LAW, "corpus") is pooled(LAW, "corpus", list(prior_names()))


def prior_names():
    return LAW.priors(View(N=1e9, D=2e10, loss=2.5))


def made(priors):
    """The task of a fit, before any work."""
    return task(LAW, None, chinchilla_table(), None, Settings(), replaced=priors)


@pytest.mark.parametrize(
    "asked, words",
    [
        (dict(E="Normal(1, 1)"), "no parameter E; it has L_ref, "),
        (dict(alpha="Normal(1"), "prior of alpha cannot be read: 'Normal"),
        (dict(alpha="Abnormal(1, 2)"), "cannot be read"),
        (dict(alpha="Normal(1, -2)"), "cannot be read"),
        (dict(alpha="__import__('os').getcwd()"), "cannot be read"),
        (dict(alpha=0.35), "alpha is a float, not a distribution"),
    ],
)
def test_a_prior_that_is_none_is_refused(asked, words):
    with pytest.raises(bayesfit.InputError, match=words) as error:
        made(asked)
    assert "\n" not in str(error.value)


def test_a_parameter_of_groups_takes_no_single_prior():
    corpora = chinchilla_table().with_column("corpus", np.repeat(["a", "b"], 30))
    law = pooled(LAW, "corpus", ["L_ref"])
    with pytest.raises(bayesfit.InputError, match="a value for each group"):
        task(law, None, corpora, None, Settings(), replaced=dict(L_ref_deviation="Normal(0, 1)"))
    with pytest.raises(bayesfit.InputError, match="names a parameter twice"):
        pooled(LAW, "corpus", ["L_ref", "L_ref"])
