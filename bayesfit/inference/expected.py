"""What a table could tell of a law before it is fitted: expected spreads from the design alone.

At draws from the prior the fitted responses are linear enough in the parameters for the Fisher
information to say how narrow a posterior the inputs of the runs allow, whatever the losses are.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import biject_to

from bayesfit.computing import program
from bayesfit.law import View
from bayesfit.problem import Problem

DRAWS = 64


def spread_ratio(problem: Problem, seed: int = 0) -> dict[str, float]:
    """Expected posterior sd over prior sd of each parameter, the median over draws of the prior.

    On the unbounded scale of each parameter at the reference run (log, logit), as the finding of
    weakly identified parameters has it.

    Args:
        problem: a law without groups, bound by the likelihood `normal`.
    """
    ratios = np.asarray(_spread_ratio(problem, seed))
    names = [name for name, shape in problem.law_shapes.items() if not shape]
    return dict(zip(names, map(float, np.median(ratios, axis=0)), strict=True))


@program
def _spread_ratio(problem: Problem, seed: int) -> jax.Array:
    """One row a draw."""
    priors = problem.law_priors()
    plain = {name: prior for name, prior in priors.items() if not prior.shape()}
    theta = jax.vmap(problem.constrain)(problem.draw_prior(jax.random.key(seed), DRAWS))
    to = {name: biject_to(prior.support) for name, prior in plain.items()}
    unbounded = jnp.stack([to[name].inv(theta[name]) for name in plain], axis=1)
    spread = jnp.std(unbounded, axis=0)
    used = (problem.weights > 0)[:, None]

    def fitted(u: jax.Array, others: dict) -> jax.Array:
        mine = {name: to[name](x) for name, x in zip(plain, u, strict=True)}
        p = problem.textbook(others | mine)
        return problem.law.log_loss(View(**p), View(**problem.columns))

    def one(u: jax.Array, others: dict) -> jax.Array:
        slopes = jnp.where(used, jax.jacfwd(fitted)(u, others) * spread[None], 0.0)
        information = slopes.T @ slopes / others["sigma"] ** 2
        variance = jnp.linalg.inv(information + jnp.eye(len(spread)))
        return jnp.sqrt(jnp.diag(variance))

    return jax.vmap(one)(unbounded, theta)
