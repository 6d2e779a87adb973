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


class _Offers(NamedTuple):
    """The runs that may be bought: of `Surface` their rows, and their price."""

    J: jax.Array
    pull: jax.Array
    K: jax.Array
    price: jax.Array


class _Sums(NamedTuple):
    F: jax.Array
    B: jax.Array
    H: jax.Array
    V: jax.Array  # J'K of the runs bought with each on offer (offers, outputs, parameters)


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
    offers = _Offers(found.J[:, considered], found.pull[:, considered],
                     found.K[considered][:, considered], price[considered])  # fmt: skip
    start = jax.vmap(partial(_sums, found.K, found.K[considered], taken))(found.J, found.pull)
    one = partial(_one_plan, most, found, offers, taken[considered], least, start)
    errors, rows = jax.lax.map(one, powers)
    return errors, jnp.where(rows < 0, rows, considered[rows])


def _one_plan(most, found: Surface, offers: _Offers, taken, least, start, power):
    """Run after run, the one that removes most error over its price to a power.

    Each surface counts by the share of its own error that is left: none outweighs the others
    because it is wild.
    """
    before = jax.vmap(partial(_error, found))(found.T, start) + found.least
    counts = found.weights / jnp.maximum(before, 1e-300)
    divided = offers.price**power

    def going(carry):
        *_, more, count = carry
        return more & (count < most)

    def step(carry):
        sums, taken, left, error, rows, _, count = carry
        after = jax.vmap(partial(_each, found, offers.K))(offers.J, offers.pull, found.T, sums)
        after = jnp.nan_to_num(counts @ (after + found.least), nan=jnp.inf, posinf=jnp.inf)
        gains = error - after
        open_ = ~taken & (offers.price <= left * (1 + 1e-9)) & (gains > least * error)
        best, more = jnp.argmax(jnp.where(open_, gains / divided, -jnp.inf)), jnp.any(open_)
        sums = jax.vmap(partial(_added, offers.K, best))(offers.J, offers.pull, sums)
        return (sums, taken.at[best].set(True), left - offers.price[best],
                jnp.where(more, after[best], error), rows.at[count].set(jnp.where(more, best, -1)),
                more, count + 1)  # fmt: skip

    carry = (start, taken, jnp.asarray(1.0), jnp.sum(found.weights), jnp.full(most, -1),
             jnp.asarray(True), jnp.asarray(0))  # fmt: skip
    _, _, _, error, rows, _, _ = jax.lax.while_loop(going, step, carry)
    return error, rows


def _sums(K, offered, taken, J, pull) -> _Sums:
    mine = J * taken[:, None, None]
    both = jnp.einsum("nop,noq->pq", mine, jnp.einsum("nm,mop->nop", K, mine))
    return _Sums(jnp.einsum("nop,noq->pq", mine, mine), both,
                 jnp.einsum("nop,noq->pq", mine, pull),
                 jnp.einsum("nm,mop->nop", offered, mine))  # fmt: skip


def _added(K, row, J, pull, sums: _Sums) -> _Sums:
    j = J[row]
    cross = jnp.einsum("op,oq->pq", j, sums.V[row])
    square = j.T @ j
    return _Sums(sums.F + square, sums.B + cross + cross.T + K[row, row] * square,
                 sums.H + j.T @ pull[row], sums.V + K[:, row][:, None, None] * j)  # fmt: skip


def _error(found: Surface, T, sums: _Sums):
    """E of the runs summed up, without what no run can lessen."""
    G, inner = _gain(found, sums), _inner(found, sums)
    return jnp.sum((G @ T @ G) * inner) - 2 * jnp.sum(G * sums.H.T)


def _gain(found: Surface, sums: _Sums):
    return jnp.linalg.inv(sums.F + (found.scatter + found.K[0, 0]) * jnp.diag(found.P))


def _inner(found: Surface, sums: _Sums):
    s2 = found.scatter + found.K[0, 0]
    return s2**2 * jnp.diag(found.P) + found.scatter * sums.F + sums.B


def _each(found: Surface, K, J, pull, T, sums: _Sums):
    """E once each of the runs on offer was added (offers,).

    A run with slopes J takes A'SA from G, where A = JG and S = (1 + AJ')^-1; everything that E
    needs of the new G is written out in terms of the old one, so that no matrix of parameters is
    made for each run.
    """
    G, M = _gain(found, sums), _inner(found, sums)
    GTG, C = G @ T @ G, sums.V
    A, U = J @ G, J @ GTG
    S = _inverse(jnp.eye(J.shape[1]) + _pairs(A, J))
    W, X, CA = _pairs(J, A), _pairs(J, U), _pairs(C, A)
    inside = S @ _pairs(A @ T, A) @ S
    before = jnp.sum(GTG * M) - 2 * _trace(S, _pairs(U @ M, A)) + _trace(inside, _pairs(A @ M, A))
    own = X - 2 * W @ S @ X + W @ inside @ W
    cross = _pairs(C, U) - CA @ S @ X - _pairs(C, U) @ S @ W + CA @ inside @ W
    variance = found.scatter + jnp.diag(K)
    whole = before + variance * _diagonal(own) + 2 * _diagonal(cross)
    hA = _pairs(pull, A)
    pulled = jnp.sum(G * sums.H.T) - _trace(S, _pairs(A @ sums.H, A)) + _diagonal(hA - hA @ S @ W)
    return whole - 2 * pulled


def _pairs(a, b):
    """a b' of each run (runs, outputs, outputs)."""
    return jnp.sum(a[:, :, None] * b[:, None], axis=-1)


def _trace(a, b):
    """Of the product, of each run."""
    return jnp.sum(a * b.swapaxes(1, 2), axis=(1, 2))


def _diagonal(a):
    return jnp.trace(a, axis1=1, axis2=2)


def _inverse(a):
    """Of each run's matrix; of one output a division, where LAPACK would be called for each."""
    return 1 / a if a.shape[1] == 1 else jnp.linalg.inv(a)
