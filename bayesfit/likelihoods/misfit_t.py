"""As shared_t, around a law that is itself off by a smooth field; the law learns to doubt itself.

Three things keep a run from the law, each with a scale of its own: the misfit of the law, which
neighbouring runs share (`bayesfit.likelihoods._misfit`); the offset of its size; and its own
scatter. How far a law is off cannot be learned from one sweep, which does not see what its law
could bend to: the law declares it, as public sweeps have measured it (`benchmarks/BANDS.md`).
"""

from jax.numpy import hypot

from bayesfit.likelihoods._misfit import bent
from bayesfit.likelihoods.shared_t import likelihood as shared

likelihood = bent(shared, spread=lambda theta: hypot(theta.sigma, theta.sigma_size))
