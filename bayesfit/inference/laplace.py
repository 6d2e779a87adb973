"""The shape of a posterior around its mode: where NUTS starts, and the metric it moves in.

The mode is found by a damped Newton method in the principal axes of the curvature; the inverse
Hessian there is the covariance of the normal approximation (Laplace's). In those coordinates the
posterior of a scaling law is close to a standard normal, whatever the law, so the sampler needs
almost no warm-up. The density appears once in the compiled program, which is most of its cost.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from bayesfit.computing import program
from bayesfit.problem import Array, Problem

FLATTEST, STEEPEST = 1e-6, 1e12  # curvatures of q that are believed
LONGEST_STEP = 2.0  # in q, where one unit is a factor of e
MAX_STEPS, TOLERANCE = 200, 1e-6


class Shape(NamedTuple):
    """A location and a scale: q = center + scale @ z, with z about standard normal.

    Attributes:
        center: (dimension,).
        scale: a Cholesky factor of the covariance of q (dimension, dimension).
    """

    center: Array
    scale: Array


class _Point(NamedTuple):
    """The log density around q, its curvature along principal axes."""

    q: Array
    height: Array
    slope: Array  # gradient along each axis
    curvature: Array  # of the negative log density, along each axis
    axes: Array


class _Climb(NamedTuple):
    here: _Point
    trial: Array
    damping: Array
    steps: Array


@program
def laplace(problem: Problem, starts: Array) -> tuple[Shape, Array]:
    """Mode and curvature of the posterior.

    Args:
        starts: q of each attempt (attempts, dimension); the highest mode reached is kept.

    Returns:
        The shape, and the norm of the gradient at the mode in units of its own scale.
    """
    ends = jax.lax.map(partial(_climb, problem), starts)  # in turn: a tenth of the memory
    best = jax.tree.map(lambda x: x[jnp.nanargmax(ends.height)], ends)
    size = _size(best.curvature)
    covariance = best.axes @ jnp.diag(1.0 / size) @ best.axes.T
    scale = jnp.linalg.cholesky(0.5 * (covariance + covariance.T))
    return Shape(best.q, scale), jnp.linalg.norm(best.slope / jnp.sqrt(size))


def _size(curvature: Array) -> Array:
    return jnp.clip(jnp.abs(curvature), FLATTEST, STEEPEST)


def _look(problem: Problem, q: Array) -> _Point:
    def gradient(q: Array):
        height, slope = jax.value_and_grad(problem.log_density)(q)
        return slope, (height, slope)

    hessian, (height, slope) = jax.jacfwd(gradient, has_aux=True)(q)
    curvature, axes = jnp.linalg.eigh(-0.5 * (hessian + hessian.T))
    return _Point(q, height, axes.T @ slope, curvature, axes)


def _climb(problem: Problem, start: Array) -> _Point:
    """From one start to the nearest mode, or to where no step climbs any more."""

    def unfinished(climb: _Climb) -> Array:
        here = climb.here
        far = jnp.linalg.norm(here.slope / jnp.sqrt(_size(here.curvature))) > TOLERANCE
        return (far | (climb.steps < 2)) & (climb.steps < MAX_STEPS) & (climb.damping < 1e9)

    def step(climb: _Climb) -> _Climb:
        there = _look(problem, climb.trial)
        better = there.height > climb.here.height  # false for nan
        here = jax.tree.map(partial(jnp.where, better), there, climb.here)
        damping = jnp.where(better, jnp.maximum(0.2 * climb.damping, 1e-9), 4.0 * climb.damping)
        size = _size(here.curvature)
        move = here.axes @ (here.slope / (size + damping * jnp.maximum(size, 1.0)))
        trial = here.q + jnp.clip(move, -LONGEST_STEP, LONGEST_STEP)
        return _Climb(here, trial, damping, climb.steps + 1)

    d = len(start)
    flat = _Point(start, jnp.asarray(-jnp.inf), jnp.zeros(d), jnp.ones(d), jnp.eye(d))
    first = _Climb(flat, start, jnp.asarray(0.05), jnp.asarray(0))
    return jax.lax.while_loop(unfinished, step, first).here
