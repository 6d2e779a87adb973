"""Extrapolation: whether bands held, what is expected of the law, draws without a best size."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bayesfit.constants import BUDGETS, UNSEEN
from bayesfit.extrapolation import backtest, scores
from bayesfit.findings import best_size, extrapolation
from bayesfit.prediction.shortfall import Kappa

from . import fakes
from .fakes import looked


def holdouts(width: float) -> pd.DataFrame:
    """200 standard normal outcomes, scored by forecasts of this width."""
    rng = np.random.default_rng(0)
    table = scores.table(width * rng.standard_normal((500, 200)), rng.standard_normal(200))
    return pd.DataFrame(table).assign(method=backtest.OURS)


def asked(scored: pd.DataFrame, kappa: Kappa | None = None, **changes):
    fit = dict(law=fakes.law(), holdouts=scored, refits=[1, 2, 3], kappa=kappa, shortfall="none")
    return looked(extrapolation.check, fakes.fit(**fit | changes))


def test_bands_that_held_and_bands_that_did_not():
    (good,), (bad,) = asked(holdouts(1.0)), asked(holdouts(0.4))
    assert good.verdict == "PASS" and not good.advice
    assert "In 3 refits on the smaller runs" in good.finding
    assert "of 200 held-out losses" in good.finding and "--shortfall none" in good.finding
    assert bad.verdict == "REVIEW" and "too narrow" in bad.advice


def test_no_refits_are_a_finding_of_their_own():
    (found,) = asked(pd.DataFrame(), refits=[])
    assert found.verdict == "REVIEW" and "no refits on the smaller runs" in found.advice


@pytest.mark.parametrize(
    ("kappa", "shortfall", "words"),
    [
        (Kappa(0.25, 0.1), "inner", "improve 25 % more than the law has it (kappa = 0.25 +- 0.10, "
         "learned from 3 fits to the smaller runs)"),
        (Kappa(-0.2, 0.1), "reference", "improve 20 % less than the law has it"),
        (Kappa(0.0, 0.1), "reference", "improve as the law has it, on average"),
        (Kappa(-8.5, 0.2), "reference", "expected to rise where those of the law fall"),
    ],
)  # fmt: skip
def test_the_shortfall_in_words(kappa, shortfall, words):
    (found,) = asked(holdouts(1.0), kappa, shortfall=shortfall)
    assert words in found.finding
    assert ("public sweeps alone" in found.finding) == (shortfall == "reference")


def test_groups_are_not_asked_about_extrapolation():
    assert asked(holdouts(1.0), law=fakes.law(group="corpus")) == []


def optimum(shares: dict[str, float], group: str = ""):
    """The table of optima as far as the check reads it; half the share at smaller budgets."""
    rows = [
        dict(
            C=budget,
            without_optimum=share * (0.5 if budget < BUDGETS[-1] else 1.0),
            **{group: label},
        )
        for label, share in shares.items()
        for budget in BUDGETS
    ]
    table = pd.DataFrame(rows)
    return lambda flops: table if group else table.drop(columns=[""])


def test_draws_without_a_best_size():
    law = fakes.law()
    (found,) = looked(best_size.check, fakes.fit(law=law, optimum=optimum({"": 0.031})))
    assert found.verdict == "REVIEW"
    assert "3.1 % of the draws have no best size for 1e26 FLOPs" in found.finding
    assert looked(best_size.check, fakes.fit(law=law, optimum=optimum({"": 0.0}))) == []


def test_draws_without_a_best_size_by_group():
    shares = {"a": 0.0, "b": 0.02, UNSEEN: 0.4}
    fit = fakes.fit(law=fakes.law(group="corpus"), optimum=optimum(shares, "corpus"))
    (found,) = looked(best_size.check, fit)
    assert "2 % (b), 40 % (corpus not seen) of the draws" in found.finding


def test_a_law_that_needs_more_is_not_asked_for_a_size():
    needs = fakes.law(inputs=("N", "D", "experts"))
    assert looked(best_size.check, SimpleNamespace(law=needs)) == []
    of_N = fakes.law(inputs=("N",))
    assert looked(best_size.check, SimpleNamespace(law=of_N)) == []
