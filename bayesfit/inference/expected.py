"""What a table could tell of a law before it is fitted: expected spreads from the design alone.

At draws from the prior the fitted responses are linear enough in the parameters for the Fisher
information to say how narrow a posterior the inputs of the runs allow, whatever the losses are.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import biject_to

from bayesfit.computing import program
from bayesfit.law import Values, View
from bayesfit.problem import Array, Problem

DRAWS = 64
About = Callable[[Array, Values], Array]  # unbounded parameters, all that they mean -> numbers (k,)


def spread_ratio(problem: Problem, seed: int = 0) -> dict[str, float]:
    """Expected posterior sd over prior sd of each parameter, the median over draws of the prior.

    On the unbounded scale of each parameter at the reference run (log, logit), as the finding of
    weakly identified parameters has it. Vector parameters are not known either, and not listed.

    Args:
        problem: bound by the likelihood `normal`.
    """
    ratios = np.median(np.asarray(_spread_ratio(problem, seed)), axis=0)
    shapes, ends = problem.law_shapes, np.cumsum([prod(x) for x in problem.law_shapes.values()])
    last = zip(shapes.items(), ends, strict=True)
    return {name: float(ratios[end - 1]) for (name, shape), end in last if not shape}


@program
def _spread_ratio(problem: Problem, seed: int) -> Array:
    """One row a draw."""
    return linearised(problem, lambda u, p: u, DRAWS, seed)[0]


def linearised(problem: Problem, about: About, count: int, seed: int) -> tuple[Array, Array]:
    """Expected posterior sd over prior sd, and the former itself, of numbers about a law.

    Both for each draw of the prior (draws, k), each number taken as linear in the parameters on
    their unbounded scale. For use inside of a program: draws go one after the other, so that long
    tables take the memory of one.

    Args:
        problem: bound by the likelihood `normal`; its weights count runs.
        about: a differentiable function, of the parameters at one draw.
        count: draws.
    """
    priors = problem.law_priors()
    to = {name: biject_to(prior.support) for name, prior in priors.items()}
    theta = jax.vmap(problem.constrain)(problem.draw_prior(jax.random.key(seed), count))
    parts = {name: to[name].inv(theta[name]) for name in priors}
    unbounded = jnp.concatenate([x.reshape(count, -1) for x in parts.values()], axis=1)
    spread = jnp.std(unbounded, axis=0)
    counted = jnp.sqrt(problem.weights)[:, None]

    def described(u: Array, others: Values) -> Values:
        mine, start = {}, 0
        for name, x in parts.items():
            end = start + prod(x.shape[1:])
            mine[name] = to[name](u[start:end].reshape(x.shape[1:]))
            start = end
        p = problem.textbook(others | mine)
        return p | problem.law.derived(View(**p)) | others | mine

    def one(draw: tuple[Array, Values]) -> tuple[Array, Array]:
        u, others = draw

        def fitted(u: Array) -> Array:
            return problem.law.log_loss(View(**described(u, others)), View(**problem.columns))

        slopes = counted * jax.jacfwd(fitted)(u) * spread[None] / others["sigma"]
        slopes = jnp.where(counted > 0, slopes, 0.0)
        covariance = jnp.linalg.inv(slopes.T @ slopes + jnp.eye(len(spread)))
        moves = jax.jacfwd(lambda u: about(u, described(u, others)))(u) * spread[None]
        after = jnp.einsum("ki,ij,kj->k", moves, covariance, moves)
        return jnp.sqrt(after / jnp.sum(moves**2, axis=1)), jnp.sqrt(after)

    return jax.lax.map(one, (unbounded, theta))
