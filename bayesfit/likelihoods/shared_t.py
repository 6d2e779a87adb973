"""Student-t scatter in which runs of one size share an offset.

What runs of one size have in common must not pass for as much evidence as if they were independent
(`bayesfit.likelihoods._offsets`).
"""

import jax.numpy as jnp
import numpy as np
from numpyro.distributions import LogNormal

from bayesfit.formatting import percent
from bayesfit.likelihoods import Likelihood
from bayesfit.likelihoods import _grades as grades
from bayesfit.likelihoods import _offsets as offsets


def priors(ref):
    """Shapes and recipes of one size differ by about 0.3 %: 90 % in 0.08 % to 1.1 %."""
    return grades.priors(ref) | dict(sigma_size=LogNormal(jnp.log(0.003), 0.8))


def label(runs, fitted=None):
    """Which size each run is of."""
    group = getattr(runs, "group", None)
    if fitted is None:
        return dict(size=offsets.sizes(runs.N, group))
    own = getattr(fitted, "group", None)
    return dict(size=offsets.sizes_of(runs.N, group, fitted.N, own, fitted.size))


def residuals(theta, r, runs, ref):
    """The runs, for `_offsets`. Rounding is an error like others, of variance step**2 / 12."""
    step = getattr(runs, "loss_step", 0.0)
    own = jnp.sqrt(grades.scale(theta, runs, ref) ** 2 + step**2 / 12.0)
    return offsets.Residuals(r, own, theta.sigma_size, runs.size, runs.weight)


def log_density(theta, r, runs, ref):
    """Joint, one Student-t a size."""
    return jnp.sum(offsets.log_density(offsets.summed(residuals(theta, r, runs, ref)), theta.nu))


def pointwise(theta, r, runs, ref):
    """Of each run given the others of its size."""
    return offsets.leave_one_out(residuals(theta, r, runs, ref), theta.nu)


def draw(key, theta, r, runs, new, ref):
    """A size that was fitted keeps its offset, another one gets an offset of its own."""
    sums = offsets.summed(residuals(theta, r, runs, ref), len(r) + len(new.size))
    own = grades.scale(theta, new, ref)
    return offsets.draw_runs(key, sums, theta.nu, theta.sigma_size, new.size, own)


def remarks(draws, runs):
    """How much runs of one size have in common."""
    fitted = runs.size[np.asarray(runs.weight) > 0]
    sizes = len(np.unique(fitted))
    if sizes == len(fitted):
        return []  # no two runs are of one size, so nothing is known of what they share
    shared = percent(float(np.median(draws["sigma_size"])))
    return [f"Runs of one size share an offset of about {shared}: there are {sizes} sizes."]


likelihood = Likelihood(
    priors=priors,
    log_density=log_density,
    pointwise=pointwise,
    draw=draw,
    inputs=("N", "D"),
    label=label,
    symbols=grades.SYMBOLS | dict(sigma_size="scatter of sizes, which their runs share"),
    remarks=remarks,
)
