"""What runs of one size have in common: an offset from the law that they share.

Runs of one N (of one architecture, with its own learning rate and its own luck) lie above or below
a law together: ten points on the curve of a badly shaped model are correlated, and say little more
than one. So the residual of run i of size m, in log loss, is

    r_i = common * u_m + scale_i * e_i,

with (u_m, e_i) Student-t: jointly normal given one chi-square a size, so that a size is an outlier
as a whole. The offset is integrated out in closed form, for a covariance of that shape needs sums
over the runs of a size only (Sherman & Morrison 1950). A size with a single run is a Student-t of
scale hypot(scale, common).

Runs whose N agree within TOLERANCE are of one size, which goes no further than that: among
thousands of runs each has a neighbour, and a chain of them would make one size of a whole sweep.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln

Array = jax.Array | np.ndarray
TOGETHER = 32  # sizes for which a mixing factor is drawn at once
TOLERANCE = 0.005  # in log N: sizes read off a figure repeat to a tenth of a per cent


def sizes(N: np.ndarray, group: np.ndarray | None = None) -> np.ndarray:
    """Which size each run is of, as integers from 0 (runs,).

    Args:
        N: parameters (runs,).
        group: integer code of each run's group, if there are any; a size is another in each.
    """
    group = np.zeros(len(N), int) if group is None else np.asarray(group)
    order = np.lexsort((N, group))
    size, part = np.log(np.asarray(N, float))[order], group[order]
    code = np.empty(len(N), int)
    begin, found = 0, 0
    while begin < len(N):
        same = np.searchsorted(part, part[begin], "right")
        end = begin + np.searchsorted(size[begin:same], size[begin] + TOLERANCE, "right")
        code[order[begin:end]] = found
        begin, found = end, found + 1
    return code


def sizes_of(
    N: np.ndarray, group: np.ndarray | None, fitted: np.ndarray, own: np.ndarray | None, code
) -> np.ndarray:
    """Which size further runs are of: one that was fitted, or another (new,).

    Each is compared with the runs fitted and with none of its own kind, so that what is predicted
    for it does not depend on what else is asked.

    Args:
        N, group: of the further runs (new,).
        fitted, own, code: N, group and size of the runs fitted (runs,).
    """
    group = np.zeros(len(N)) if group is None else np.asarray(group)
    own = np.zeros(len(fitted)) if own is None else np.asarray(own)
    log_N, known = np.log(np.asarray(N, float)), np.log(np.asarray(fitted, float))
    _, alike = np.unique(np.stack([group, log_N]), axis=1, return_inverse=True)
    found = np.max(code) + 1 + np.ravel(alike)  # a size of its own, beyond those that were fitted
    for part in np.unique(group):
        mine, theirs = np.flatnonzero(group == part), np.flatnonzero(own == part)
        if not len(theirs):
            continue
        theirs = theirs[np.argsort(known[theirs])]
        right = np.clip(np.searchsorted(known[theirs], log_N[mine]), 1, len(theirs) - 1)
        right = np.minimum(right, len(theirs) - 1)
        left = np.maximum(right - 1, 0)
        nearer = np.abs(known[theirs[left]] - log_N[mine]) < np.abs(
            known[theirs[right]] - log_N[mine]
        )
        nearest = theirs[np.where(nearer, left, right)]
        near = np.abs(known[nearest] - log_N[mine]) <= TOLERANCE
        found[mine[near]] = np.asarray(code)[nearest[near]]
    return found


class Residuals(NamedTuple):
    """Runs, as far as offsets are concerned.

    Attributes:
        r, scale: residual in log loss, and the scale of the run's own scatter (runs,).
        common: scale of the offsets.
        code: which size each run is of (runs,).
        weight: what each run counts as, 0 for padding (runs,).
    """

    r: Array
    scale: Array
    common: Array
    code: Array
    weight: Array


class Sums(NamedTuple):
    """What the runs of each size say of its offset u, each array (sizes,).

    Attributes:
        count: how many runs.
        pull, weight: u given the runs has mean pull / (1 + weight) and variance 1 / (1 + weight).
        misfit: squared length of the residuals in their covariance.
        log_volume: log determinant of that covariance.
    """

    count: Array
    pull: Array
    weight: Array
    misfit: Array
    log_volume: Array

    @property
    def mean(self) -> Array:
        """u expected of each size, 0 of one without runs."""
        return self.pull / (1.0 + self.weight)


def summed(runs: Residuals, sizes: int | None = None) -> Sums:
    """Sum up the runs of each size.

    Args:
        sizes: how many there are, those without runs included; as many as runs if omitted.
    """
    size = len(runs.r) if sizes is None else sizes

    def total(x: Array) -> Array:
        return jax.ops.segment_sum(runs.weight * x, runs.code, size)

    z, k = runs.r / runs.scale, runs.common / runs.scale
    pull, weight = total(z * k), total(k**2)
    return Sums(
        count=total(jnp.ones_like(z)),
        pull=pull,
        weight=weight,
        misfit=total(z**2) - pull**2 / (1.0 + weight),
        log_volume=total(2.0 * jnp.log(runs.scale)) + jnp.log1p(weight),
    )


def log_density(sums: Sums, nu: Array) -> Array:
    """Joint log density of the runs of each size, 0 of one without runs (sizes,)."""
    n = sums.count
    return (
        gammaln(0.5 * (nu + n))
        - gammaln(0.5 * nu)
        - 0.5 * (n * jnp.log(nu * jnp.pi) + sums.log_volume)
        - 0.5 * (nu + n) * jnp.log1p(sums.misfit / nu)
    )


def leave_one_out(runs: Residuals, nu: Array) -> Array:
    """What each run adds to the joint log density of its size (runs,).

    Of a run of weight 1 it is its log density given the others of its size, which is what
    leave-one-out asks of runs that are not independent given the parameters (Bürkner, Gabry &
    Vehtari 2021, arXiv:1810.10559).
    """
    r, scale, common, code, own = runs
    whole = Sums(*(x[code] for x in summed(runs)))
    z, k = r / scale, common / scale
    pull, weight = whole.pull - own * z * k, jnp.maximum(whole.weight - own * k**2, 0.0)
    squares = whole.misfit + whole.pull**2 / (1.0 + whole.weight) - own * z**2
    without = Sums(
        count=whole.count - own,
        pull=pull,
        weight=weight,
        misfit=jnp.maximum(squares - pull**2 / (1.0 + weight), 0.0),
        log_volume=whole.log_volume
        - own * 2.0 * jnp.log(scale)
        + jnp.log1p(weight)
        - jnp.log1p(whole.weight),
    )
    return log_density(whole, nu) - log_density(without, nu)


def draw(key: Array, sums: Sums, nu: Array, sizes: Array | int) -> tuple[Array, Array]:
    """A draw of each size's u, and of the factor by which its runs scatter more (places,).

    Args:
        sizes: how many places in `sums` are of a size; what is drawn of others means nothing.
    """
    normal, mixing = jax.random.split(key)
    freedom = nu + sums.count
    stretch = jnp.sqrt((nu + sums.misfit) / (2.0 * _gamma(mixing, 0.5 * freedom, sizes)))
    u = sums.mean + stretch / jnp.sqrt(1.0 + sums.weight) * jax.random.normal(normal, freedom.shape)
    return u, stretch


def _gamma(key: Array, shape: Array, wanted: Array | int) -> Array:
    """Draws of Gamma by their shapes (places,), as many as are wanted and perhaps a few more.

    They are by rejection, which is four fifths of the time of a prediction where there is a place
    for a size of each run and hardly a run has one of its own.
    """
    room = jnp.pad(shape, (0, -len(shape) % TOGETHER), constant_values=1.0)

    def some(i: Array, drawn: Array) -> Array:
        here = (i * TOGETHER,)
        part = jax.lax.dynamic_slice(room, here, (TOGETHER,))
        more = jax.random.gamma(jax.random.fold_in(key, i), part)
        return jax.lax.dynamic_update_slice(drawn, more, here)

    blocks = -(-jnp.asarray(wanted) // TOGETHER)
    return jax.lax.fori_loop(0, blocks, some, jnp.ones_like(room))[: len(shape)]


def draw_runs(key: Array, sums: Sums, nu: Array, common: Array, code: Array, scale: Array) -> Array:
    """Residuals of further runs (new,), of the sizes `code` and with scatter of `scale`."""
    shared, own = jax.random.split(key)
    u, stretch = draw(shared, sums, nu, jnp.max(code) + 1)
    error = stretch[code] * scale * jax.random.normal(own, code.shape)
    return common * u[code] + error
