"""Parameters that the data say little about, of single laws and of groups."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.binding import bind
from bayesfit.data.runs import from_frame
from bayesfit.findings import _spread, identified, irreducible
from bayesfit.likelihoods import load as load_likelihood
from bayesfit.pooling import pooled

from ..simulate import chinchilla_table
from . import fakes
from .fakes import looked


def corpora():
    parts = [chinchilla_table(seed, runs=20).table.assign(corpus=c) for seed, c in enumerate("abc")]
    return from_frame(pd.concat(parts, ignore_index=True), "corpora", simulated=True)


def fitted(law, runs, narrow=(), wide=()):
    """As if fitted: draws of the prior; a tenth as wide but for `wide`, or only where `narrow`."""
    problem = bind(law, runs, load_likelihood("student_t"))
    flat = _spread.prior_draws(problem, 1000, seed=1)

    def shrunk(name, x):
        keep = name in wide if wide else name not in narrow
        middle = np.median(x, axis=0)
        return x if keep else np.exp(np.log(middle) + (np.log(x) - np.log(middle)) / 10)

    positive = {name: shrunk(name, x) if np.min(x) > 0 else x for name, x in flat.items()}
    return fakes.fit(
        law=law,
        likelihood=problem.likelihood,
        problem=problem,
        runs=runs,
        labels=problem.labels,
        posterior=fakes.draws(positive),
        bootstrap=None,
    )


@pytest.fixture(scope="module")
def chinchilla_law():
    return bayesfit.load_law("chinchilla_approach3")


def test_a_parameter_as_wide_as_its_prior(chinchilla_law):
    fit = fitted(chinchilla_law, chinchilla_table(), wide=("alpha", "nu"))
    ratios = _spread.spread_ratio(fit)
    assert list(ratios.index) == ["L_ref", "reducible", "share_N", "alpha", "beta"]
    assert ratios["alpha"] == pytest.approx(1.0, abs=0.1) and ratios["beta"] < 0.2
    (found,) = looked(identified.check, fit)
    assert found.verdict == "REVIEW" and found.subject == "alpha"
    assert "weakly identified" in found.finding


def test_all_is_well_identified(chinchilla_law):
    (found,) = looked(identified.check, fitted(chinchilla_law, chinchilla_table(), wide=("nu",)))
    assert found.verdict == "PASS" and found.subject == "identifiability"


def test_a_parameter_that_leans_on_its_prior(chinchilla_law):
    """The posterior is narrow; refits without priors spread as widely as the prior."""
    fit = fitted(chinchilla_law, chinchilla_table(), wide=("nu",))
    few = {name: np.asarray(x)[:500] for name, x in fit.posterior.flat.items()}
    vague = _spread.prior_draws(fit.problem, 500, seed=3)["alpha"]
    fit.bootstrap = fakes.draws(few | dict(alpha=vague))
    (found,) = looked(identified.check, fit)
    assert found.subject == "alpha" and "leans on its prior" in found.finding
    share = np.where(np.arange(500) < 300, 1.0, few["reducible"])  # E at nought: another check's
    fit.bootstrap = fakes.draws(few | dict(reducible=share))
    (found,) = looked(identified.check, fit)
    assert found.verdict == "PASS"


@pytest.fixture(scope="module")
def by_corpus(chinchilla_law):
    return pooled(chinchilla_law, "corpus", ["L_ref"])


def test_spreads_of_groups_are_looked_at(by_corpus):
    (found,) = looked(identified.check, fitted(by_corpus, corpora(), wide=("L_ref_spread",)))
    assert found.subject == "groups" and "L_ref_spread" in found.finding
    assert "a group that is not in the table" in found.finding


def test_what_is_random_without_groups_is_a_parameter_like_others(chinchilla_law):
    law = replace(chinchilla_law, random=("alpha",))
    (found,) = looked(identified.check, fitted(law, chinchilla_table(), wide=("alpha",)))
    assert found.subject == "alpha"


def test_vectors_are_looked_at_group_by_group(by_corpus):
    fit = fitted(by_corpus, corpora(), wide=("none",))
    vague = _spread.prior_draws(fit.problem, 1000, seed=2)["E"]
    flat = dict(fit.posterior.flat)
    flat["E"] = np.column_stack([vague[:, 0], flat["E"][:, 1], vague[:, 2], vague[:, 3]])
    fit.posterior = fakes.draws(flat)
    (found,) = looked(identified.check, fit)
    assert found.verdict == "REVIEW" and "E for a, c." in found.finding
    fit.posterior = fakes.draws(flat | dict(E=vague))
    (found,) = looked(identified.check, fit)
    assert "E for every group." in found.finding


def at_bound(law, refits, posterior, runs, labels=()):
    name = law.roles.get("irreducible", "E")
    return looked(
        irreducible.check,
        fakes.fit(
            law=law,
            runs=runs,
            labels=labels,
            bootstrap=fakes.draws({name: refits}),
            posterior=fakes.draws({name: posterior}),
        ),
    )


REFITS = np.where(np.arange(100) < 10, 1e-9, 1.5)
POSTERIOR = np.linspace(0.5, 1.5, 101)


def test_an_irreducible_loss_at_its_bound():
    law, runs = fakes.law(roles=dict(irreducible="floor")), chinchilla_table()
    (found,) = at_bound(law, REFITS, POSTERIOR, runs)
    assert (found.verdict, found.subject) == ("REVIEW", "floor")
    assert "10 % of the bootstrap refits" in found.finding and "95 %: 0.53 to 1.48" in found.finding
    assert at_bound(law, np.full(100, 1.5), POSTERIOR, runs) == []
    assert at_bound(law, np.zeros(0), POSTERIOR, runs) == []


def test_a_parameter_called_E_is_not_asked_without_its_role():
    assert at_bound(fakes.law(), REFITS, POSTERIOR, chinchilla_table()) == []


def test_an_irreducible_loss_at_its_bound_in_some_groups():
    """It has a value a group, the last for a group not seen, about which nothing is reported."""
    law = fakes.law(roles=dict(irreducible="E"), group="corpus")
    good = np.full(100, 1.5)
    some, every = (np.column_stack(x) for x in ([REFITS, good, good, REFITS], [REFITS] * 4))
    posterior = np.column_stack([POSTERIOR, POSTERIOR + 1, POSTERIOR, POSTERIOR])
    (found,) = at_bound(law, some, posterior, corpora(), ("a", "b", "c"))
    assert "for 1 of 3 groups: up to 10 % of the refits put" in found.finding
    assert "The posterior has 0.53 to 1.48 for a (95 %)" in found.finding
    (found,) = at_bound(law, every, posterior, corpora(), ("a", "b", "c"))
    assert "for every group" in found.finding and "1.52 to 2.47 for b" in found.finding
    pooled_law = replace(law, random=("E_spread",))
    (found,) = at_bound(pooled_law, every, posterior, corpora(), ("a", "b", "c"))
    assert "10 % of the refits, which are of one law for all groups, put" in found.finding
    none = np.column_stack([good, good, good, REFITS])
    assert at_bound(law, none, posterior, corpora(), ("a", "b", "c")) == []
