"""What a table says about its own precision, and the scatter that a user can choose."""

import jax
import numpy as np
import pytest
from scipy import integrate, stats

import bayesfit
from bayesfit import binding, likelihoods
from bayesfit.law import View
from bayesfit.likelihoods._scales import FINEST
from bayesfit.likelihoods.contaminated import BAD

from ..simulate import chinchilla_table

LAW = "chinchilla_approach3"


def likelihood(runs, kind="student_t"):
    """The problem, one q from its prior near the data, and the pointwise log likelihood there."""
    bound = binding.bind(bayesfit.load_law(LAW), runs, likelihoods.load(kind))
    q = bound.draw_prior(jax.random.key(1), 1)[0]
    return bound, q, np.asarray(bound.log_likelihood(q))[: len(runs)]


def test_standard_errors_widen_the_scatter():
    runs = chinchilla_table().with_column("loss_se", 0.3)
    bound, q, got = likelihood(runs)
    theta, residuals = bound.constrain(q), np.asarray(bound.residuals(q))[: len(runs)]
    scale = np.hypot(np.hypot(theta["sigma"], FINEST), 0.3 / runs["loss"])
    np.testing.assert_allclose(got, stats.t(theta["nu"], 0, scale).logpdf(residuals), rtol=1e-9)


def test_errors_in_N_count_by_the_slope():
    runs = chinchilla_table().with_column("N_error", 0.2)
    bound, q, got = likelihood(runs)
    theta, p = bound.constrain(q), bound.textbook(bound.constrain(q))
    up, down = (
        np.asarray(bound.law.log_loss(View(**p), View(N=runs["N"] * np.exp(h), D=runs["D"])))
        for h in (1e-5, -1e-5)
    )
    scale = np.hypot(theta["sigma"], 0.2 * (up - down) / 2e-5)
    residuals = np.asarray(bound.residuals(q))[: len(runs)]
    np.testing.assert_allclose(got, stats.t(theta["nu"], 0, scale).logpdf(residuals), rtol=1e-5)


def test_a_rounded_loss_is_known_within_its_step():
    step = 0.02
    runs = chinchilla_table().with_column("loss_step", step)
    bound, q, got = likelihood(runs)
    theta, residuals = bound.constrain(q), np.asarray(bound.residuals(q))[: len(runs)]
    spread = stats.t(theta["nu"], 0, theta["sigma"])
    half = 0.5 * step / runs["loss"]
    exact = [
        integrate.quad(spread.pdf, r - h, r + h)[0] / (2 * h)
        for r, h in zip(residuals, half, strict=True)
    ]
    near = np.asarray(exact) > 1e-8
    np.testing.assert_allclose(got[near], np.log(np.asarray(exact)[near]), atol=0.05)


def test_contaminated_scatter_is_a_mixture():
    bound, q, got = likelihood(chinchilla_table(), "contaminated")
    theta, residuals = bound.constrain(q), np.asarray(bound.residuals(q))[: len(got)]
    sigma = np.hypot(theta["sigma"], FINEST)
    good, bad = stats.norm(0, sigma), stats.norm(0, BAD * sigma)
    mixed = (1 - theta["bad"]) * good.pdf(residuals) + theta["bad"] * bad.pdf(residuals)
    np.testing.assert_allclose(np.exp(got), mixed, rtol=1e-8)


@pytest.mark.slow
def test_rounding_and_errors_do_not_hide_in_sigma():
    """Losses rounded coarsely: sigma is found although the rounding is larger than it."""
    runs = chinchilla_table(runs=120, sigma=0.002, nu=30.0)
    rounded = runs.with_column("loss", np.round(runs["loss"] / 0.02) * 0.02)
    small = dict(chains=4, draws=200, bootstrap=50, refits=False, likelihood="normal")
    known = bayesfit.fit(LAW, rounded.with_column("loss_step", 0.02), **small).posterior.flat
    ignored = bayesfit.fit(LAW, rounded, **small).posterior.flat
    assert np.median(known["sigma"]) < 0.0028 < np.median(ignored["sigma"])


def test_a_bad_standard_error_is_named():
    runs = chinchilla_table().with_column("loss_se", np.nan)
    with pytest.raises(bayesfit.InputError, match="loss_se"):
        binding.bind(bayesfit.load_law(LAW), runs)
