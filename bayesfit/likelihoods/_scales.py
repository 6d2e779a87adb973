"""Priors and words that several likelihoods share."""

from jax.numpy import log, sqrt
from numpyro import distributions as dist

SIGMA, NU = "scatter of log loss", "degrees of freedom of the scatter"
FINEST = 1e-5  # in log loss: no run is known better, and a table without scatter stays a posterior


def sigma() -> dist.Distribution:
    """Seeds differ by about 0.1 % to 2 %, digitised tables by more: 90 % in 0.2 % to 4 %."""
    return dist.LogNormal(log(0.01), 1.0)


def above_two(prior: dist.Distribution) -> dist.Distribution:
    """Degrees of freedom with a finite variance: bands for large runs hang on their tails."""
    shift = dist.transforms.AffineTransform(2.0, 1.0, domain=dist.constraints.positive)
    return dist.TransformedDistribution(prior, shift)


def with_errors(scale, runs):
    """A scale of scatter joined by the standard errors that a table brings along."""
    return sqrt(scale**2 + runs.error_variance + FINEST**2)
