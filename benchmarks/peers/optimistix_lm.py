"""optimistix's Levenberg-Marquardt on sign(r) sqrt(2 huber(r)), whose half square is Huber's loss.

The same idea as our kernel with somebody else's solver: vmapped over the starts in batches, one
compiled program. Its damping has to find by itself what our kernel knows about Huber's tails.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx

from benchmarks.peers import scipy_grid

BATCH = 500
TOLERANCE = 1e-10
MAX_STEPS = 2000


def residuals(x, tables):
    """Signed roots of twice the Huber loss (runs,)."""
    log_N, log_D, log_loss = tables
    a, b, e, alpha, beta = x
    terms = jnp.stack([a - alpha * log_N, b - beta * log_D, jnp.broadcast_to(e, log_N.shape)])
    r = log_loss - jax.nn.logsumexp(terms, axis=0)
    delta, size = scipy_grid.DELTA, jnp.abs(r)
    outside = jnp.where(size > delta, size, delta)  # keeps the root's slope finite inside
    return jnp.where(size <= delta, r, jnp.sign(r) * jnp.sqrt(2 * delta * (outside - 0.5 * delta)))


@jax.jit
def _fit_all(starts, tables):
    solver = optx.LevenbergMarquardt(rtol=TOLERANCE, atol=TOLERANCE)

    def one(start):
        found = optx.least_squares(
            residuals, solver, start, args=tables, max_steps=MAX_STEPS, throw=False
        )
        return found.value, 0.5 * jnp.sum(residuals(found.value, tables) ** 2)

    return jax.vmap(one)(starts)


def race(N, D, loss, *, every: int = 1) -> dict:
    """Fit from every start (or from one in `every`); call twice to time it without compilation.

    Returns:
        The best parameters, and where each start ended.
    """
    tables = tuple(jnp.log(jnp.asarray(x)) for x in (N, D, loss))
    starts = scipy_grid.part_of_grid(every)
    padded = np.resize(starts, (-(-len(starts) // BATCH) * BATCH, 5))
    ends = [_fit_all(jnp.asarray(part), tables) for part in np.split(padded, len(padded) // BATCH)]
    x, objectives = (np.concatenate([np.asarray(end[i]) for end in ends]) for i in (0, 1))
    x, objectives = x[: len(starts)], objectives[: len(starts)]
    return dict(best=x[int(np.nanargmin(objectives))].tolist(), objectives=objectives)
