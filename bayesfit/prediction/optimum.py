"""The best model for a budget: N*, D* and the loss there, for every draw.

A law may know its optimum in closed form; for any other the loss is searched along the curve that
the budget allows, all draws and budgets at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.inference import devices  # noqa: F401
from bayesfit.law import UNSEEN, Law, View, within
from bayesfit.prediction.shortfall import corrected

SMALLEST, LARGEST = 1e3, 1e18  # N that is searched, parameters
GRID = 97  # sizes tried first, a factor of 1.4 apart
GOLDEN = (5**0.5 - 1) / 2


def search(law: Law, p: View, C) -> tuple[jax.Array, jax.Array]:
    """(N, D) in the lowest valley of the loss at C FLOPs, to one part in 1e9 of N.

    The valley is found on a grid in log N and followed by golden section. A slope that still falls
    at an end of the grid is no valley: some laws promise ever less loss to a model of 1e18
    parameters that has hardly any tokens.
    """

    def cost(x):
        N = jnp.exp(x)
        return law.log_loss(p, View(N=N, D=law.flops.tokens(N, C), C=C))

    def narrow(ends, _):
        low, high = ends
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        lower = cost(left) < cost(right)
        return (jnp.where(lower, low, left), jnp.where(lower, right, high)), None

    # Tokens must stay positive, and are fewer than one beyond C / 6 parameters.
    most = jnp.minimum(jnp.log(LARGEST), jnp.log(C / 6.0))
    grid = jnp.linspace(jnp.log(SMALLEST), most, GRID)
    height = jax.lax.map(cost, grid)
    valley = (height[1:-1] <= height[:-2]) & (height[1:-1] <= height[2:])
    inside = 1 + jnp.argmin(jnp.where(valley, height[1:-1], jnp.inf))
    at = jnp.where(jnp.any(valley), inside, jnp.argmin(height))
    ends = (grid[jnp.maximum(at - 1, 0)], grid[jnp.minimum(at + 1, GRID - 1)])
    (low, high), _ = jax.lax.scan(narrow, ends, length=45)
    N = jnp.exp(0.5 * (low + high))
    return N, law.flops.tokens(N, C)


@partial(jax.jit, static_argnums=0)
def _optima(law: Law, values: dict, flops):
    def one(p, C):
        view = View(**p)
        N, D = search(law, view, C) if law.optimum is None else law.optimum(view, C)
        if not law.tells_loss_of_size:
            return N, D, jnp.nan
        return N, D, law.log_loss(view, View(N=N, D=D, C=C))

    return jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(0, None))(values, flops)


def optima(
    law: Law, values: Mapping[str, np.ndarray], flops: Sequence[float]
) -> dict[str, np.ndarray]:
    """N, D, tokens_per_parameter and loss at the optimum, each (draws, budgets).

    A law that explains another column or needs more inputs has no loss to tell, nor has one with
    groups but for each of them (`bayesfit.law.within`). The shortfall of draws that carry a `kappa`
    changes the loss at the optimum, not the place.
    """
    numbers = {name: jnp.asarray(x) for name, x in values.items()}
    N, D, log_loss = (np.asarray(x) for x in _optima(law, numbers, jnp.asarray(flops, float)))
    best = dict(N=N, D=D, tokens_per_parameter=D / N)
    if not law.tells_loss_of_size:
        return best
    return best | dict(loss=np.exp(corrected(log_loss, values)))


def table(
    law: Law, values: Mapping[str, np.ndarray], flops: Sequence[float], labels: Sequence[str] = ()
) -> pd.DataFrame:
    """One row a budget (FLOPs): bands of N*, D*, tokens per parameter, and loss.

    Args:
        labels: the groups of a law that has them; each, and one not seen, gets rows of its own.
    """
    if not by_group(law, values):
        return _table(law, values, flops)
    parts = [
        _table(within(law, code), values, flops).assign(**{law.group: label})
        for code, label in enumerate([*labels, UNSEEN])
    ]
    return pd.concat(parts, ignore_index=True)


def by_group(law: Law, values: Mapping[str, np.ndarray]) -> bool:
    """Whether the optimum differs between groups; a law may have groups and one optimum."""
    if not law.group or law.optimum is None:
        return bool(law.group)
    p = View(**{name: jnp.asarray(x[0]) for name, x in values.items()})
    return jax.eval_shape(partial(law.optimum, p), jnp.asarray(1e21))[0].ndim > 0


def _table(law: Law, values: Mapping[str, np.ndarray], flops: Sequence[float]) -> pd.DataFrame:
    found = optima(law, values, flops)
    parts = [bands.columns(name, draws) for name, draws in found.items()]
    return pd.DataFrame(
        {"C": np.asarray(flops, float)} | {k: v for x in parts for k, v in x.items()}
    )
