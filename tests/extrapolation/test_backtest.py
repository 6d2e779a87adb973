"""Scores of known forecasts, kappa of a simulated shortfall, refits on the smaller runs."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit import figures, likelihoods
from bayesfit.data.runs import from_frame
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.figures.calibration import coverage
from bayesfit.findings import extrapolation
from bayesfit.prediction import shortfall as shortfalls
from bayesfit.prediction.shortfall import Kappa

from ..simulate import chinchilla_table


def test_scores_of_a_normal_forecast():
    """CRPS and log score of N(0, 1) at y have closed forms (Gneiting & Raftery 2007, eq. 21)."""
    rng = np.random.default_rng(0)
    outcome = np.array([-1.0, 0.0, 2.5])
    draws = rng.standard_normal((20000, 3))
    z = stats.norm
    expected = outcome * (2 * z.cdf(outcome) - 1) + 2 * z.pdf(outcome) - np.pi**-0.5
    np.testing.assert_allclose(scores.crps(draws, outcome), expected, atol=0.02)
    np.testing.assert_allclose(
        scores.log_score(draws, outcome)[:2], z.logpdf(outcome)[:2], atol=0.1
    )


def test_coverage_of_a_right_and_of_an_overconfident_forecast():
    rng = np.random.default_rng(1)
    outcome = rng.standard_normal(2000)
    right = scores.summary(scores.table(rng.standard_normal((1000, 2000)), outcome))
    narrow = scores.summary(scores.table(0.5 * rng.standard_normal((1000, 2000)), outcome))
    assert right["coverage80"] == pytest.approx(0.80, abs=0.04)
    assert right["coverage95"] == pytest.approx(0.95, abs=0.02)
    assert narrow["coverage80"] < 0.6
    assert right["crps"] < narrow["crps"] and right["log_score"] > narrow["log_score"]


def test_a_simulated_shortfall_is_found():
    rng = np.random.default_rng(0)
    best = np.full(400, 1.0)
    surface = 1.0 - rng.uniform(0.05, 0.3, (1, 50)) + 0.01 * rng.standard_normal((400, 1))
    observed = surface.mean(0) - 0.4 * (1.0 - surface.mean(0)) + 0.002 * rng.standard_normal(50)
    found = shortfalls.estimate(surface, best, observed)
    assert found is not None and found.mean == pytest.approx(0.4, abs=3 * found.sd)
    values = dict(kappa=np.full(400, 0.4), frontier=best)
    assert np.abs(shortfalls.corrected(surface, values).mean(0) - observed).max() < 0.02
    assert shortfalls.estimate(surface + 0.4, best, observed) is None


def test_the_correction_changes_nothing_on_this_side_of_the_frontier():
    surface = np.linspace(0.5, 1.5, 11)[None]
    values = dict(kappa=np.array([0.3]), frontier=np.array([1.0]))
    moved = shortfalls.corrected(surface, values) - surface
    assert (moved[surface >= 1.0] == 0).all() and (moved[surface < 1.0] < 0).all()
    assert (np.diff(shortfalls.corrected(surface, values)) > 0).all()
    assert shortfalls.corrected(surface, {}) is surface


def test_inner_estimates_count_as_one():
    one = shortfalls.pooled([Kappa(0.3, 0.1)])
    many = shortfalls.pooled([Kappa(0.3, 0.1)] * 4)
    assert many == pytest.approx(one) and shortfalls.pooled([]) is None
    prior = shortfalls.posterior("reference", [Kappa(0.3, 0.1)], "kaplan_chinchilla")
    both = shortfalls.posterior("inner", [Kappa(0.3, 0.1)], "kaplan_chinchilla")
    assert prior.mean < both.mean < 0.3 and both.sd < prior.sd
    assert shortfalls.posterior("none", [], "kaplan_chinchilla") is None
    with pytest.raises(bayesfit.InputError, match="no shortfall"):
        shortfalls.posterior("some", [], "kaplan_chinchilla")


def test_the_reference_class():
    every = shortfalls.reference("kaplan_chinchilla")
    assert -0.2 < every.mean < 0.3 and 0.05 < every.sd < 0.4
    assert shortfalls.reference("kaplan_chinchilla", "pile") != every
    assert shortfalls.reference("a_new_law") == shortfalls.UNKNOWN
    table = pd.read_csv(shortfalls.REFERENCE, comment="#")
    assert (table["sd"] > 0).all() and table["law"].nunique() >= 2


def test_each_law_has_its_own_default_and_holdouts_without_kappa():
    law = bayesfit.load_law("kaplan_chinchilla")
    assert law.shortfall == "none"
    assert bayesfit.load_law("chinchilla_approach3").shortfall == "inner"
    small = dict(chains=4, draws=100, bootstrap=50)
    fit = bayesfit.fit(law, bayesfit.load("pile"), **small)
    assert fit.kappa is None and not fit.holdouts.empty and "kappa" not in fit.posterior.flat
    (said,) = extrapolation.look(fit)
    assert "--shortfall none" in said.finding and "refits on the smaller runs" in said.finding
    with pytest.raises(bayesfit.InputError, match="learned from refits on the smaller runs"):
        bayesfit.fit(law, bayesfit.load("pile"), shortfall="inner", refits=False, **small)


@pytest.fixture(scope="module")
def smaller():
    """A table, and its refits on the smaller half and on four fifths."""
    law, runs = bayesfit.load_law("chinchilla_approach3"), chinchilla_table(runs=60, sigma=0.003)
    kind = likelihoods.load("student_t")
    return law, runs, refits.refit_smaller(law, runs, kind, shares=(0.5, 0.8))


def test_refits_hold_out_the_larger_runs(smaller):
    law, runs, found = smaller
    assert [int(refit.below.sum()) for refit in found] == [30, 48]
    for refit in found:
        assert runs["C"][refit.below].max() < runs["C"][~refit.below].min()
        assert (
            refit.surface.shape == (refits.CHAINS * refits.DRAWS, 60)
            and len(refit.problem.weights) == 64
        )
    assert refits.refit_smaller(law, runs, found[0].problem.likelihood, thresholds=[0.0]) == []


def test_a_true_law_covers_and_keeps_up_with_common_practice():
    """Six simulated tables, fitted below the median budget: bands hold where the law is true."""
    law, parts = bayesfit.load_law("chinchilla_approach3"), []
    for seed in range(6):
        runs = chinchilla_table(seed, runs=60)
        parts.append(
            backtest.backtest(law, runs, likelihoods.load("student_t"), shares=(0.5,), kind="none")
        )
    got = backtest.summary(pd.concat(parts))
    assert list(got.index) == [backtest.OURS, backtest.PAIRS, backtest.RESIDUAL]
    assert got.loc[backtest.OURS, "coverage80"] > 0.65
    assert got.loc[backtest.OURS, "coverage95"] > 0.85
    assert got.loc[backtest.PAIRS, "coverage95"] < got.loc[backtest.OURS, "coverage95"] + 0.05
    assert got.loc[backtest.OURS, "crps"] < 1.1 * got["crps"].min()


def test_one_word_is_left_out_at_a_time():
    law, table = bayesfit.load_law("chinchilla_approach3"), chinchilla_table(runs=60).table
    runs = from_frame(table.assign(corpus=np.where(np.arange(60) % 4, "web", "code")))
    kind = likelihoods.load("student_t")
    scored = backtest.backtest(law, runs, kind, by="corpus", baselines=False)
    assert list(scored["threshold"].unique()) == ["code", "web"]
    assert list(scored["fitted"].unique()) == [45, 15] and len(scored) == 60
    assert (scored["at"] == scored["threshold"]).all()
    assert sorted(scored["held_out"]) == list(range(60))
    figure = figures.load("calibration").draw(scored, "corpus")
    assert [ax.get_title("left") for ax in figure.axes][1:] == [
        "fitted without code (45 runs)",
        "fitted without web (15 runs)",
    ]


def test_shares_of_bands_that_hold():
    """Outcomes from the forecast itself fall on the diagonal, those twice as far out below it."""
    rng, nominal = np.random.default_rng(0), np.linspace(0, 1, 11)
    right = stats.norm.cdf(rng.standard_normal(4000))
    narrow = stats.norm.cdf(2 * rng.standard_normal(4000))
    np.testing.assert_allclose(coverage(right, nominal), nominal, atol=0.04)
    assert (coverage(narrow, nominal)[1:-1] < nominal[1:-1] - 0.03).all()


def test_the_table_and_the_figure_show_what_was_covered(smaller):
    law, runs, found = smaller
    scored = backtest.score(law, runs, found, kind="none", baselines=True)
    assert scored["pit"].between(0, 1).all() and scored["method"].nunique() == 3
    inside = scored["actual"].between(scored["predicted_lo80"], scored["predicted_hi80"])
    assert (inside == scored["inside80"]).mean() > 0.95  # quantiles by two definitions
    np.testing.assert_array_equal(scored["actual"], runs["loss"][scored["held_out"]])
    assert figures.png(figures.load("calibration").draw(scored)).startswith(b"\x89PNG")


def test_regret_of_the_refits(smaller):
    law, runs, found = smaller
    got = backtest.regret(law, found, runs)
    assert len(got) == 1 and 0 <= got["regret"].item() < 0.01


@pytest.mark.slow
def test_bands_on_the_240_runs_beat_common_practice(chinchilla):
    law = bayesfit.load_law("kaplan_chinchilla")
    kind = likelihoods.load(law.likelihood)
    scored = backtest.backtest(law, chinchilla, kind, shares=(0.5, 0.8), without="chinchilla")
    got = backtest.summary(scored)
    ours, practice = got.loc[backtest.OURS], got.drop(backtest.OURS)
    assert (ours["coverage95"] > practice["coverage95"] + 0.1).all()
    assert (ours["log_score"] > practice["log_score"]).all()
    assert (ours["crps"] < practice["crps"]).all()
