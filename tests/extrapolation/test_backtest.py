"""Scores of known forecasts, refits on the smaller runs, what common practice forecasts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit import figures, likelihoods
from bayesfit.bands import band
from bayesfit.data.runs import from_frame
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.figures.calibration import coverage
from bayesfit.findings import extrapolation
from bayesfit.formatting import percent
from bayesfit.prediction.optimum import loss_of_size, optima

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


def test_a_law_that_is_taken_to_be_off_says_so_and_has_holdouts():
    """By the default likelihood of the law; each held-out loss is scored by its refit."""
    law, runs = bayesfit.load_law("chinchilla_approach3"), bayesfit.load("pile")
    fit = bayesfit.fit(law, runs, chains=4, draws=100, bootstrap=0)
    assert fit.likelihood.name == "misfit_t" and fit.likelihood.bend is not None
    *_, said = extrapolation.look(fit)
    assert f"{law.name} to be off by {percent(law.misfit)} of the loss" in said.finding
    assert f"{len(fit.refits)} refits on the smaller runs" in said.finding
    above = [int((~refit.below).sum()) for refit in fit.refits]
    assert len(fit.refits) > 1 and len(fit.holdouts) == sum(above)
    forecast = np.exp(band(fit.refits[0].forecast())["median"])
    np.testing.assert_allclose(fit.holdouts["predicted"][: above[0]], forecast, rtol=1e-12)


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
        assert len(refit.problem.weights) == 64
        above = int((~refit.below).sum())
        assert refit.forecast().shape == (refits.CHAINS * refits.DRAWS, above)
    assert refits.refit_smaller(law, runs, found[0].problem.likelihood, thresholds=[0.0]) == []


def test_a_true_law_covers_and_keeps_up_with_common_practice():
    """Six simulated tables, fitted below the median budget: bands hold where the law is true."""
    law, parts = bayesfit.load_law("chinchilla_approach3"), []
    for seed in range(6):
        runs = chinchilla_table(seed, runs=60)
        parts.append(backtest.backtest(law, runs, likelihoods.load("student_t"), shares=(0.5,)))
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
    scored = backtest.score(law, runs, found, baselines=True)
    assert scored["pit"].between(0, 1).all() and scored["method"].nunique() == 3
    inside = scored["actual"].between(scored["predicted_lo80"], scored["predicted_hi80"])
    assert (inside == scored["inside80"]).mean() > 0.95  # quantiles by two definitions
    np.testing.assert_array_equal(scored["actual"], runs["loss"][scored["held_out"]])
    assert figures.png(figures.load("calibration").draw(scored)).startswith(b"\x89PNG")


def test_regret_of_the_refits(smaller):
    """The mean loss of the last refit, on a finer grid of sizes, is the judge."""
    law, runs, found = smaller
    got = backtest.regret(found, runs)
    assert len(got) == 1 and 0 <= got["regret"].item() < 0.01
    budget = runs["C"].max()
    chosen = np.median(optima(law, found[0].values, [budget])["N"])
    sizes = np.append(np.geomspace(1e8, 1e11, 2000), chosen)
    losses = loss_of_size(law, found[1].values, sizes, np.full(len(sizes), budget)).mean(0)
    row = got.iloc[0]
    assert row["C"] == budget and row["threshold"] == runs["C"][found[0].below].max()
    assert row["N"] == pytest.approx(chosen)
    assert row["N_best"] == pytest.approx(sizes[np.argmin(losses)], rel=0.03)
    assert row["regret"] == pytest.approx(losses[-1] / losses.min() - 1, abs=1e-5)


@pytest.mark.slow
def test_bands_on_the_240_runs_beat_common_practice(chinchilla):
    law = bayesfit.load_law("kaplan_chinchilla")
    kind = likelihoods.load(law.likelihood)
    scored = backtest.backtest(law, chinchilla, kind, shares=(0.5, 0.8))
    got = backtest.summary(scored)
    ours, practice = got.loc[backtest.OURS], got.drop(backtest.OURS)
    assert (ours["coverage95"] > practice["coverage95"] + 0.1).all()
    assert (ours["log_score"] > practice["log_score"]).all()
    assert (ours["crps"] < practice["crps"]).all()
