"""Standard errors of the pairs bootstrap, and what becomes of refits that fail."""

import numpy as np
import pytest

from bayesfit import binding, models
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
