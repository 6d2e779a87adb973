"""Simulation-based calibration in short, with a control: a posterior too sure of itself fails."""

from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("benchmarks.calibration", reason="benchmarks/ is not in a source distribution")

import bayesfit
from bayesfit import likelihoods
from benchmarks.calibration import ranks, sbc

TABLES = 50
FAILURE_RATE = 1e-4  # how often a right sampler would fail, over all seeds; the seed is fixed


@pytest.fixture(scope="module", autouse=True)
def few_chains():
    """Enough for 99 draws that are nearly independent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sbc, "CHAINS", 4)
        patch.setattr(sbc, "DRAWS", 100)
        yield


@pytest.fixture(scope="module")
def case():
    law, kind = bayesfit.load_law("chinchilla_approach3"), likelihoods.load("student_t")
    return sbc.Case(law, kind, bayesfit.load("pile"))


@pytest.fixture(scope="module")
def walks(case):
    """Each table's posterior draws, so that the control need not draw them again."""
    kept: dict[int, np.ndarray] = {}

    def posterior(problem, seed):
        kept[seed] = sbc.posterior(problem, seed)
        return kept[seed]

    return sbc.calibrate(case, TABLES, posterior=posterior), kept


def smallest(found):
    """The smallest exact p-value, corrected for the number of tests and quantities."""
    tests = (ranks.location, ranks.spread)
    return 2 * len(found) * min(test(x, sbc.KEPT) for x in found.values() for test in tests)


@pytest.mark.slow
def test_truths_rank_like_draws_of_their_posterior(walks):
    found, _ = walks
    assert {"E", "alpha", "beta", "a", "sigma", "nu", "log_likelihood"} <= set(found)
    assert all(len(x) == TABLES and x.max() <= sbc.KEPT for x in found.values())
    assert smallest(found) > FAILURE_RATE


@pytest.mark.slow
def test_a_posterior_too_sure_of_itself_is_noticed(case, walks):
    """The control: draws pulled to 0.7 of their distance from the mean must fail the same test."""
    _, kept = walks

    def posterior(problem, seed):
        mean = kept[seed].mean(0, keepdims=True)
        return mean + 0.7 * (kept[seed] - mean)

    assert smallest(sbc.calibrate(case, TABLES, posterior=posterior)) < FAILURE_RATE


@pytest.mark.parametrize("test", [ranks.location, ranks.spread])
def test_p_values_of_uniform_ranks_are_uniform(test):
    rng = np.random.default_rng(0)
    values = [test(rng.integers(0, 100, TABLES), 99, seed) for seed in range(400)]
    counts = np.histogram(values, 4, (0, 1))[0]
    assert counts.sum() == 400 and abs(counts - 100).max() < 40


def test_the_band_holds_a_whole_ecdf_at_its_level():
    low, high = ranks.simultaneous_band(100, 99)
    shares = ranks.ecdf(np.random.default_rng(1).integers(0, 100, (2000, 100)), 99) / 100
    inside = np.mean(np.all((low <= shares) & (shares <= high), axis=1))
    assert inside == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("shape", [0.5, 2.0])
def test_ranks_that_pile_up_are_noticed(shape):
    """At both ends (a posterior too narrow), or in the middle (too wide)."""
    x = np.floor(100 * np.random.default_rng(0).beta(shape, shape, 200)).astype(int)
    tests = ranks.uniformity(x, 99)
    assert tests["spread"] < 1e-6 and tests["ecdf"] < 0.01 and tests["chi_square"] < 0.01


@pytest.mark.parametrize(
    "name", ["bands", "jobs", "run", "splits", "design.run", "calibration.coverage"]
)
def test_every_benchmark_can_be_started(name):
    assert callable(getattr(import_module(f"benchmarks.{name}"), "main", print))
