"""Standard errors of the pairs bootstrap, and what becomes of refits that fail."""

import numpy as np
import pandas as pd
import pytest

from bayesfit import binding, models, stages
from bayesfit.data.runs import from_frame
from bayesfit.inference import bootstrap, mle
from bayesfit.problem import described_law

PUBLISHED = dict(A=124.52, B=1293.28, E=0.02566, alpha=0.01540, beta=0.02060)


def test_published_standard_errors_on_the_published_resamples(chinchilla):
    """Besiroglu et al. draw with numpy's legacy generator at seed 42, in the order of their table.

    The Monte Carlo error of these standard errors is 4 % for B with 4000 resamples, so only the
    same resamples can show agreement to better than that.
    """
    bound = binding.bind(models.load("chinchilla_approach3"), chinchilla)
    legacy = np.random.RandomState(42)
    picks = [legacy.choice(240, size=240, replace=True) for _ in range(4000)]
    resamples = np.stack([np.bincount(p, minlength=240) for p in picks]).astype(float)
    best = mle.race(bound, mle.starting_points(bound, 64)[:, : bound.law_dimension]).best()
    refits = bootstrap.refit(bound, best.q, resamples)
    assert refits.converged.all()
    values = described_law(bound, refits.q)
    for name, error in PUBLISHED.items():
        assert values[name].std() == pytest.approx(error, rel=0.005), name


def test_resamples_have_the_size_of_the_table():
    counts = bootstrap.resample(30, 50, seed=3)
    assert counts.shape == (50, 30) and (counts.sum(1) == 30).all()
    assert (counts == bootstrap.resample(30, 50, seed=3)).all()
    assert (counts != bootstrap.resample(30, 50, seed=4)).any()


def test_runs_of_one_unit_are_drawn_together():
    unit = np.repeat(np.arange(10), 3)
    counts = bootstrap.resample(30, 200, seed=0, unit=unit)
    by_unit = counts.reshape(200, 10, 3)
    assert (by_unit == by_unit[:, :, :1]).all() and (by_unit[:, :, 0].sum(1) == 10).all()
    assert by_unit.std() > 0.5


def test_sizes_that_repeat_are_resampled_whole():
    """Six sizes on five lengths each, a factorial: whole sizes, if there are enough of them."""
    law = models.load("kaplan_n")
    N = np.repeat(np.geomspace(1e8, 1e10, 6), 5)
    table = pd.DataFrame(dict(N=N, D=np.tile(np.geomspace(1e9, 1e12, 5), 6), loss=2.5))
    runs = from_frame(table, simulated=True)
    found = stages.resampled_as_one(binding.bind(law, runs, "shared_t"))
    np.testing.assert_array_equal(found, np.repeat(np.arange(6), 5))
    three = stages.resampled_as_one(binding.bind(law, runs.subset(N < 1e9), "shared_t"))
    assert three is None
    apart = runs.subset(np.arange(30) % 5 == 0)
    assert stages.resampled_as_one(binding.bind(law, apart, "shared_t")) is None
