"""What a table could identify of a law: its roles, N* and the parameter known least.

From the inputs of the runs alone (`bayesfit.inference.expected`).
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program
from bayesfit.inference.expected import linearised
from bayesfit.law import Law, Values, View
from bayesfit.prediction import planning
from bayesfit.problem import Array, Problem

ROLES = ("exponent_N", "exponent_D", "irreducible", "growth_N")
BEST = "log_N"  # N* at the budget asked for
LEAST = "least"  # the parameter known least, by its name
DRAWS = 32
SIZES = np.linspace(np.log(1e3), np.log(1e18), 301)  # log N among which a valley is looked for


class Expected(NamedTuple):
    """What is expected of one number, medians over draws of the prior.

    Attributes:
        ratio: posterior sd over prior sd.
        sd: the posterior sd.
        name: the parameter; of a parameter at the reference run both are on its unbounded scale.
    """

    ratio: float
    sd: float
    name: str


def expected(problem: Problem, C: float, seed: int = 0) -> dict[str, Expected]:
    """Role of a parameter (`ROLES`), `BEST` or `LEAST` to what the inputs of the runs say of it.

    What has a value for each group is that of the group known least. Draws without an optimum are
    left out for N*, which is missing where they are the most.

    Args:
        problem: bound by the likelihood `normal`.
        C: a budget in FLOPs.
    """
    ratio, sd = (np.asarray(x) for x in _expected(problem, np.float64(C), seed))
    found: dict[str, Expected] = {}
    for (role, name), ratios, sds in zip(_columns(problem), ratio.T, sd.T, strict=True):
        known = np.isfinite(ratios)
        if 2 * known.sum() <= len(known):
            continue
        one = Expected(float(np.median(ratios[known])), float(np.median(sds[known])), name)
        found[role] = max(found.get(role, one), one)
    return found


def _columns(problem: Problem) -> list[tuple[str, str]]:
    """What each number is of: its role and the name of its parameter."""
    law, p = problem.law, {}
    jax.eval_shape(lambda q: p.update(problem.describe_law(q)), np.zeros(problem.law_dimension))
    names = [
        (LEAST, name) for name, shape in problem.law_shapes.items() for _ in range(prod(shape))
    ]
    for role in _roles(law, p):
        many = len(problem.labels) if p[law.roles[role]].ndim else 1
        names += [(role, law.roles[role])] * many
    return names + [(BEST, "N*")] * _has_best(law)


def _roles(law: Law, p: Values) -> list[str]:
    return [role for role in ROLES if law.roles.get(role) in p]


def _known(problem: Problem, value: Array) -> Array:
    """A value, or those of the groups that have runs, as a vector."""
    value = jnp.asarray(value)
    return value[: len(problem.labels)] if value.ndim else value[None]


def _has_best(law: Law) -> bool:
    return law.is_allocation and (law.has_surface or law.optimum is not None)


@program
def _expected(problem: Problem, C: jax.Array, seed: int) -> tuple[Array, Array]:
    """One row a draw, one column a number."""
    law = problem.law

    def about(u: Array, p: Values) -> Array:
        parts = [u, *(_known(problem, p[law.roles[role]]) for role in _roles(law, p))]
        parts += [_best(problem, View(**p), C)[None]] * _has_best(law)
        return jnp.concatenate(parts)

    return linearised(problem, about, DRAWS, seed)


def _best(problem: Problem, p: View, C: jax.Array) -> jax.Array:
    """log N* of a budget, differentiable in p; nan without an optimum inside of `SIZES`."""
    law, given = problem.law, {name: problem.ref[name] for name in problem.law.given}
    if law.optimum is not None:
        N = jnp.log(law.optimum(p, C)[0])
        return N[0] if N.ndim else N  # of one group, where it differs between them
    free = planning.Plan().numbers()

    def height(x: jax.Array) -> jax.Array:
        D = planning.tokens(law.cost, True, free | dict(given=given), jnp.exp(x), C)
        return law.at(p, jnp.exp(x), D, given)

    heights = jax.lax.map(height, jnp.asarray(SIZES))
    at = jnp.argmin(heights)
    slope, bend = jax.grad(height), jax.grad(jax.grad(height))
    x = jax.lax.stop_gradient(jnp.asarray(SIZES)[at])
    for _ in range(2):  # Newton; the last step carries the derivative: -slope_p / bend
        x = jax.lax.stop_gradient(x)
        x = x - slope(x) / jax.lax.stop_gradient(bend(x))
    inside = (at > 0) & (at < len(SIZES) - 1)
    return jnp.where(inside, x, jnp.nan)
