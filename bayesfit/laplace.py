"""The shape of a posterior around its mode: where NUTS starts, and the metric it moves in.

The mode is found by L-BFGS on the smooth log density; the inverse Hessian there is the covariance
of the normal approximation (Laplace's). In those coordinates the posterior of a scaling law is
close to a standard normal, whatever the law, so the sampler needs almost no warm-up.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from bayesfit.problem import Array, Problem

FLATTEST, STEEPEST = 1e-6, 1e12  # curvatures of q that are believed


class Shape(NamedTuple):
    """A location and a scale: q = center + scale @ z, with z about standard normal.

    Attributes:
        center: (dimension,).
        scale: a Cholesky factor of the covariance of q (dimension, dimension).
    """

    center: Array
    scale: Array


@jax.jit
def laplace(problem: Problem, starts: Array) -> tuple[Shape, Array]:
    """Mode and curvature of the posterior.

    Args:
        starts: q of each attempt (attempts, dimension); the highest mode reached is kept.

    Returns:
        The shape, and the norm of the gradient at the mode in units of its own scale.
    """
    ends, values = jax.vmap(partial(_climb, problem))(starts)
    mode = ends[jnp.nanargmin(values)]
    hessian = -jax.hessian(problem.log_density)(mode)
    curvature, axes = jnp.linalg.eigh(0.5 * (hessian + hessian.T))
    curvature = jnp.clip(curvature, FLATTEST, STEEPEST)
    covariance = axes @ jnp.diag(1.0 / curvature) @ axes.T
    scale = jnp.linalg.cholesky(0.5 * (covariance + covariance.T))
    slope = scale.T @ jax.grad(problem.log_density)(mode)
    return Shape(mode, scale), jnp.linalg.norm(slope)


def _climb(problem: Problem, start: Array, max_steps: int = 300, tolerance: float = 1e-4):
    """L-BFGS from one start to the nearest mode."""

    def cost(q: Array) -> Array:
        return -problem.log_density(q)

    solver = optax.lbfgs(memory_size=8)
    value_and_grad = optax.value_and_grad_from_state(cost)

    def unfinished(carry) -> Array:
        _, _, step, slope = carry
        return (step < max_steps) & (slope > tolerance)

    def advance(carry):
        q, state, step, _ = carry
        value, grad = value_and_grad(q, state=state)
        updates, state = solver.update(grad, state, q, value=value, grad=grad, value_fn=cost)
        return optax.apply_updates(q, updates), state, step + 1, jnp.linalg.norm(grad)

    first = (start, solver.init(start), jnp.asarray(0), jnp.asarray(jnp.inf))
    q, *_ = jax.lax.while_loop(unfinished, advance, first)
    return q, cost(q)
