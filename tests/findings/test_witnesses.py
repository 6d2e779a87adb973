"""The MLE with its bootstrap, beside the posterior: where they differ, it is said."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import xarray

from bayesfit.constants import TARGET
from bayesfit.findings import witnesses

RNG = np.random.default_rng(0)


def asked(mle=0.5, posterior=0.02, bootstrap: float | None = 0.02, bend=None, optimum=None):
    """A fit whose posterior of a is N(0.5, posterior) and whose bootstrap N(mle, bootstrap)."""
    draws = {"a": 0.5 + posterior * RNG.standard_normal(4000)}
    refits = None
    if bootstrap is not None:
        refits = SimpleNamespace(flat={"a": mle + bootstrap * RNG.standard_normal(1000)})
    fit = SimpleNamespace(
        law=SimpleNamespace(
            roles=dict(growth_N="a", irreducible="E"),
            is_allocation=bool(optimum),
            given=(),
            group="",
        ),
        optimum=optimum,
        about=TARGET,
        posterior=SimpleNamespace(flat=draws),
        bootstrap=refits,
        estimate={"a": np.array(mle)},
        likelihood=SimpleNamespace(bend=bend),
    )
    (found,) = witnesses.look(fit)
    return found


def test_two_that_agree_pass():
    found = asked()
    assert found.verdict == "PASS" and "differ by less than 1.5" in found.finding
    assert asked(bootstrap=None).finding == "The MLE lies inside the posterior's 80 % band."


@pytest.mark.parametrize(("away", "status"), [(1.0, "PASS"), (2.0, "REVIEW")])
def test_an_mle_outside_the_band_is_a_review(away, status):
    found = asked(mle=0.5 + away * 0.02)
    assert found.verdict == status
    assert ("MLE of a lies outside" in found.finding) == (status == "REVIEW")


def test_spreads_that_differ_are_a_review_and_the_wider_is_trusted():
    narrow, wide = asked(bootstrap=0.04), asked(bootstrap=0.01)
    assert narrow.verdict == wide.verdict == "REVIEW"
    for found, ratio in ((narrow, 0.5), (wide, 2.0)):
        (said,) = re.findall(r"posterior is (\S+) \(a\) times as wide", found.finding)
        assert float(said) == pytest.approx(ratio, rel=0.15)
    assert "trust the wider" in narrow.advice and "Trust the wider" in wide.advice


def test_a_posterior_that_doubts_the_law_may_be_wider():
    found = asked(bootstrap=0.01, bend=lambda p, runs: 0.0)
    assert found.verdict == "PASS" and "doubts the law" in found.finding
    assert asked(bootstrap=0.04, bend=lambda p, runs: 0.0).verdict == "REVIEW"


def sizes(posterior, bootstrap):
    """`Fit.optimum` with log-normal draws of N*, of these sds in log."""
    sds = dict(posterior=posterior, bootstrap=bootstrap, MLE=0.0)

    def optimum(C, *, by, draws):
        assert draws
        N = np.exp(25.0 + sds[by] * RNG.standard_normal((1 if by == "MLE" else 2000, 1)))
        return {"N": xarray.DataArray(N)}

    return optimum


def test_the_best_size_is_compared_too():
    found = asked(optimum=sizes(0.2, 0.74))
    assert found.verdict == "REVIEW" and "(N* at 1e25 FLOPs) times as wide" in found.finding
    assert asked(optimum=sizes(0.2, 0.2)).verdict == "PASS"


def test_a_law_without_roles_is_not_asked():
    law = SimpleNamespace(roles={}, is_allocation=False)
    fit = SimpleNamespace(law=law, posterior=SimpleNamespace(flat={}), estimate={})
    assert not list(witnesses.look(fit))
