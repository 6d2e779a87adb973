"""The posterior by NUTS (Hoffman & Gelman 2014; numpyro's kernel), preconditioned and in blocks.

Chains start from the Laplace approximation and move in its metric. Warm-up is two blocks: the
first tunes step sizes in Laplace's metric, the second in the covariance pooled over all chains,
which mends what Laplace gets wrong (skewed or truncated directions). Every block is a call of the
same compiled program, with chains dealt out over the devices, so progress can be shown between
blocks at no cost and nothing is compiled twice. Where chains disagree after that, more warm-up
follows.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer import NUTS

from bayesfit.computing import program
from bayesfit.inference.devices import EVERYWHERE, LANES, deal, gather, mesh, per_device
from bayesfit.inference.laplace import Shape, laplace
from bayesfit.problem import Array, Problem
from bayesfit.progress import Progress, silent

BLOCK = 100  # transitions in one call
TOGETHER = 4  # chains that advance side by side
WARM_UP_BLOCKS, MOST_WARM_UP_BLOCKS = 2, 8
AGREE = 1.2  # R-hat of the last half of a warm-up block above which another one follows
TARGET_ACCEPT = 0.93  # at the usual 0.8 weakly identified tables give stray divergences


class Chains(NamedTuple):
    """What NUTS returns.

    Attributes:
        q: draws (chains, draws, dimension).
        stats: sampler statistics by arviz's names, each (chains, draws).
        shape: the metric in which the draws were made.
        mode: the posterior mode in q (dimension,).
    """

    q: np.ndarray
    stats: dict[str, np.ndarray]
    shape: Shape
    mode: np.ndarray


def sample(
    problem: Problem,
    starts: Array | np.ndarray,
    *,
    seed: int,
    chains: int = 16,
    draws: int = 500,
    target_accept: float = TARGET_ACCEPT,
    progress: Progress = silent,
) -> Chains:
    """Draw from the posterior of a problem; the same on any number of devices, but for rounding.

    Args:
        starts: q from which the mode is looked for (attempts, dimension).
        chains, draws: how many, and how long.
        target_accept: mean acceptance that step sizes aim at; nearer to 1 is slower and has fewer
            divergences.

    Returns:
        Draws after warm-up. Convergence is not checked here: see `bayesfit.inference.draws`.
    """
    shape = Shape(*(np.asarray(x) for x in laplace(problem, np.asarray(starts, float))[0]))
    mode = np.asarray(shape.center)
    z = np.random.default_rng(seed).standard_normal((chains, len(mode)))
    step_size = np.full(chains, len(mode) ** -0.25)
    blocks: list[dict[str, np.ndarray]] = []
    done, warm_up, wanted = 0, WARM_UP_BLOCKS, -(-draws // BLOCK)
    while done < warm_up + wanted:
        aim = target_accept if done < warm_up else None
        path, z, step_size = _block(problem, shape, z, step_size, (seed, done), aim)
        if aim is not None:
            shape, z = _pooled(shape, path["z"], z)
            step_size = np.full(chains, np.median(step_size))
            if done + 1 == warm_up < MOST_WARM_UP_BLOCKS and _disagree(path["z"]):
                warm_up += 1
        else:
            blocks.append(path)
        done += 1
        progress(done, warm_up + wanted)
    stats = {name: np.concatenate([b[name] for b in blocks], 1)[:, :draws] for name in blocks[0]}
    q = np.asarray(shape.center) + stats.pop("z") @ np.asarray(shape.scale).T
    return Chains(q, stats, shape, mode)


def _block(problem: Problem, shape: Shape, z, step_size, seeds: tuple[int, int], aim):
    """One block of transitions of every chain: path, last positions, settled step sizes.

    Each device gets TOGETHER chains at a time, so one program serves any number of chains, and a
    chain does not depend on how many devices there are: a sum over another number of lanes is
    rounded in another way. What is left is that XLA compiles for one device and for several in two
    ways, which differ by about 1e-11. Chains that fill up the last batch are copies, and dropped.
    """
    chains, batch = len(z), per_device(1) * TOGETHER
    batches = [
        np.minimum(np.arange(begin, begin + batch), chains - 1) for begin in range(0, chains, batch)
    ]
    out = [
        _advance(
            problem,
            shape,
            deal(z[which]),
            deal(step_size[which]),
            deal(np.array([[*seeds, chain] for chain in which], np.uint32)),
            np.float64(aim or 0.5),
            np.float64(aim is not None),
        )
        for which in batches
    ]
    return jax.tree.map(lambda *x: np.concatenate([gather(part) for part in x])[:chains], *out)


def _disagree(path: np.ndarray) -> bool:
    """Whether chains have not found each other yet: hierarchies take longer than laws alone."""
    half = path[:, path.shape[1] // 2 :]
    within, between = half.var(1).mean(0), half.mean(1).var(0)
    return bool(np.max(1 + between / np.maximum(within, 1e-300)) > AGREE**2)


def _pooled(shape: Shape, path: np.ndarray, z: np.ndarray) -> tuple[Shape, np.ndarray]:
    """The metric learned from all chains of a warm-up block, and the positions in it."""
    half = path[:, path.shape[1] // 2 :].reshape(-1, path.shape[-1])
    count, dimension = half.shape
    trust = count / (count + 20.0 * dimension)
    covariance = trust * np.atleast_2d(np.cov(half.T)) + (1 - trust) * np.eye(dimension)
    center, inner = half.mean(0), np.linalg.cholesky(covariance)
    z = np.linalg.solve(inner, (z - center).T).T
    return Shape(shape.center + shape.scale @ center, shape.scale @ inner), z


@program
def _advance(problem, shape: Shape, z: Array, step_size: Array, keys: Array, aim, warming):
    """One block of transitions of TOGETHER chains on each device."""

    def together(problem, shape, z, step_size, keys, aim, warming):
        return jax.vmap(partial(_one_chain, problem, shape, aim, warming))(z, step_size, keys)

    return jax.shard_map(
        together,
        mesh=mesh(),
        in_specs=(EVERYWHERE, EVERYWHERE, LANES, LANES, LANES, EVERYWHERE, EVERYWHERE),
        out_specs=LANES,
        check_vma=False,
    )(problem, shape, z, step_size, keys, aim, warming)


def _one_chain(problem: Problem, shape: Shape, aim, warming, z: Array, step_size: Array, seeds):
    """One block of one chain; while warming, its step size seeks the acceptance aimed at."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seeds[0]), seeds[1]), seeds[2])

    def potential(z: Array) -> Array:
        return -problem.log_density(shape.center + shape.scale @ z)

    kernel = NUTS(potential_fn=potential, adapt_step_size=False, adapt_mass_matrix=False)
    state = kernel.init(key, 0, z, (), {})

    def transition(carry, t):
        state, step_size = carry
        used = state._replace(adapt_state=state.adapt_state._replace(step_size=step_size))
        state = kernel.sample(used, (), {})
        gain = warming / jnp.sqrt(t + 1.0)  # Robbins & Monro 1951
        bolder = step_size * jnp.exp(gain * (state.accept_prob - aim))
        return (state, bolder), dict(
            z=state.z,
            diverging=state.diverging,
            acceptance_rate=state.accept_prob,
            n_steps=state.num_steps,
            step_size=step_size,
            lp=-state.potential_energy,
            energy=state.energy,
        )

    (state, _), path = jax.lax.scan(transition, (state, step_size), jnp.arange(float(BLOCK)))
    settled = jnp.exp(jnp.mean(jnp.log(path["step_size"][BLOCK // 2 :])))
    return path, state.z, settled
