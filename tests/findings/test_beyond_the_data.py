"""Extrapolation: whether bands held, what is expected of the law, draws without a best size."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from bayesfit.constants import BUDGETS, UNSEEN
from bayesfit.extrapolation import backtest, scores
from bayesfit.findings import best_size, extrapolation

from . import fakes
from .fakes import looked


def holdouts(width: float) -> pd.DataFrame:
    """200 standard normal outcomes, scored by forecasts of this width."""
    rng = np.random.default_rng(0)
    table = scores.table(width * rng.standard_normal((500, 200)), rng.standard_normal(200))
    return pd.DataFrame(table).assign(method=backtest.OURS)


def asked(scored: pd.DataFrame, **changes):
    believes = SimpleNamespace(bend=None)
    fit = dict(law=fakes.law(), holdouts=scored, refits=[1, 2, 3], likelihood=believes)
    return looked(extrapolation.check, fakes.fit(**fit | changes))


def test_bands_that_held_and_bands_that_did_not():
    (good,), (bad,) = asked(holdouts(1.0)), asked(holdouts(0.4))
    assert good.verdict == "PASS" and not good.advice
    assert "In 3 refits on the smaller runs" in good.finding
    assert "of 200 held-out losses" in good.finding
    assert "assume that the law holds beyond the data" in good.finding
    assert bad.verdict == "REVIEW" and "too narrow" in bad.advice


def test_no_refits_are_a_finding_of_their_own():
    (found,) = asked(pd.DataFrame(), refits=[])
    assert found.verdict == "REVIEW" and "no refits on the smaller runs" in found.advice


def test_what_the_bands_take_the_law_to_be_off_by():
    """A likelihood that bends the law names the size of the bend, another one the assumption."""
    law = fakes.law(name="ours", misfit=0.015)
    (off,) = asked(holdouts(1.0), law=law, likelihood=SimpleNamespace(bend=lambda p, runs: 0.0))
    assert "take ours to be off by 1.5 % of the loss" in off.finding
    assert "assume that the law holds" not in off.finding
    (none,) = asked(pd.DataFrame(), law=law, refits=[])
    assert none.finding == "The bands assume that the law holds beyond the data as it does within."


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
