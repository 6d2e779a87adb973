"""Extrapolation: whether bands held, what is expected of the law, draws without a best size."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from bayesfit import likelihoods, models
from bayesfit.constants import BUDGETS, UNSEEN
from bayesfit.extrapolation import backtest, measured, scores
from bayesfit.findings import best_size, extrapolation

from . import fakes
from .fakes import looked

DOUBTING = SimpleNamespace(name="misfit_t", plane=likelihoods.load("misfit_t").plane)


def holdouts(width: float) -> pd.DataFrame:
    """200 standard normal outcomes, scored by forecasts of this width."""
    rng = np.random.default_rng(0)
    table = scores.table(width * rng.standard_normal((500, 200)), rng.standard_normal(200))
    return pd.DataFrame(table).assign(method=backtest.OURS)


def asked(scored: pd.DataFrame, **changes):
    believes = SimpleNamespace(name="believing", plane=None)
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
    (off,) = asked(holdouts(1.0), law=law, likelihood=DOUBTING)
    assert "take ours to be off by 1.5 % of the loss" in off.finding
    assert "assume that the law holds" not in off.finding
    assert "has not been counted" in off.finding
    (none,) = asked(pd.DataFrame(), law=law, refits=[])
    assert none.finding == "The bands assume that the law holds beyond the data as it does within."


def sure(width: float):
    """A table of optima whose loss at N* has an 80 % band of this width, relative."""
    row = dict(N=1e11, loss_at_N_lo80=2.0, loss_at_N_hi80=2.0 * (1 + width))
    return lambda C: pd.DataFrame([row])


def test_a_forecast_surer_than_any_that_was_counted_is_said_so():
    law, counted = models.load("kaplan_chinchilla"), measured._table()["kaplan_chinchilla"]
    parts = dict(law=law, likelihood=DOUBTING)
    found = asked(holdouts(1.0), optimum=sure(0.0005), **parts)
    assert [f.verdict for f in found] == ["REVIEW", "PASS"] and "surer of the loss" in found[
        0
    ].finding
    (one,) = asked(holdouts(1.0), optimum=sure(0.05), **parts)
    assert (
        f"On {counted['splits']:.0f} splits of {counted['sweeps']:.0f} public sweeps" in one.finding
    )


def test_only_what_was_counted_is_quoted():
    law, kind = models.load("kaplan_chinchilla"), likelihoods.load("misfit_t")
    found = measured.measured(law, kind)
    assert found is not None and found.sweeps > 5 and 0.5 < found.inside80 < found.inside95 < 1
    others = [
        (law, likelihoods.load("shared_t")),
        (models.load("data_constrained"), kind),
        (replace(law, misfit=0.03), kind),
        (replace(law, home="/home/me/kaplan_chinchilla.py"), kind),
        (replace(law, overrides=dict(q="LogNormal(0, 1)")), kind),
    ]
    assert all(measured.measured(*other) is None for other in others)


def test_laws_carry_the_misfit_that_was_chosen():
    for name, row in measured._table().items():
        assert models.load(name).misfit == row["misfit"], name


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
