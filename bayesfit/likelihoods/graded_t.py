"""Student-t scatter that depends on compute and on tokens per parameter."""

from numpyro.distributions import StudentT

from bayesfit.likelihoods import _grades as grades
from bayesfit.likelihoods._independent import independent

likelihood = independent(
    priors=grades.priors,
    scatter=lambda theta, runs, ref: StudentT(theta.nu, 0.0, grades.scale(theta, runs, ref)),
    inputs=("N", "D"),
    symbols=grades.SYMBOLS,
)
