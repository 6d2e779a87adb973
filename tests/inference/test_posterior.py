"""The sampler against posteriors that are known, and against simulated truths."""

import numpy as np
import numpyro.distributions as dist
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit.binding import bind
from bayesfit.data.runs import from_frame
from bayesfit.inference.mle import starting_points
from bayesfit.inference.nuts import sample
from bayesfit.law import Law
from bayesfit.likelihoods._independent import independent

from ..simulate import TRUTH, chinchilla_table


def test_the_240_runs(chinchilla):
    fit = bayesfit.fit(
        "chinchilla_approach3", chinchilla, likelihood="student_t", bootstrap=50, refits=False
    )
    summary = fit.posterior.summary()
    assert summary.loc["a", "mean"] == pytest.approx(0.51, abs=0.01)
    assert summary.loc["a", "sd"] == pytest.approx(0.0105, abs=0.002)
    assert summary.loc["E", "mean"] == pytest.approx(1.81, abs=0.01)
    assert not fit.posterior.stats["diverging"].any()
    assert fit.convergence["r_hat"].max() < 1.01
    assert fit.convergence["ess_bulk"].min() > 1000


def straight_line():
    """log loss = level, one parameter, normal noise of known size: a posterior known exactly."""
    law = Law(
        rows="final",
        inputs=("N",),
        priors=lambda ref: dict(level=dist.Normal(0.0, 1.0)),
        log_loss=lambda p, runs: p.level + 0.0 * runs.N,
        name="level",
    )
    known = independent(
        priors=lambda ref: {},
        scatter=lambda theta, runs, ref: dist.Normal(0.0, 0.5),
        symbols={},
    )
    y = np.array([0.3, 0.9, 0.1, 0.7, 0.6, 0.2])
    table = pd.DataFrame(dict(N=1e9, D=np.arange(1, 7) * 1e10, loss=np.exp(y)))
    precision = 1 + len(y) / 0.25
    return bind(law, from_frame(table), known), y.sum() / 0.25 / precision, precision**-0.5


@pytest.fixture(scope="module")
def line():
    """Draws of it, and the mean and sd that they should have."""
    bound, mean, sd = straight_line()
    walk = sample(bound, np.zeros((1, 1)), seed=0, chains=8, draws=500)
    return walk.q[..., 0].ravel(), mean, sd


def test_a_conjugate_posterior_is_found(line):
    draws, mean, sd = line
    assert draws.mean() == pytest.approx(mean, abs=6 * sd / np.sqrt(len(draws) / 3))
    assert draws.std() == pytest.approx(sd, rel=0.1)
    assert stats.kstest(draws[::4], stats.norm(mean, sd).cdf).pvalue > 1e-4


def test_a_wrong_posterior_is_noticed(line):
    """The control: the same test fails when the posterior is off by a third of its width."""
    draws, mean, sd = line
    wrong = draws[::4] + 0.33 * sd
    assert stats.kstest(wrong, stats.norm(mean, sd).cdf).pvalue < 1e-4


@pytest.mark.slow
def test_intervals_cover_simulated_truths():
    """20 tables, 5 parameters and a: counts of hits within what 80 % and 95 % allow.

    By the likelihood that the tables follow. One that doubts the law holds all of them, on bands
    several times as wide (`benchmarks/calibration/coverage.json`).
    """
    hits = {"80": [], "95": []}
    truth = TRUTH | dict(a=TRUTH["beta"] / (TRUTH["alpha"] + TRUTH["beta"]))
    for seed in range(20):
        fit = bayesfit.fit(
            "chinchilla_approach3", chinchilla_table(100 + seed), likelihood="student_t",
            bootstrap=0, refits=False, chains=8, draws=200,
        )  # fmt: skip
        summary = fit.posterior.summary()
        for level, kept in hits.items():
            low, high = summary[f"lo{level}"], summary[f"hi{level}"]
            kept.append([low[name] <= value <= high[name] for name, value in truth.items()])
    # Parameters of one table are correlated: the bounds are those of 20 tables, not 120 intervals.
    assert 0.60 < np.mean(hits["80"]) < 0.96
    assert np.mean(hits["95"]) > 0.80


def test_seeds_repeat_and_differ():
    bound = bind(bayesfit.load_law("chinchilla_approach3"), chinchilla_table(runs=40), "student_t")
    starts = starting_points(bound, 8)
    one, same, other = (sample(bound, starts, seed=s, chains=4, draws=100).q for s in (1, 1, 2))
    assert (one == same).all() and (one != other).any()
