"""Normal scatter in which neighbours on a training curve are alike, by their distance in log step.

For laws of whole curves. The residual of a row, over its scale, is an Ornstein-Uhlenbeck process in
the log of the step: given the row before it on the same curve, at a correlation
rho = exp(-|log step - log step before| / length), it is normal with mean rho times that one's and
variance 1 - rho**2. Given all others a row depends on its two neighbours only, so every density is
a sum over rows. Curves have nothing in common but the law.

It reads `step` and `curve`, a number for each curve, as `bayesfit.data.schedules` makes it. A
further row on a curve that was fitted follows its neighbours; but a curve that has a row at a step
that was fitted is one made again, with a scatter of its own.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import LogNormal

from bayesfit.law import View
from bayesfit.likelihoods import Likelihood
from bayesfit.likelihoods._scales import SIGMA, sigma, with_errors

APART = 1e9  # log steps between rows of different curves: no correlation at all
NEAREST = 1e-4  # and between rows of one step


def priors(ref):
    """Correlated over a hundredth to a whole e-fold of the steps."""
    return dict(sigma=sigma(), length=LogNormal(jnp.log(0.05), 1.5))


def label(runs, fitted=None):
    """Each row's neighbours on its curve, and how far they are."""
    return _among(runs) if fitted is None else _beside(runs, fitted)


def _among(runs):
    """Of rows fitted: the rows before and after, each its own neighbour where there is none."""
    x, n = np.log(runs.step), len(runs.step)
    order = np.lexsort((x, runs.curve))
    joined = np.diff(runs.curve[order]) == 0
    left, right = order[:-1][joined], order[1:][joined]
    found = _alone(n, np.arange(n), np.arange(n))
    gap = np.maximum(x[right] - x[left], NEAREST)
    found["before"][right], found["gap_before"][right] = left, gap
    found["after"][left], found["gap_after"][left] = right, gap
    return found


def _alone(n, before, after):
    """Labels of rows (n,) without neighbours."""
    far = np.full(n, APART)
    return dict(before=before, gap_before=far, after=after, gap_after=far.copy())


def _beside(new, fitted):
    """Of further rows: the one fitted after each, and before it one fitted or an earlier of them.

    `turn` is the order in which they are drawn, along each curve; further rows are numbered on
    behind the rows fitted.
    """
    known, n = len(fitted.step), len(new.step)
    found = _alone(n, np.zeros(n, int), np.zeros(n, int))
    found["turn"] = np.lexsort((new.step, new.curve))
    for curve in np.unique(new.curve):
        mine = found["turn"][new.curve[found["turn"]] == curve]
        theirs = np.flatnonzero(fitted.curve == curve)
        theirs = theirs[np.argsort(fitted.step[theirs])]
        again = np.isin(new.step[mine], fitted.step[theirs]).any()
        _place(found, np.log(new.step), mine, np.log(fitted.step), theirs[:0] if again else theirs)
    found["before"][found["before"] < 0] += known + n  # as `_place` counts them
    return found


def _place(found, x, mine, known, theirs):
    """Fill in the neighbours of the further rows `mine` of one curve, in order.

    Rows before that are new themselves are counted from the end: -n for row 0.
    """
    n = len(x)
    for i, row in enumerate(mine):
        at = np.searchsorted(known[theirs], x[row])
        left = [(known[theirs[at - 1]], theirs[at - 1])] if at else []
        left += [(x[mine[i - 1]], mine[i - 1] - n)] if i else []
        if left:
            where, found["before"][row] = max(left)
            found["gap_before"][row] = max(x[row] - where, NEAREST)
        if at < len(theirs):
            found["after"][row] = theirs[at]
            found["gap_after"][row] = max(known[theirs[at]] - x[row], NEAREST)


def _scaled(theta, r, runs):
    """Residuals over their scale, and that scale (runs,); rounding is an error like others."""
    step = getattr(runs, "loss_step", 0.0)
    scale = jnp.sqrt(with_errors(theta.sigma, runs) ** 2 + step**2 / 12.0) * jnp.ones_like(r)
    return r / scale, scale


def _normal(z, mean, variance):
    return -0.5 * (jnp.log(2 * jnp.pi * variance) + (z - mean) ** 2 / variance)


def log_density(theta, r, runs, ref):
    """Joint, each row given the one before it."""
    z, scale = _scaled(theta, r, runs)
    rho = jnp.exp(-runs.gap_before / theta.length)
    each = _normal(z, rho * z[runs.before], 1 - rho**2) - jnp.log(scale)
    return jnp.sum(runs.weight * each)


def _between(theta, before, after, runs):
    """Mean and variance of a row, over its scale, given its two neighbours."""
    left, right = (jnp.exp(-gap / theta.length) for gap in (runs.gap_before, runs.gap_after))
    pull_left, pull_right = left / (1 - left**2), right / (1 - right**2)
    precision = 1 + left * pull_left + right * pull_right
    return (pull_left * before + pull_right * after) / precision, 1 / precision


def pointwise(theta, r, runs, ref):
    """Of each row given all others."""
    z, scale = _scaled(theta, r, runs)
    mean, variance = _between(theta, z[runs.before], z[runs.after], runs)
    return runs.weight * (_normal(z, mean, variance) - jnp.log(scale))


def draw(key, theta, r, runs, new, ref):
    """Along each curve, each row given the last one and the one fitted that comes next."""
    z, _ = _scaled(theta, r, runs)
    noise, known = jax.random.normal(key, new.turn.shape), len(z)
    labels = (new.before, new.after, new.gap_before, new.gap_after)
    each = [jnp.asarray(x)[new.turn] for x in (*labels, noise)]

    def one(values, row):
        place, before, after, gap_before, gap_after, own = row
        gaps = View(gap_before=gap_before, gap_after=gap_after)
        mean, variance = _between(theta, values[before], values[after], gaps)
        return values.at[known + place].set(mean + jnp.sqrt(variance) * own), None

    values, _ = jax.lax.scan(one, jnp.concatenate([z, jnp.zeros_like(noise)]), (new.turn, *each))
    return values[known:] * _scaled(theta, noise, new)[1]


likelihood = Likelihood(
    priors=priors,
    log_density=log_density,
    pointwise=pointwise,
    draw=draw,
    inputs=("step", "curve"),
    label=label,
    symbols=dict(
        sigma=SIGMA, length="distance in log step at which its correlation has fallen to 1/e"
    ),
)
