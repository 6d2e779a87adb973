"""Maximum likelihood by Huber's loss on log residuals, many starts (or replicates) at once.

The objective is the paper's: sum over runs of Huber_delta(log L - log L_fit), delta = 1e-3
(Hoffmann et al. 2022, appendix D.3). At that delta most residuals lie in the linear part, where
the loss has no curvature of its own. Newton's matrix is then built from the few runs inside the
quadratic zone, which is exact near the optimum and reckless far from it; the matrix of iteratively
reweighted least squares uses all runs, and is safe but slow. The kernel slides between the two
with its damping: a rejected step trusts the tails more. Every start of the published 4500-point
grid arrives at the same optimum this way, after 37 evaluations on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpyro.distributions import biject_to

from bayesfit.computing import program
from bayesfit.inference.devices import EVERYWHERE, LANES, deal, gather, mesh, per_device
from bayesfit.law import Values, View
from bayesfit.problem import Array, Problem
from bayesfit.progress import Progress, silent

DELTA = 1e-3
GRADIENT_TOLERANCE, ACCEPTED_GRADIENT = 1e-6, 1e-5  # aimed at; good enough for 1e-9 in value
POLISH = 40  # steps of L-BFGS for lanes that Gauss-Newton leaves on a kink
FEWEST_POINTS = 128  # that are drawn: as many as a fit starts from, so that refits use its program
LONGEST_STEP = 2.0  # in q, where one unit is a factor of e
RUNS_IN_FLIGHT = 2**17  # lanes x runs of one call: its arrays stay in the processor's cache


class Minimum(NamedTuple):
    """Where each lane ended.

    Attributes:
        q: unconstrained parameters (lanes, dimension).
        objective: sum of Huber losses (lanes,).
        gradient_norm: of the log objective in q, so free of units (lanes,).
        converged: gradient_norm below the tolerance (lanes,).
        steps: evaluations used (lanes,).
    """

    q: np.ndarray
    objective: np.ndarray
    gradient_norm: np.ndarray
    converged: np.ndarray
    steps: np.ndarray

    def best(self) -> Minimum:
        """The lane with the lowest objective."""
        i = int(np.nanargmin(self.objective))
        return Minimum(*(x[i] for x in self))


def huber(r: Array, delta: Array | float) -> Array:
    """Quadratic within delta, linear beyond (Huber 1964)."""
    size = jnp.abs(r)
    return jnp.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta))


class _Local(NamedTuple):
    """The objective around a point: value, gradient and curvature."""

    value: Array
    gradient: Array
    curvature: Array


class _Lane(NamedTuple):
    q: Array
    local: _Local
    damping: Array
    steps: Array


def _look(problem: Problem, q: Array, weights: Array, delta: Array, damping: Array) -> _Local:
    """Value, gradient and curvature at q; `damping` says how far the tails are trusted."""
    directions = jnp.asarray(np.eye(len(q))[~problem.random])  # what is random stays at 0
    along = jax.vmap(lambda v: jax.jvp(problem.residuals, (q,), (v,)), out_axes=(None, 0))
    r, slopes = along(directions)  # (n,), (dimension, n)
    size = jnp.abs(r)
    inside = size <= delta
    tail = damping / (damping + 0.01) * delta / jnp.where(inside, 1.0, size)
    curvature = weights * jnp.where(inside, 1.0, tail)
    return _Local(
        jnp.sum(weights * huber(r, delta)),
        jnp.sum(slopes * (weights * jnp.clip(r, -delta, delta))[None], axis=1),
        jnp.sum((slopes * curvature[None])[:, None] * slopes[None], axis=2),
    )


def _relative_gradient(local: _Local, weights: Array, delta: Array) -> Array:
    """Norm of the gradient over the objective; the floor stands for residuals of 1e-9."""
    floor = 1e-9 * delta * jnp.sum(weights)
    return jnp.linalg.norm(local.gradient) / (local.value + floor)


def _step(problem: Problem, weights: Array, delta: Array, lane: _Lane) -> _Lane:
    here = lane.local
    ridge = lane.damping * jnp.diag(jnp.diag(here.curvature)) + 1e-14 * jnp.eye(len(here.gradient))
    move = -_solved(here.curvature + ridge, here.gradient)
    q = jnp.asarray(lane.q).at[~problem.random].add(jnp.clip(move, -LONGEST_STEP, LONGEST_STEP))
    bolder = jnp.maximum(0.2 * lane.damping, 1e-9)
    there = _look(problem, q, weights, delta, bolder)
    better = there.value < here.value
    taken = _Lane(q, there, bolder, lane.steps + 1)
    stayed = lane._replace(damping=4.0 * lane.damping, steps=lane.steps + 1)
    return jax.tree.map(partial(jnp.where, better), taken, stayed)


def _solved(matrix: Array, vector: Array) -> Array:
    """Solve a positive definite system by elimination.

    LAPACK's solver for batches shares its work among the threads that the devices run on and waits
    for them: beyond about ten parameters, two devices wait for each other for ever (jaxlib 0.10).
    """

    def eliminate(i, rows):
        pivot = rows[i] / rows[i, i]
        return (rows - rows[:, i][:, None] * pivot[None]).at[i].set(pivot)

    rows = jnp.concatenate([matrix, vector[:, None]], axis=1)
    return jax.lax.fori_loop(0, len(vector), eliminate, rows)[:, -1]


def descend(problem: Problem, q: Array, weights: Array, delta: Array, max_steps: Array) -> tuple:
    """One lane, to convergence, to `max_steps`, or to where no step helps any more."""

    def unfinished(lane: _Lane) -> Array:
        steep = _relative_gradient(lane.local, weights, delta) > GRADIENT_TOLERANCE
        return steep & (lane.steps < max_steps) & (lane.damping < 1e9)

    start = _Lane(
        q, _look(problem, q, weights, delta, jnp.asarray(0.01)), jnp.asarray(0.01), jnp.asarray(0)
    )
    lane = jax.lax.while_loop(unfinished, partial(_step, problem, weights, delta), start)
    slope = _relative_gradient(lane.local, weights, delta)
    return lane.q, lane.local.value, slope, slope <= ACCEPTED_GRADIENT, lane.steps


def polish(problem: Problem, q: Array, weights: Array, delta: Array, max_steps: Array) -> tuple:
    """L-BFGS from where the Gauss-Newton steps no longer help: no curvature left in the tails."""

    def cost(q) -> Array:
        q = jnp.where(problem.random, 0.0, q)
        return jnp.sum(weights * huber(problem.residuals(q), delta)) / scale

    scale = jnp.sum(weights * huber(problem.residuals(q), delta))
    scale += 1e-9 * delta * jnp.sum(weights)  # the cost is of order 1, or below for a perfect fit
    solver = optax.lbfgs(memory_size=8)
    value_and_grad = optax.value_and_grad_from_state(cost)

    def unfinished(carry) -> Array:
        *_, slope, steps = carry
        return (slope > GRADIENT_TOLERANCE) & (steps < max_steps)

    def step(carry):
        q, state, _, steps = carry
        value, grad = value_and_grad(q, state=state)
        move, state = solver.update(grad, state, q, value=value, grad=grad, value_fn=cost)
        return optax.apply_updates(q, move), state, jnp.linalg.norm(grad), steps + 1

    first = (q, solver.init(q), jnp.asarray(jnp.inf), jnp.asarray(0))
    end, _, _, steps = jax.lax.while_loop(unfinished, step, first)
    slope = jnp.linalg.norm(jax.grad(cost)(end))
    return end, cost(end) * scale, slope, slope <= ACCEPTED_GRADIENT, steps


@program(static_argnums=0)
def _side_by_side(lane, problem: Problem, q: Array, weights: Array, delta, max_steps):
    """Lanes side by side on each device; a device stops when its own lanes have."""
    return jax.shard_map(
        jax.vmap(lane, in_axes=(None, 0, 0, None, None)),
        mesh=mesh(),
        in_specs=(EVERYWHERE, LANES, LANES, EVERYWHERE, EVERYWHERE),
        out_specs=LANES,
        check_vma=False,
    )(problem, q, weights, delta, max_steps)


def minimise(
    problem: Problem,
    starts: Array | np.ndarray,
    *,
    weights: Array | np.ndarray | None = None,
    delta: float = DELTA,
    max_steps: int = 500,
    progress: Progress = silent,
) -> Minimum:
    """Run every start to the end.

    Args:
        starts: q of each lane (lanes, law_dimension).
        weights: weight of each run in each lane (lanes, n padded); the problem's own if omitted.
        delta: Huber's threshold in log loss. A tiny one gives least absolute deviations.
        max_steps: evaluations after which a lane is given up as not converged.

    Returns:
        The minimum that each lane reached. Failure is not an exception: look at `converged`.
    """
    starts = np.asarray(starts, float)
    if weights is None:
        weights = np.broadcast_to(problem.weights, (len(starts), len(problem.weights)))
    first = _in_batches(problem, starts, weights, delta, min(max_steps, 40), progress)
    if max_steps > 40:
        _again(first, problem, weights, delta, max_steps - 40, descend)
        _again(first, problem, weights, delta, POLISH, polish)
    return first


@program
def _each(problems: Problem, q: Array, delta, max_steps):
    def both(problem: Problem, q: Array):
        q, *_, steps = descend(problem, q, problem.weights, delta, max_steps)
        more = jnp.asarray(POLISH)
        q, value, slope, converged, more = polish(problem, q, problem.weights, delta, more)
        return q, value, slope, converged, steps + more

    return jax.vmap(both, in_axes=(0, None))(problems, q)


def minimise_each(
    problems: Sequence[Problem], start: Array, *, delta: float = DELTA, max_steps: int = 100
) -> Minimum:
    """The minimum of each of several tables of one length, all from the same start."""
    together = jax.tree.map(lambda *x: np.stack(x), *problems)
    found = _each(together, np.asarray(start), np.float64(delta), np.int64(max_steps))
    return Minimum(*(np.array(x) for x in found))


def _again(found: Minimum, problem, weights, delta, max_steps, lane) -> None:
    """Run the lanes that are not converged once more, from where they are, in place."""
    late = np.flatnonzero(~found.converged)
    if not len(late):
        return
    again = _in_batches(problem, found.q[late], weights[late], delta, max_steps, silent, lane)
    take_lower(found, late, again)


def take_lower(found: Minimum, late: np.ndarray, again: Minimum) -> None:
    """Put a second try of some lanes in the place of the first, where it is lower."""
    lower = again.objective <= found.objective[late]
    again = again._replace(steps=again.steps + found.steps[late])
    for whole, part in zip(found, again, strict=True):
        whole[late[lower]] = part[lower]


def _in_batches(
    problem, starts, weights, delta, max_steps, progress: Progress, lane=descend
) -> Minimum:
    """Equal batches, the last one padded, so that one compiled program serves any number."""
    starts = np.where(problem.random, 0.0, starts)
    total, batch = len(starts), batch_size(problem)
    done = []
    for begin in range(0, total, batch):
        lanes = np.minimum(np.arange(begin, begin + batch), total - 1)
        q, w = deal(starts[lanes]), deal(np.asarray(weights[lanes], float))
        out = _side_by_side(lane, problem, q, w, np.float64(delta), np.int64(max_steps))
        done.append([gather(x) for x in out])
        progress(min(begin + batch, total), total)
    return Minimum(*(np.concatenate(x)[:total] for x in zip(*done, strict=True)))


def batch_size(problem: Problem) -> int:
    """Lanes that advance together: a multiple of the devices, small enough to stay in cache."""
    return per_device(int(np.clip(RUNS_IN_FLIGHT // 4 // len(problem.weights), 1, 128)))


def race(
    problem: Problem,
    starts: Array | np.ndarray,
    *,
    delta: float = DELTA,
    progress: Progress = silent,
) -> Minimum:
    """The minima reached from the most promising starts: a few steps for all, many for the best.

    Returns:
        A tenth of the starts, at least 16, run to the end.
    """
    weights = np.broadcast_to(problem.weights, (len(starts), len(problem.weights)))
    heats = _in_batches(problem, np.asarray(starts, float), weights, delta, 8, progress)
    order = np.argsort(np.nan_to_num(heats.objective, nan=np.inf))
    return minimise(problem, heats.q[order[: max(16, len(starts) // 10)]], delta=delta)


def carried_over(found: Minimum, problem: Problem, *, delta: float = DELTA) -> Minimum:
    """The minima of a table of more runs, each from one found with fewer of them.

    Lanes that ended in one place go on as one.
    """
    places = np.round(np.nan_to_num(found.q, nan=1e9), 4)
    _, first, which = np.unique(places, axis=0, return_index=True, return_inverse=True)
    there = minimise(problem, found.q[first], delta=delta)
    return Minimum(*(x[np.ravel(which)] for x in there))


def starting_points(problem: Problem, count: int, seed: int = 0) -> np.ndarray:
    """Prior draws of q, the likelihood's parameters included (count, dimension).

    Groups agree, and what is hidden is at the middle of its own coordinate: for the misfit of a
    law, what it would be given the rest.
    """
    # The first of more are the same points, and any small count is then one program.
    most = max(FEWEST_POINTS, 2 ** (count - 1).bit_length())
    return np.asarray(_starting_points(problem, most, seed))[:count]


@program(static_argnums=1, hasty=True)
def _starting_points(problem: Problem, count: int, seed) -> Array:
    held = {*problem.law.random, *problem.likelihood.hidden}
    return problem.draw_prior(jax.random.key(seed), count, held) * ~problem.hidden[None]


def published_grid(problem: Problem) -> np.ndarray:
    """The paper's own grid of starting points, in q (points, law_dimension).

    A grid point on the edge of the prior's support (an exponent of 0) or extremely far from the
    runs is moved inside: every theta is kept within +-5 on its own unbounded scale (log, logit).
    """
    return np.asarray(_published_grid(problem))


@program(hasty=True)
def _published_grid(problem: Problem) -> Array:
    grid, reference = problem.law.grid, problem.law.reference
    assert grid is not None and reference is not None
    priors, ref = problem.law_priors(), View(**problem.ref)

    def locate(p: Values) -> Array:
        inside = {name: jnp.maximum(x, 0.02) for name, x in p.items()}
        theta = reference(View(**inside), ref)
        for name, prior in priors.items():
            bijection = biject_to(prior.support)
            unbounded = jnp.nan_to_num(bijection.inv(theta[name]))
            theta[name] = bijection(jnp.clip(unbounded, -5.0, 5.0))
        return problem.unconstrain_law(theta)

    return jax.vmap(locate)(grid())
