"""Plans of further runs by the expected squared error of the fit that will be made, closed form.

A law is fitted by least squares, which believe it. Let the truth be the law, linear around a fit,
with parameters as vague as their bounds, plus a smooth misfit (a Gaussian process of covariance K
over the standardised inputs) and scatter. The fitted law at the targets is then off by what the
runs leave open, by their scatter, and by the misfit that it takes for the law:

    E = tr T G (s^4 P + scatter F + B) G - 2 tr G H + constant,    G = (F + s^2 P)^-1

with F = J'J, B = J'K J, H = J'K(runs, targets) T_J and T = T_J'T_J over the slopes J of the runs
and T_J of the targets, P the precision of the prior, s^2 scatter and misfit together. A run far
from the targets may raise E: it bends the fit where nobody asks. Without misfit E is the variance
that V-optimal designs lessen. Box & Draper 1959 (doi:10.1080/01621459.1959.10501525) weigh both.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program


class Surface(NamedTuple):
    """A law, linear around several fits, at the runs on sale and at the targets.

    Attributes:
        J: slopes of the pool, in units of the responses' sd (fits, pool, outputs, parameters).
        pull: K(pool, targets) times the targets' slopes (fits, pool, outputs, parameters).
        T: of the targets (fits, parameters, parameters).
        P: precision of the prior (parameters,).
        weights: of the fits (fits,).
        K: covariance of the misfit between runs of the pool (pool, pool).
        scatter: its variance.
        least: error that no run can lessen: the misfit of the targets, as `E` leaves it out.
    """

    J: np.ndarray
    pull: np.ndarray
    T: np.ndarray
    P: np.ndarray
    weights: np.ndarray
    K: np.ndarray
    scatter: np.ndarray
    least: np.ndarray


class _Sums(NamedTuple):
    F: jax.Array
    B: jax.Array
    H: jax.Array
    V: jax.Array  # J'K of the runs bought with each of the pool (pool, outputs, parameters)


def surface(J, targets, P, weights, K, across, scatter: float) -> Surface:
    """What plans need, of slopes in units of the responses' sd.

    Args:
        J, targets: slopes (fits, runs, outputs, parameters).
        P: precision of the prior (parameters,).
        weights: of the fits (fits,).
        K, across: covariance of the misfit, of the pool with itself and with the targets.
        scatter: its variance.
    """
    pull = np.einsum("nm,fmop->fnop", across, targets)
    T = np.einsum("fmop,fmoq->fpq", targets, targets)
    least = K[0, 0] * targets.shape[1] * targets.shape[2]
    return Surface(J, pull, T, P, weights, K, np.float64(scatter), np.float64(least))


def plan(
    found: Surface, bought, costs: np.ndarray, allowance: float, powers, least: float, considered
) -> list[int]:
    """The plan with the lowest expected error, its runs by rising cost.

    Args:
        bought: rows of the pool that are there.
        powers: of the cost, over which the error that a run removes is compared; a plan each.
        least: share of the error that a run has to remove.
        considered: rows of the pool that may be bought.
    """
    taken = np.zeros(len(costs), bool)
    taken[bought] = True
    price = costs / allowance
    most = min(len(costs), 512)
    errors, rows = _plans(most, found, taken, price, np.float64(least), np.asarray(powers, float),
                          np.asarray(considered))  # fmt: skip
    best = np.asarray(rows)[int(np.argmin(np.asarray(errors)))]
    best = best[best >= 0]
    return [int(x) for x in best[np.argsort(costs[best], kind="stable")]]


@program(static_argnums=0)
def _plans(most, found: Surface, taken, price, least, powers, considered):
    start = jax.vmap(partial(_sums, found.K, taken))(found.J, found.pull)
    one = partial(_one_plan, most, found, taken, price, least, considered, start)
    return jax.lax.map(one, powers)


def _one_plan(most, found: Surface, taken, price, least, considered, start, power):
    """Run after run, the one that removes most error over its price to a power.

    Each surface counts by the share of its own error that is left: none outweighs the others
    because it is wild.
    """
    before = jax.vmap(partial(_error, found))(found.T, start) + found.least
    counts = found.weights / jnp.maximum(before, 1e-300)
    error = jnp.sum(found.weights)
    rows = jnp.full(most, -1)
    offered = price[considered]

    def going(carry):
        *_, more, count = carry
        return more & (count < most)

    def step(carry):
        sums, taken, left, error, rows, _, count = carry
        after = jax.vmap(partial(_each, found, considered))(found.J, found.pull, found.T, sums)
        after = jnp.nan_to_num(counts @ (after + found.least), nan=jnp.inf, posinf=jnp.inf)
        gains = error - after
        open_ = ~taken[considered] & (offered <= left * (1 + 1e-9)) & (gains > least * error)
        score = jnp.where(open_, gains / offered**power, -jnp.inf)
        place, more = jnp.argmax(score), jnp.any(open_)
        best = considered[place]
        added = jax.vmap(partial(_added, found.K, best))(found.J, found.pull, sums)
        new = (added, taken.at[best].set(True), left - price[best], after[place],
               rows.at[count].set(best), more, count + 1)  # fmt: skip
        old = (sums, taken, left, error, rows, more, count)
        return jax.tree.map(partial(jnp.where, more), new, old)

    carry = (start, taken, jnp.asarray(1.0), error, rows, jnp.asarray(True), jnp.asarray(0))
    _, _, _, error, rows, _, _ = jax.lax.while_loop(going, step, carry)
    return error, rows


def _sums(K, taken, J, pull) -> _Sums:
    mine = J * taken[:, None, None]
    V = jnp.einsum("nm,mop->nop", K, mine)
    both = jnp.einsum("nop,noq->pq", mine, V)
    return _Sums(jnp.einsum("nop,noq->pq", mine, mine), both,
                 jnp.einsum("nop,noq->pq", mine, pull), V)  # fmt: skip


def _added(K, row, J, pull, sums: _Sums) -> _Sums:
    j = J[row]
    cross = jnp.einsum("op,oq->pq", j, sums.V[row])
    square = j.T @ j
    return _Sums(sums.F + square, sums.B + cross + cross.T + K[row, row] * square,
                 sums.H + j.T @ pull[row], sums.V + K[:, row][:, None, None] * j)  # fmt: skip


def _error(found: Surface, T, sums: _Sums):
    """E of the runs summed up, without what no run can lessen."""
    return _error_of(found, T, _gain(found, sums), sums)


def _gain(found: Surface, sums: _Sums):
    return jnp.linalg.inv(sums.F + (found.scatter + found.K[0, 0]) * jnp.diag(found.P))


def _error_of(found: Surface, T, G, sums: _Sums):
    s2 = found.scatter + found.K[0, 0]
    inner = s2**2 * jnp.diag(found.P) + found.scatter * sums.F + sums.B
    return jnp.sum((G @ T @ G) * inner) - 2 * jnp.sum(G * sums.H.T)


def _each(found: Surface, rows, J, pull, T, sums: _Sums):
    """E once each of some runs of the pool was added (rows,), by updates of one inverse."""
    before = _gain(found, sums)

    def one(j, own_pull, own_V, variance):
        G = before
        for row in j:
            along = G @ row
            G = G - along[:, None] * along[None] / (1 + row @ along)
        square, cross = j.T @ j, j.T @ own_V
        B = sums.B + cross + cross.T + variance * square
        return _error_of(found, T, G, _Sums(sums.F + square, B, sums.H + j.T @ own_pull, own_V))

    return jax.vmap(one)(J[rows], pull[rows], sums.V[rows], jnp.diag(found.K)[rows])
