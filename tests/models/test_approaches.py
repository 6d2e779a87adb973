"""Chinchilla's approaches 1 and 2 as laws: a truth comes back, and whole runs are resampled."""

import numpy as np
import pytest

import bayesfit
from bayesfit import models
from bayesfit.binding import bind, explained
from bayesfit.data import isoflop
from bayesfit.datasets import designs
from bayesfit.inference import cluster_bootstrap as units
from bayesfit.questions import backtest

TRUE_A = designs.BETA / (designs.ALPHA + designs.BETA)
SMALL = dict(bootstrap=40, chains=4, draws=100)


def true_N(C):
    G = (designs.ALPHA * designs.A / (designs.BETA * designs.B)) ** (
        1 / (designs.ALPHA + designs.BETA)
    )
    return G * (C / 6) ** TRUE_A


@pytest.fixture(scope="module")
def by_curves():
    return bayesfit.fit("chinchilla_approach1", bayesfit.load("simulated_curves"), **SMALL)


@pytest.mark.slow
def test_approach_1_covers_the_truth_and_promises_no_loss(by_curves):
    got = by_curves.posterior.summary().loc["a"]
    assert got["lo95"] < TRUE_A < got["hi95"] and 0.03 < got["hi95"] - got["lo95"] < 0.3
    found = by_curves.optimum([1e21]).iloc[0]
    assert found["N_lo95"] < true_N(1e21) < found["N_hi95"]
    assert "loss" not in found and by_curves.refits == []
    assert any("winner's curse" in note for note in by_curves.runs.notes)


@pytest.mark.slow
def test_whole_runs_are_resampled_not_points_of_the_envelope(by_curves):
    refits = by_curves.bootstrap
    assert refits.stats["converged"].mean() > 0.9
    points = np.log(by_curves.runs["C"]), np.log(by_curves.runs["N"])
    _, covariance = np.polyfit(*points, 1, cov=True)
    naive = covariance[0, 0] ** 0.5  # as if every point of the envelope were a run
    assert refits.flat["a"].std() > 3 * naive


def test_a_unit_is_drawn_with_all_its_rows():
    law, curves = models.load("chinchilla_approach1"), bayesfit.load("simulated_curves")
    problem = bind(law, explained(law, curves))
    rows = [np.flatnonzero(curves["run"] == run) for run in np.unique(curves["run"])]
    times = np.array([2, 0, 1] + [1] * (len(rows) - 3))
    drawn = units._drawn(curves, "run", rows, times)
    counts = drawn.table.groupby("run").size()
    assert (counts == designs.POINTS).all() and len(counts) == times.sum()
    few = curves.subset(curves["N"] < 5e8)
    with pytest.raises(bayesfit.InputError, match="too few runs to resample"):
        units.refit(problem, few.subset(few["N"] < 1.5e8), np.zeros(2), 5)


@pytest.mark.slow
def test_approach_2_covers_the_truth():
    fit = bayesfit.fit("chinchilla_approach2", bayesfit.load("simulated_isoflop"), **SMALL)
    got = fit.posterior.summary().loc["a"]
    assert got["lo95"] < TRUE_A < got["hi95"] and got["hi95"] - got["lo95"] < 0.08
    found = fit.optimum([1e21])
    assert len(found) == 1  # one optimum for all budgets
    at = {name: fit.posterior.flat[name] for name in ("E", "K", "gamma")}
    lowest = np.median(at["E"] + at["K"] / 1e21 ** at["gamma"])
    assert found["loss"].item() == pytest.approx(lowest, rel=1e-4)
    assert found["N_lo95"].iloc[0] < true_N(1e21) < found["N_hi95"].iloc[0]
    assert fit.posterior.stats["diverging"].sum() == 0
    classical = isoflop.two_step(fit.runs)
    assert got["median"] == pytest.approx(classical.a, abs=0.03)


@pytest.mark.slow
def test_approach_2_on_the_240_runs(chinchilla):
    """Hoffmann et al., table 2: a = .49 (10 to 90 %: .462 to .534); 63B at 5.76e23 FLOPs."""
    fit = bayesfit.fit("chinchilla_approach2", chinchilla, **SMALL)
    got = fit.posterior.summary().loc["a"]
    assert got["median"] == pytest.approx(0.497, abs=0.015)
    assert got["lo95"] < 0.49 < got["hi95"] and got["lo80"] > 0.44 and got["hi80"] < 0.56
    found = fit.optimum([5.76e23]).iloc[0]
    assert found["N_lo80"] < 63e9 < found["N_hi80"]


@pytest.mark.parametrize("name", ["chinchilla_approach1", "chinchilla_approach2"])
def test_what_predicts_no_loss_is_not_backtested(name):
    with pytest.raises(bayesfit.InputError, match="predicts no loss of larger runs"):
        backtest.check(models.load(name), None, {})
