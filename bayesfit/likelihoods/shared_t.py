"""Student-t scatter in which runs of one size share an offset, and small runs are down-weighted.

For extrapolation: what runs of one size have in common must not pass for as much evidence as if
they were independent (`bayesfit.likelihoods._offsets`), and if a law drifts with compute like a
random walk, many runs far below the largest budget know little more of it there than a few.
"""

import jax.numpy as jnp
import numpy as np
from numpyro.distributions import LogNormal, Normal

from bayesfit.formatting import percent
from bayesfit.likelihoods import Likelihood
from bayesfit.likelihoods import _grades as grades
from bayesfit.likelihoods import _offsets as offsets

# Over a decade of compute a law drifts as far as the mean of so many runs scatters. The log score
# of public sweeps hardly differs from 15 to 25 (`benchmarks/DRIFT.md`); 25 has the narrowest bands.
DRIFT = 25.0


def discounted(runs, drift: float = DRIFT) -> np.ndarray:
    """What a run says of its group's frontier, as a share of what a run there says (runs,).

    If the law drifts with compute like a random walk, m runs a decade that lie x decades below the
    largest budget know the law there with variance scatter**2 / m + x step**2, so each of them is
    worth 1 / (1 + x m / `drift`), with `drift` = scatter**2 / step**2. Twice as many runs are then
    worth less than twice as much. Discounting as in power priors (Ibrahim & Chen 2000).
    """
    decades = np.log10(runs.N * runs.D)
    group, worth = getattr(runs, "group", np.zeros(len(decades))), np.ones(len(decades))
    for each in (group == code for code in np.unique(group)):
        below = decades[each].max() - decades[each]
        worth[each] = 1 / (1 + below * each.sum() / max(below.max(), 1.0) / drift)
    return worth


def priors(ref):
    """Shapes and recipes of one size differ by about 0.3 %: 90 % in 0.08 % to 1.1 %."""
    return grades.priors(ref) | dict(
        sigma_size=LogNormal(jnp.log(0.003), 0.8),
        # Chosen on the splits of `benchmarks/bands.py`, where discounted fits lean below 0;
        # fits to all runs alike lean either way, so the sweeps settle little.
        sigma_C=Normal(-0.05, 0.1),
    )


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
    return offsets.Residuals(r, own, theta.sigma_size, runs.size, runs.worth * runs.weight)


def log_density(theta, r, runs, ref):
    """Joint, one Student-t a size."""
    return jnp.sum(offsets.log_density(offsets.summed(residuals(theta, r, runs, ref)), theta.nu))


def pointwise(theta, r, runs, ref):
    """Of each run given the others of its size."""
    return runs.weight * offsets.leave_one_out(residuals(theta, r, runs, ref), theta.nu)


def learned(theta, r, runs, new, ref):
    """What the runs fitted say of the offset of every size, those of further runs included."""
    return offsets.summed(residuals(theta, r, runs, ref), len(r) + len(new.size))


def draw(key, theta, r, runs, new, ref):
    """A size that was fitted keeps its offset, another one gets an offset of its own."""
    sums, own = learned(theta, r, runs, new, ref), grades.scale(theta, new, ref)
    return offsets.draw_runs(key, sums, theta.nu, theta.sigma_size, new.size, own)


def expected(theta, r, runs, new, ref):
    """The offset to expect of each further run, 0 where its size was not fitted."""
    return theta.sigma_size * learned(theta, r, runs, new, ref).mean[new.size]


def remarks(draws, runs):
    """How many runs the posterior takes the table for."""
    worth, count = float(np.sum(runs.worth * runs.weight)), int(np.sum(runs.weight > 0))
    if worth > count - 0.5:
        return []
    sizes = len(np.unique(runs.size[np.asarray(runs.weight) > 0]))
    shared = percent(float(np.median(draws["sigma_size"])))
    return [
        f"The posterior down-weights runs far below the largest budget: the {count} runs weigh as "
        f"much as {worth:.0f} at that budget. The MLE counts all alike. Runs of one size share an "
        f"offset of about {shared}: there are {sizes} sizes."
    ]


likelihood = Likelihood(
    priors=priors,
    log_density=log_density,
    pointwise=pointwise,
    draw=draw,
    expected=expected,
    inputs=("N", "D"),
    label=label,
    worth=discounted,
    symbols=grades.SYMBOLS | dict(sigma_size="scatter of sizes, which their runs share"),
    remarks=remarks,
)
