"""Normal scatter: for tables without bad rows, such as clean simulations."""

from numpyro.distributions import Normal

from bayesfit.likelihoods._independent import independent
from bayesfit.likelihoods._scales import SIGMA, sigma, with_errors

likelihood = independent(
    priors=lambda ref: dict(sigma=sigma()),
    scatter=lambda theta, runs, ref: Normal(0.0, with_errors(theta.sigma, runs)),
    symbols=dict(sigma=SIGMA),
)
