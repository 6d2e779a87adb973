"""Scatter along curves, against the dense normal that it is."""

import jax
import numpy as np
import pytest
from scipy import stats

from bayesfit import likelihoods
from bayesfit.law import View
from bayesfit.likelihoods._scales import FINEST

KIND = likelihoods.load("curve_normal")
SIGMA, LENGTH = 0.02, 0.3
THETA = View(sigma=SIGMA, length=LENGTH)


def rows(steps, curves, **others):
    """Rows with their labels."""
    columns = dict(step=np.asarray(steps, float), curve=np.asarray(curves, float))
    found = KIND.label(View(**columns), None)
    shape = columns["step"].shape
    return View(**columns, **found, weight=np.ones(shape), error_variance=np.zeros(shape), **others)


def covariance(a, b=None):
    """Of the residuals of some rows with others."""
    b = a if b is None else b
    apart = np.abs(np.log(a.step)[:, None] - np.log(b.step)[None])
    same = a.curve[:, None] == b.curve[None]
    return np.where(same, (SIGMA**2 + FINEST**2) * np.exp(-apart / LENGTH), 0.0)


@pytest.fixture
def some():
    rng = np.random.default_rng(0)
    steps = rng.permutation([100, 150, 170, 400, 900, 1000, 120, 130, 500, 50])
    curves = np.array([1, 1, 2, 1, 2, 2, 1, 2, 2, 3])
    return rows(steps, curves), 0.02 * rng.standard_normal(10)


def test_the_joint_density_is_that_of_a_dense_normal(some):
    runs, r = some
    dense = stats.multivariate_normal(np.zeros(10), covariance(runs)).logpdf(r)
    assert float(KIND.log_density(THETA, r, runs, None)) == pytest.approx(dense, rel=1e-10)


def test_padding_counts_for_nothing(some):
    runs, r = some
    longer = {k: np.concatenate([x, np.repeat(x[:1], 3)]) for k, x in vars(runs).items()}
    longer["weight"][-3:] = 0.0
    padded = KIND.log_density(THETA, np.concatenate([r, np.repeat(r[:1], 3)]), View(**longer), None)
    assert float(padded) == pytest.approx(float(KIND.log_density(THETA, r, runs, None)), rel=1e-12)


def test_pointwise_is_each_given_the_others(some):
    runs, r = some
    K = covariance(runs)
    precision = np.linalg.inv(K)
    variance = 1 / np.diag(precision)
    mean = r - variance * (precision @ r)
    wanted = stats.norm(mean, np.sqrt(variance)).logpdf(r)
    np.testing.assert_allclose(KIND.pointwise(THETA, r, runs, None), wanted, rtol=1e-9)


def test_further_rows_follow_their_neighbours(some):
    """Mean and covariance of draws are those of the dense normal, given the rows fitted."""
    runs, r = some
    columns = dict(
        step=np.array([1200.0, 300, 90, 110, 60, 45]), curve=np.array([2.0, 2, 4, 1, 3, 3])
    )
    new = View(**columns)
    new = View(**columns, **KIND.label(new, runs), weight=np.ones(6), error_variance=0.0)
    draw = jax.vmap(lambda key: KIND.draw(key, THETA, r, runs, new, None))
    found = np.asarray(draw(jax.random.split(jax.random.key(0), 20000)))
    K, across = covariance(runs), covariance(new, runs)
    weights = across @ np.linalg.inv(K)
    np.testing.assert_allclose(found.mean(0), weights @ r, atol=5e-4)
    np.testing.assert_allclose(np.cov(found.T), covariance(new) - weights @ across.T, atol=1.2e-5)


def test_a_curve_made_again_has_a_scatter_of_its_own(some):
    runs, r = some
    again = View(step=runs.step, curve=runs.curve)
    new = View(**vars(again), **KIND.label(again, runs), weight=np.ones(10), error_variance=0.0)
    draw = jax.vmap(lambda key: KIND.draw(key, THETA, r, runs, new, None))
    found = np.asarray(draw(jax.random.split(jax.random.key(1), 20000)))
    np.testing.assert_allclose(found.mean(0), 0.0, atol=6e-4)
    np.testing.assert_allclose(np.cov(found.T), covariance(runs), atol=1.5e-5)
