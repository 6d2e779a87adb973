"""Student-t scatter for columns that scatter by tens of per cent, as best sizes do."""

from jax.numpy import log
from numpyro.distributions import Gamma, LogNormal, StudentT

from bayesfit.likelihoods._independent import independent
from bayesfit.likelihoods._scales import NU, with_errors

likelihood = independent(
    priors=lambda ref: dict(sigma=LogNormal(log(0.15), 0.8), nu=Gamma(2.0, 0.1)),
    scatter=lambda theta, runs, ref: StudentT(theta.nu, 0.0, with_errors(theta.sigma, runs)),
    symbols=dict(sigma="scatter of the log of the response", nu=NU),
)
