"""The mixture of domains that is expected to lose least, draw by draw.

A loss that is a sum of exponentials of the proportions is convex in them, so that it has one lowest
point on the simplex. It is found by exponentiated gradients (Kivinen & Warmuth 1997), whose steps
stay on the simplex and go to its edges where a domain is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program
from bayesfit.law import Law, View

STEPS = 3000


def best(law: Law, values: Mapping[str, np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Proportions (draws, inputs) that minimise the weighted loss of the groups, in every draw.

    Args:
        law: whose inputs are proportions, and whose groups are the domains scored.
        weights: what the loss of each group counts (groups,), those without runs left out.
    """
    draws = {name: np.asarray(x) for name, x in values.items()}
    return np.asarray(_best(law, draws, np.asarray(weights, float)))


def best_of_all(law: Law, values: Mapping[str, np.ndarray], weights: np.ndarray) -> np.ndarray:
    """The one mixture (inputs,) with the lowest weighted loss on average over the draws."""
    draws = {name: np.asarray(x) for name, x in values.items()}
    return np.asarray(_best_of_all(law, draws, np.asarray(weights, float)))


def losses(law: Law, values: Mapping[str, np.ndarray], r: np.ndarray, groups: int) -> np.ndarray:
    """Loss of each group after training on mixtures (draws, mixtures, groups).

    Args:
        r: proportions (mixtures, inputs).
    """
    draws = {name: np.asarray(x) for name, x in values.items()}
    return np.exp(np.asarray(_losses(law, groups, draws, np.asarray(r, float))))


def _log_losses(law: Law, groups: int, p: Mapping[str, Any], r: Any) -> jax.Array:
    """Log loss of each group after training on one mixture (groups,)."""
    columns = {name: jnp.full(groups, r[i]) for i, name in enumerate(law.inputs)}
    return law.log_loss(View(**p), View(**columns, group=jnp.arange(groups)))


@program(static_argnums=(0, 1))
def _losses(law: Law, groups: int, values: dict, r):
    def one(p):
        return jax.vmap(lambda mixture: _log_losses(law, groups, p, mixture))(r)

    return jax.lax.map(one, values)


@program(static_argnums=0)
def _best(law: Law, values: dict, weights):
    def one(p):
        return _lowest(lambda r: weights @ jnp.exp(_log_losses(law, len(weights), p, r)), law)

    return jax.vmap(one)(values)


@program(static_argnums=0)
def _best_of_all(law: Law, values: dict, weights):
    def expected(r):
        each = jax.vmap(lambda p: jnp.exp(_log_losses(law, len(weights), p, r)))(values)
        return weights @ jnp.mean(each, axis=0)

    return _lowest(expected, law)


def _lowest(loss: Callable, law: Law) -> jax.Array:
    """Where on the simplex a convex loss is least, from its middle."""
    count = len(law.inputs)
    slope = jax.grad(loss)

    def step(state, _):
        log_r, pace = state
        r = jnp.exp(log_r)
        down = slope(r)
        there = log_r - pace * (down - r @ down)
        there -= jax.scipy.special.logsumexp(there)
        lower = loss(jnp.exp(there)) <= loss(r)
        return (jnp.where(lower, there, log_r), jnp.where(lower, 1.2 * pace, 0.3 * pace)), None

    first = (jnp.full(count, -jnp.log(float(count))), jnp.ones(()))
    (log_r, _), _ = jax.lax.scan(step, first, length=STEPS)
    return jnp.exp(log_r)
