"""Likelihoods under which runs have nothing in common but the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from numpyro.distributions import Distribution

from bayesfit.law import Values, View
from bayesfit.likelihoods import Array, Likelihood


def independent(
    *,
    priors: Callable[[View], Values],
    scatter: Callable[[View, View, View], Distribution],
    inputs: tuple[str, ...] = (),
    symbols: Mapping[str, str],
) -> Likelihood:
    """A likelihood from the distribution of one residual.

    Args:
        scatter: ``(theta, runs, ref) -> numpyro distribution``, elementwise over the runs.
    """

    def pointwise(theta: View, r: Array, runs: View, ref: View) -> Array:
        log_prob = scatter(theta, runs, ref).log_prob
        step = getattr(runs, "loss_step", None)
        return runs.weight * (log_prob(r) if step is None else averaged(log_prob, r, step))

    def log_density(theta: View, r: Array, runs: View, ref: View) -> Array:
        return jnp.sum(pointwise(theta, r, runs, ref))

    def draw(key: Array, theta: View, r: Array, runs: View, new: View, ref: View) -> Array:
        del r, runs
        drawn = scatter(theta, new, ref).expand(new.weight.shape).sample(jnp.asarray(key))
        return jnp.asarray(drawn)

    return Likelihood(
        priors=priors,
        log_density=log_density,
        pointwise=pointwise,
        draw=draw,
        inputs=inputs,
        symbols=symbols,
    )


def averaged(log_prob: Callable, residuals: Array, step: Array) -> Array:
    """Log density of residuals known to lie within half a step of what was recorded (n,).

    The mean of the density over the rounding interval, by Gauss and Legendre: what an interval
    censored likelihood is, whatever the distribution, up to the constant log step.
    """
    nodes, weights = np.polynomial.legendre.leggauss(5)
    each = [
        log_prob(residuals + 0.5 * x * step) + np.log(0.5 * w)
        for x, w in zip(nodes, weights, strict=True)
    ]
    return logsumexp(jnp.stack(each), axis=0)
