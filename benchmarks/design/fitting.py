"""Least squares within bounds, from many random starts at once.

Levenberg-Marquardt with its steps clipped to the bounds; a parameter at a bound that the gradient
pushes outward stands still. Positive parameters are fitted by their log. All starts make a few
steps, the most promising of them many. Where the runs do not determine the law (fewer than its
parameters), the least squares are not unique: `RIDGE` then picks the parameters nearest to the
middle of their bounds, as the pseudo-inverse does for a linear law. It is too small to move a fit
that is determined.
"""

from __future__ import annotations

from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program
from bayesfit.law import View
from benchmarks.design.task import Group, Law

RIDGE = 1e-8  # per squared half-width of the bounds, in units of the responses' variance
STARTS, LANES = 64, 8  # in all, and side by side; as many are run to the end
DAMPING = 1e-2  # of the first step
FIRST, STEPS = 15, 80  # steps of all starts; at most, of the best
REFITS = 25  # steps of a fit to perturbed responses, from a fit
LENGTHS = (16, 64, 256, 1024, 4096)  # padded lengths, so that few programs are compiled
STEEP = 1e5  # a slope beyond this counts as this, so that matrices can be inverted
HUGE = 1e6  # a residual beyond this, in sd of the responses, counts as this


class Fits(NamedTuple):
    """Where the best starts ended, best first.

    Attributes:
        theta: parameters (LANES, parameters).
        mse: mean squared residual (LANES,), in the units of the response squared.
    """

    theta: np.ndarray
    mse: np.ndarray


class _Lane(NamedTuple):
    z: jax.Array
    value: jax.Array
    gradient: jax.Array
    curvature: jax.Array
    damping: jax.Array
    still: jax.Array  # steps in a row that brought next to nothing


class Scale(NamedTuple):
    """How a law's parameters are written as coordinates within -1 and 1.

    Attributes:
        middle, half: of the bounds, of the log where it is fitted (parameters,).
        logged: which are (parameters,).
    """

    middle: np.ndarray
    half: np.ndarray
    logged: np.ndarray

    def theta(self, z):
        """Parameters of coordinates."""
        x = self.middle + self.half * z
        return jnp.where(self.logged, jnp.exp(jnp.where(self.logged, x, 0.0)), x)

    def parameters(self, z: np.ndarray) -> np.ndarray:
        """The same, of numbers at hand."""
        x = self.middle + self.half * z
        return np.where(self.logged, np.exp(np.where(self.logged, x, 0.0)), x)

    def z(self, theta: np.ndarray) -> np.ndarray:
        """Coordinates of parameters."""
        x = np.where(self.logged, np.log(np.where(self.logged, theta, 1.0)), theta)
        return np.clip((x - self.middle) / self.half, -1, 1)


def scale(law: Law) -> Scale:
    """The coordinates of a law."""
    logged = law.logged
    low, high = np.where(logged, np.log(np.where(logged, law.ends, 1.0)), law.ends)
    return Scale((low + high) / 2, (high - low) / 2, logged)


@cache
def predictor(law: Law):
    """(coordinates, inputs) -> responses (runs, outputs), what is not finite made huge."""
    coordinates = scale(law)

    def predict(z, inputs):
        out = law.formula(law.named(coordinates.theta(z)), View(**inputs))
        return jnp.nan_to_num(out.reshape(len(out), -1), nan=1e30, posinf=1e30, neginf=-1e30)

    return predict


def predictions(law: Law, theta: np.ndarray, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Responses of each of several parameters (draws, runs, outputs)."""
    return np.asarray(_predictions(law, scale(law).z(theta), padded(inputs)))[:, : _count(inputs)]


@program(static_argnums=0)
def _predictions(law, z, inputs):
    return jax.vmap(predictor(law), in_axes=(0, None))(z, inputs)


def slopes(law: Law, theta: np.ndarray, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Slopes of the responses in a law's coordinates, at each of several parameters.

    Returns:
        (draws, runs, outputs, parameters)
    """
    found = np.asarray(_slopes(law, scale(law).z(theta), padded(inputs)))[:, : _count(inputs)]
    return np.clip(np.nan_to_num(found), -STEEP, STEEP)


@program(static_argnums=0)
def _slopes(law, z, inputs):
    return jax.vmap(jax.jacfwd(predictor(law)), in_axes=(0, None))(z, inputs)


def _count(inputs: dict[str, np.ndarray]) -> int:
    return len(next(iter(inputs.values())))


def padded(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Inputs with the last run repeated up to one of LENGTHS."""
    count = _count(inputs)
    length = next((x for x in LENGTHS if x >= count), count)
    rows = np.minimum(np.arange(length), count - 1)
    return {name: x[rows] for name, x in inputs.items()}


def random_starts(law: Law, count: int, rng: np.random.Generator) -> np.ndarray:
    """Coordinates drawn evenly within the bounds (count, parameters)."""
    return rng.uniform(-1, 1, (count, law.ends.shape[1]))


def fit(
    law: Law,
    group: Group,
    bought: np.ndarray,
    rng: np.random.Generator,
    *,
    warm: np.ndarray | None = None,
    starts: int = STARTS,
    steps: int = STEPS,
) -> Fits:
    """Fit a law to the runs bought.

    Args:
        bought: rows of the pool, at least one.
        warm: parameters to start from besides the random ones (some, parameters).
        starts: in all, the warm ones included; a multiple of LANES, and STARTS at most.
        steps: at most, of the LANES best of them.
    """
    z = random_starts(law, STARTS, rng)
    if warm is not None:
        z[: len(warm)] = scale(law).z(warm)
    inputs = padded({name: x[bought] for name, x in group.pool.items()})
    weights = (np.arange(_count(inputs)) < len(bought)).astype(float)
    responses = group.responses[np.resize(bought, len(weights))]
    unit = spread(group.responses[bought])
    lots = starts // LANES
    found = _fit(law, z, inputs, responses / unit, weights, 1 / unit, lots, steps)
    z, mse = (np.asarray(x) for x in found)
    order = np.argsort(mse)
    return Fits(scale(law).parameters(z[order]), mse[order] * unit**2)


def spread(responses: np.ndarray) -> float:
    """Standard deviation of responses around the mean of each output; 1 where there is none."""
    sd = float(np.sqrt(np.mean((responses - responses.mean(0)) ** 2)))
    return sd if sd > 0 else 1.0


def randomised(
    law: Law,
    group: Group,
    bought: np.ndarray,
    fits: Fits,
    variance: float,
    precision: float,
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws of the posterior by fitting perturbed responses from a perturbed prior.

    Each from a fit and from where the prior was perturbed to, of which the lower is kept. Exact for
    a linear law within wide bounds (randomised maximum likelihood, Oliver et al. 1996).

    Args:
        variance: of residuals, in units of the response squared.
        precision: of the prior of coordinates, around the middle of the bounds.
        count: draws (count, parameters).
    """
    inputs = padded({name: x[bought] for name, x in group.pool.items()})
    weights = (np.arange(_count(inputs)) < len(bought)).astype(float)
    responses = group.responses[np.resize(bought, len(weights))]
    unit = spread(group.responses[bought])
    noise = np.sqrt(variance) * rng.standard_normal((count, *responses.shape))
    anchors = np.clip(rng.standard_normal((count, fits.theta.shape[1])) / np.sqrt(precision), -1, 1)
    chance = np.exp(-(fits.mse - fits.mse[0]) * len(bought) * responses.shape[1] / (2 * variance))
    starts = scale(law).z(fits.theta)[rng.choice(len(chance), count, p=chance / chance.sum())]
    z = _randomised(law, starts, inputs, (responses + noise) / unit, weights, 1 / unit,
                    precision * variance / unit**2, anchors)  # fmt: skip
    return scale(law).parameters(np.asarray(z))


@program(static_argnums=0)
def _randomised(law, z, inputs, responses, weights, factor, ridge, anchors):
    def one(z, responses, anchor):
        look = partial(_look, law, inputs, responses, weights, factor, ridge, anchor)
        step = jax.vmap(partial(_step, look))
        lanes = jax.vmap(_start)(jnp.stack([z, anchor]))
        lanes = jax.lax.fori_loop(0, REFITS + 1, lambda _, x: step(x), lanes)
        return lanes.z[jnp.argmin(lanes.value)]

    return jax.vmap(one)(z, responses, anchors)


@program(static_argnums=0)
def _fit(law, z, inputs, responses, weights, factor, lots, steps):
    """The starts lot by lot, a few steps each, then the best of all as one more lot.

    One loop for both: a program for each law and length of runs is most of what a benchmark waits
    for, and steps written down twice are compiled twice.
    """
    look = partial(_look, law, inputs, responses, weights, factor, RIDGE, 0.0)
    lanes = jax.vmap(_start)(z)

    def unfinished(carry):
        lanes, count, most = carry
        return (count < most) & jnp.any(lanes.still < 5)

    def step(carry):
        lanes, count, most = carry
        return jax.vmap(partial(_step, look))(lanes), count + 1, most

    def lot(carry):
        lanes, place = carry
        own = place * LANES + jnp.arange(LANES)
        rows = jnp.where(place < lots, own, jnp.argsort(lanes.value)[:LANES])
        most = jnp.where(place < lots, FIRST + 1, steps)
        some, _, _ = jax.lax.while_loop(
            unfinished, step, (jax.tree.map(lambda x: x[rows], lanes), jnp.asarray(0), most)
        )
        return jax.tree.map(lambda x, new: x.at[rows].set(new), lanes, some), place + 1

    lanes, _ = jax.lax.while_loop(lambda x: x[1] <= lots, lot, (lanes, jnp.asarray(0)))
    best = jnp.argsort(lanes.value)[:LANES]
    residuals = jax.vmap(partial(_residuals, law, inputs, responses, weights, factor))
    squares = jnp.sum(residuals(lanes.z[best]) ** 2, 1)
    return lanes.z[best], squares / (jnp.sum(weights) * responses.shape[1])


def _residuals(law, inputs, responses, weights, factor, z):
    r = (predictor(law)(z, inputs) * factor - responses) * weights[:, None]
    return jnp.clip(r, -HUGE, HUGE).reshape(-1)


def _look(law, inputs, responses, weights, factor, ridge, anchor, z):
    """Value, gradient and curvature of the sum of squares, and of the ridge around an anchor."""
    residuals = partial(_residuals, law, inputs, responses, weights, factor)
    r, forward = jax.linearize(residuals, z)
    slopes = jnp.nan_to_num(jax.vmap(forward)(jnp.eye(len(z))), posinf=0.0, neginf=0.0)
    off = z - anchor
    value = jnp.sum(r**2) + ridge * jnp.sum(off**2)
    return value, slopes @ r + ridge * off, slopes @ slopes.T + ridge * jnp.eye(len(z))


def _start(z):
    """A lane whose first step stays in place and looks: one look the less to compile."""
    nothing = jnp.zeros_like(z)
    still, damping = jnp.asarray(0), jnp.asarray(5 * DAMPING)
    return _Lane(z, jnp.asarray(jnp.inf), nothing, jnp.eye(len(z)), damping, still)


def _step(look, lane: _Lane) -> _Lane:
    out = ((lane.z <= -1) & (lane.gradient > 0)) | ((lane.z >= 1) & (lane.gradient < 0))
    free = 1.0 - out
    curvature = lane.curvature * free[:, None] * free[None]
    diagonal = jnp.diag(curvature)
    ridge = lane.damping * (diagonal + 1e-12 * jnp.max(diagonal)) + out + 1e-300
    move = -jnp.linalg.solve(curvature + jnp.diag(ridge), lane.gradient * free)
    z = jnp.clip(lane.z + jnp.nan_to_num(move), -1.0, 1.0)
    value, gradient, curvature = look(z)
    better = value < lane.value
    gained = better & (lane.value - value > 1e-7 * lane.value)
    still = jnp.where(gained, 0, lane.still + 1)
    taken = _Lane(z, value, gradient, curvature, jnp.maximum(lane.damping / 5, 1e-14), still)
    stayed = lane._replace(damping=jnp.minimum(4 * lane.damping, 1e10), still=still)
    return jax.tree.map(partial(jnp.where, better), taken, stayed)
