"""The lowest valley of the loss along the sizes that a budget allows: one draw, one budget.

Traced by `bayesfit.prediction.optimum` for all draws and budgets; the explorer of the report walks
the same way in JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.law import Law, View
from bayesfit.prediction import planning

SMALLEST, LARGEST = 1.0, 1e18  # N that is searched, parameters
GRID = 61  # sizes tried first, a factor of 2 apart
WINDOW = 3e4  # times the law's own best size, either way, that a bent law is searched in
GOLDEN, NARROWINGS = (5**0.5 - 1) / 2, 32


def search(law: Law, p: View, C, cost, linear: bool, plan: Mapping[str, Any]):
    """(N, D, log loss) in the lowest valley of the loss at C FLOPs, to one part in 1e7 of N.

    The valley is found on a grid in log N and followed by golden section and a parabola; N is
    infinite where there is none. Sizes that the plan names are all tried instead. A law that is
    bent has a valley only where the law itself has one, and near it: bends alone, which have no
    end, are valleys everywhere.

    Args:
        p: one draw.
        cost, linear, plan: as in `planning.tokens`.
    """

    def spent(x):
        """Tokens and log loss of the size exp(x)."""
        D = planning.tokens(cost, linear, plan, jnp.exp(x), C)
        affordable = D >= planning.FEWEST
        loss = law.at(p, jnp.exp(x), jnp.where(affordable, D, 1.0), plan["given"])
        return D, jnp.where(affordable, loss, jnp.inf)

    most = planning.largest(law, plan)
    if plan["sizes"] is not None:
        return _best_of(spent, plan["sizes"], most)
    low = jnp.log(jnp.minimum(SMALLEST, 0.1 * most))
    top = jnp.log(jnp.minimum(LARGEST, most))
    top = _affordable(lambda x: planning.tokens(cost, linear, plan, jnp.exp(x), C), low, top)
    there = True
    if law.unbent is not None:
        own = search(law.unbent, p, C, cost, linear, plan)[0]
        there = jnp.isfinite(own)
        middle = jnp.log(jnp.where(there, own, 1.0))
        low = jnp.where(there, jnp.maximum(low, middle - np.log(WINDOW)), low)
        top = jnp.where(there, jnp.minimum(top, middle + np.log(WINDOW)), top)
    grid = jnp.linspace(low, top, GRID)
    height = jax.lax.map(lambda x: spent(x)[1], grid)
    at, exists = _valley(height, jnp.exp(top) >= 0.999 * most)
    low, high = grid[jnp.maximum(at - 1, 0)], grid[jnp.minimum(at + 1, GRID - 1)]
    x = _golden(lambda x: spent(x)[1], low, high)
    ends = jnp.stack([x, high])  # the best may be the largest size there may be
    D, loss = jax.lax.map(spent, ends)
    best = jnp.where(loss[1] < loss[0], 1, 0)
    return jnp.where(exists & there, jnp.exp(ends[best]), jnp.inf), D[best], loss[best]


def _affordable(tokens, low, high):
    """log of the largest size, from low to high, that the budget leaves any tokens for."""

    def halve(ends, _):
        low, high = ends
        middle = 0.5 * (low + high)
        bought = tokens(middle) >= planning.FEWEST
        return (jnp.where(bought, middle, low), jnp.where(bought, high, middle)), None

    (edge, _), _ = jax.lax.scan(halve, (low, high), length=planning.HALVINGS)
    return jnp.where(tokens(high) >= planning.FEWEST, high, edge)


def _valley(height, capped):
    """Where on the grid the lowest valley is, and whether there is one.

    A slope that still falls at an end of the grid is no valley: some laws predict ever less loss
    for a model of 1e18 parameters that has hardly any tokens. If sizes are `capped` by the plan,
    the largest of them may be the best.
    """
    inner = (height[1:-1] <= height[:-2]) & (height[1:-1] <= height[2:]) & (height[1:-1] < jnp.inf)
    edge = jnp.logical_and(capped, height[-1] < height[-2])
    valley = jnp.concatenate([jnp.array([False]), inner, edge[None]])
    lowest = jnp.argmin(jnp.where(valley, height, jnp.inf))
    return jnp.where(jnp.any(valley), lowest, jnp.argmin(height)), jnp.any(valley)


def _golden(height, low, high):
    """Where between two points the height is least (Kiefer 1953), the end by a parabola."""

    def narrow(state, _):
        low, high, left, right, at_left, at_right = state
        lower = at_left < at_right
        low, high = jnp.where(lower, low, left), jnp.where(lower, right, high)
        kept, at_kept = jnp.where(lower, left, right), jnp.where(lower, at_left, at_right)
        span = GOLDEN * (high - low)
        new = jnp.where(lower, high - span, low + span)
        at_new = height(new)
        left, right = jnp.where(lower, new, kept), jnp.where(lower, kept, new)
        at_left, at_right = jnp.where(lower, at_new, at_kept), jnp.where(lower, at_kept, at_new)
        return (low, high, left, right, at_left, at_right), None

    span = GOLDEN * (high - low)
    left, right = high - span, low + span
    # By `map`, here and below: the loss is then compiled once for several places.
    first = (low, high, left, right, *jax.lax.map(height, jnp.stack([left, right])))
    (low, high, *_), _ = jax.lax.scan(narrow, first, length=NARROWINGS)
    half, middle = 0.5 * (high - low), 0.5 * (low + high)
    before, here, after = jax.lax.map(height, jnp.stack([low, middle, high]))
    bend = before - 2.0 * here + after
    shift = jnp.where(bend > 0.0, 0.5 * (before - after) / jnp.where(bend > 0.0, bend, 1.0), 0.0)
    return middle + half * jnp.clip(jnp.nan_to_num(shift), -1.0, 1.0)


def _best_of(spent, sizes, largest):
    """The best of the sizes that can be built; infinite if the budget buys none of them."""
    D, loss = jax.lax.map(spent, jnp.log(sizes))
    loss = jnp.where(sizes <= largest, loss, jnp.inf)
    best = jnp.argmin(loss)
    return jnp.where(jnp.isfinite(loss[best]), sizes[best], jnp.inf), D[best], loss[best]
