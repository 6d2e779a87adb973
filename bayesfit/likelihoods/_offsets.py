"""What runs of one model have in common: an offset from the law that they share.

Runs of one size (of one architecture, with its own learning rate and its own luck) lie above or
below a law together: ten points on the curve of a badly shaped model are one witness, not ten. So
the residual of run i of model m, in log loss, is

    r_i = common * u_m + scale_i * e_i,

with (u_m, e_i) Student-t: jointly normal given one chi-square a model, so that a model is an
outlier as a whole. The offset is integrated out in closed form, for a covariance of that shape
needs sums over the runs of a model only (Sherman & Morrison 1950). A model with a single run is a
Student-t of scale hypot(scale, common).

Models are told apart by N: runs whose sizes agree within TOLERANCE are runs of one model.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from numpyro.distributions import StudentT

Array = jax.Array | np.ndarray
TOLERANCE = 0.005  # in log N: sizes read off a figure repeat to a tenth of a per cent


def models(N: np.ndarray, group: np.ndarray | None = None) -> np.ndarray:
    """Which model each run is of, as integers from 0 (runs,).

    Args:
        N: parameters (runs,).
        group: integer code of each run's group, if there are any: a size is another model in each.
    """
    group = np.zeros(len(N), int) if group is None else np.asarray(group)
    order = np.lexsort((N, group))
    size, part = np.log(np.asarray(N, float))[order], group[order]
    fresh = (np.diff(size) > TOLERANCE) | (np.diff(part) != 0)
    code = np.empty(len(N), int)
    code[order] = np.concatenate([[0], np.cumsum(fresh)])
    return code


class Residuals(NamedTuple):
    """Runs, as far as offsets are concerned.

    Attributes:
        r, scale: residual in log loss, and the scale of the run's own scatter (runs,).
        common: scale of the offsets.
        code: which model each run is of (runs,).
        worth: what each run counts as, 0 for padding (runs,).
    """

    r: Array
    scale: Array
    common: Array
    code: Array
    worth: Array


class Told(NamedTuple):
    """What the runs of each model tell of its offset u, each array (models,).

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
        """u expected of each model, 0 of one without runs."""
        return self.pull / (1.0 + self.weight)


def tell(runs: Residuals, models: int | None = None) -> Told:
    """Sum up the runs of each model.

    Args:
        models: how many there are, those without runs included; as many as runs if omitted.
    """
    size = len(runs.r) if models is None else models

    def summed(x: Array) -> Array:
        return jax.ops.segment_sum(runs.worth * x, runs.code, size)

    z, k = runs.r / runs.scale, runs.common / runs.scale
    pull, weight = summed(z * k), summed(k**2)
    return Told(
        count=summed(jnp.ones_like(z)),
        pull=pull,
        weight=weight,
        misfit=summed(z**2) - pull**2 / (1.0 + weight),
        log_volume=summed(2.0 * jnp.log(runs.scale)) + jnp.log1p(weight),
    )


def log_density(told: Told, nu: Array) -> Array:
    """Joint log density of the runs of each model, 0 of one without runs (models,)."""
    n = told.count
    return (
        gammaln(0.5 * (nu + n))
        - gammaln(0.5 * nu)
        - 0.5 * (n * jnp.log(nu * jnp.pi) + told.log_volume)
        - 0.5 * (nu + n) * jnp.log1p(told.misfit / nu)
    )


def leave_one_out(runs: Residuals, nu: Array) -> Array:
    """Log density of each run given the others of its model (runs,).

    It is what leave-one-out asks of runs that are not independent given the parameters (Bürkner,
    Gabry & Vehtari 2021, arXiv:1810.10559).
    """
    r, scale, common, code, worth = runs
    told = Told(*(x[code] for x in tell(runs)))
    z, k = r / scale, common / scale
    weight, pull, n = told.weight - worth * k**2, told.pull - worth * z * k, told.count - worth
    squares = told.misfit + told.pull**2 / (1.0 + told.weight) - worth * z**2
    misfit = jnp.maximum(squares - pull**2 / (1.0 + weight), 0.0)
    width = jnp.sqrt((nu + misfit) / (nu + n) * (scale**2 + common**2 / (1.0 + weight)))
    return StudentT(nu + n, common * pull / (1.0 + weight), width).log_prob(r)


def draw(key: Array, told: Told, nu: Array) -> tuple[Array, Array]:
    """A draw of each model's u, and of the factor by which its runs scatter more (models,)."""
    normal, mixing = jax.random.split(key)
    freedom = nu + told.count
    stretch = jnp.sqrt((nu + told.misfit) / (2.0 * jax.random.gamma(mixing, 0.5 * freedom)))
    u = told.mean + stretch / jnp.sqrt(1.0 + told.weight) * jax.random.normal(normal, freedom.shape)
    return u, stretch
