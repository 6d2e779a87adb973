"""A scale of scatter that grows where tokens are scarce, and with compute either way.

The digitised Chinchilla runs scatter by .017 at D/N < 2 and by .004 at 10 to 40.
"""

from jax import nn
from jax.numpy import exp, log, log2
from numpyro.distributions import Gamma, Normal

from bayesfit.likelihoods._scales import NU, SIGMA, above_two, sigma, with_errors

STARVED = 2.0  # tokens per parameter below which scatter grows


def priors(ref):
    """Of the scale at the reference run, its two slopes, and the degrees of freedom."""
    return dict(
        sigma=sigma(),
        nu=above_two(Gamma(2.0, 0.1)),
        sigma_starved=Normal(0.0, 0.3),  # log scale per halving of D/N below STARVED
        sigma_C=Normal(0.0, 0.1),  # log scale per e-fold of C
    )


def scale(theta, runs, ref):
    """The scale of each run's own scatter (runs,)."""
    starved = nn.relu(log2(STARVED * runs.N / runs.D))
    larger = log(runs.N * runs.D / (ref.N * ref.D))
    graded = theta.sigma * exp(theta.sigma_starved * starved + theta.sigma_C * larger)
    return with_errors(graded, runs)


SYMBOLS = dict(
    sigma=f"{SIGMA} at the reference run",
    nu=NU,
    sigma_starved=f"log of its growth per halving of D/N below {STARVED:.0f}",
    sigma_C="log of its growth per e-fold of C",
)
