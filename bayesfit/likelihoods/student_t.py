"""Student-t scatter, so that the few bad rows of a table do not drag the exponents.

Scatter is measured in log loss, so a scale of 0.01 means that a run lands within about 1 % of the
surface.
"""

from numpyro.distributions import Gamma, StudentT

from bayesfit.likelihoods._independent import independent
from bayesfit.likelihoods._scales import NU, SIGMA, sigma, with_errors

likelihood = independent(
    priors=lambda ref: dict(sigma=sigma(), nu=Gamma(2.0, 0.1)),
    scatter=lambda theta, runs, ref: StudentT(theta.nu, 0.0, with_errors(theta.sigma, runs)),
    symbols=dict(sigma=SIGMA, nu=NU),
)
