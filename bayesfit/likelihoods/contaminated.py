"""Normal scatter, but for a share of bad runs: most runs are clean and a few are simply wrong."""

from typing import Any

from jax import random
from jax.numpy import log, log1p, logaddexp, shape, where
from numpyro import distributions as dist

from bayesfit.likelihoods._independent import independent
from bayesfit.likelihoods._scales import SIGMA, sigma, with_errors

BAD = 10.0  # how much further bad runs scatter


class Contaminated(dist.Distribution):
    """A normal distribution, but for a share of bad runs, whose scale is BAD times as large."""

    def __init__(self, scale, bad):
        self.scale, self.bad = scale, bad
        super().__init__(batch_shape=shape(scale))

    @property
    def support(self):
        return dist.constraints.real

    def log_prob(self, value, intermediates=None):
        del intermediates
        good, bad = (dist.Normal(0.0, k * self.scale).log_prob(value) for k in (1.0, BAD))
        return logaddexp(log1p(-self.bad) + good, log(self.bad) + bad)

    def sample(self, key: Any, sample_shape=()):
        which, place = random.split(key)
        size = sample_shape + self.batch_shape
        wild = random.bernoulli(which, self.bad, size)
        return random.normal(place, size) * self.scale * where(wild, BAD, 1.0)


likelihood = independent(
    priors=lambda ref: dict(sigma=sigma(), bad=dist.Beta(1.0, 19.0)),
    scatter=lambda theta, runs, ref: Contaminated(with_errors(theta.sigma, runs), theta.bad),
    symbols=dict(sigma=SIGMA, bad=f"share of bad runs, which scatter {BAD:.0f} times as far"),
)
