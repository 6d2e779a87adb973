"""How many times less one recipe pays than another for the same loss, draw by draw.

Recipes are groups of one fit: they share a law, so that runs of one say what those of another leave
open, and draws are paired. For a budget C, recipe A reaches its lowest loss L. The speed-up in
compute is C over the budget at which B reaches L; that in tokens is A's tokens over those on which
B trains the same model to the same loss.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import PchipInterpolator

from bayesfit.computing import program
from bayesfit.law import Law, View
from bayesfit.prediction.frontier import lowest
from bayesfit.prediction.optimum import optima

MOST = 100.0  # a speed-up that is larger, or smaller than its inverse, is a bound and no number
A_DECADE = 5  # budgets at which B's frontier is worked out; a monotone cubic goes through them
HALVINGS = 60
Draws = Mapping[str, np.ndarray]


def in_compute(A: Law, B: Law, values: Draws, C: np.ndarray) -> np.ndarray:
    """Budgets over those at which B has A's loss (draws, budgets).

    0 where B never has it within MOST times the budget, infinite where B has it for less than the
    MOST-th part, and NaN where A has no best size.
    """
    wanted = np.log(lowest(A, values, C))
    low, high = float(C.min()) / MOST, float(C.max()) * MOST
    grid = np.geomspace(low, high, 1 + round(A_DECADE * float(np.log10(high / low))))
    theirs = np.log(lowest(B, values, grid))
    pairs = zip(theirs, wanted, strict=True)
    needed = np.array([_crossing(np.log(grid), loss, at) for loss, at in pairs])
    gain = np.log(C) - needed
    gain = np.where(gain > np.log(MOST), np.inf, np.where(gain < -np.log(MOST), -np.inf, gain))
    return np.where(np.isfinite(wanted), np.exp(gain), np.nan)


def _crossing(log_C: np.ndarray, loss: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """log C at which a frontier comes down to each loss wanted: -inf or inf beyond its ends.

    The frontier of a bent law may rise a little somewhere; what was reached stays reached. Where it
    has no optimum it is infinite, and reached by nobody.
    """
    before = np.minimum.accumulate(np.concatenate([[np.inf], loss[:-1]]))
    falls = np.isfinite(loss) & (loss < before)
    if falls.sum() < 2:
        return np.full(len(wanted), np.inf)
    x, y = loss[falls][::-1], log_C[falls][::-1]
    found = PchipInterpolator(x, y)(np.clip(wanted, x[0], x[-1]))
    return np.where(wanted < x[0], np.inf, np.where(wanted > x[-1], -np.inf, found))


def in_tokens(A: Law, B: Law, values: Draws, C: np.ndarray) -> np.ndarray:
    """Tokens of A's best model over those of B's, same size and loss (draws, budgets).

    0 where B never has that loss at that size; NaN where A has no best size, and for laws without
    tokens.
    """
    if A.inputs == ("C",):
        return np.full((len(next(iter(values.values()))), len(C)), np.nan)
    best = optima(A, values, C)
    there = np.isfinite(best["N"])
    N, D = (np.where(there, best[name], 1e9) for name in "ND")
    draws = {name: np.asarray(x) for name, x in values.items()}
    gain = np.asarray(_in_tokens(B, draws, N, D, np.log(np.where(there, best["loss"], 1.0))))
    return np.where(there, np.exp(gain), np.nan)


@program(static_argnums=0)
def _in_tokens(law: Law, values: dict, N, D, wanted):
    """log of D over the tokens at which the law has the loss wanted, by halving in log D."""
    reach = np.log(MOST)

    def one(p, N, D, wanted):
        def above(x):
            return law.at(View(**p), N, D * jnp.exp(x)) > wanted

        def halve(ends, _):
            low, high = ends
            middle = 0.5 * (low + high)
            more = above(middle)
            return (jnp.where(more, middle, low), jnp.where(more, high, middle)), None

        (low, high), _ = jax.lax.scan(halve, (-reach, reach), length=HALVINGS)
        found = -0.5 * (low + high)
        return jnp.where(above(reach), -jnp.inf, jnp.where(above(-reach), found, jnp.inf))

    return jax.vmap(jax.vmap(one, in_axes=(None, 0, 0, 0)))(values, N, D, wanted)
