"""Bootstrap: refit the Huber MLE on resampled runs or sizes.

Replicates are weights on the table, so they advance together in the same kernel as the starts of
`bayesfit.inference.mle`, each to convergence. A replicate that is not converged is started again
from perturbed points: stopping early is what made the published interval of Hoffmann et al. fifty
times too narrow (Besiroglu et al. 2024, arXiv:2404.10102).
"""

from __future__ import annotations

import numpy as np

from bayesfit.inference.mle import DELTA, Minimum, minimise
from bayesfit.problem import Problem, residuals_of, slopes_of
from bayesfit.progress import Progress, silent

SECOND_TRIES = 3
PERTURBATION = 0.3  # sd in q, a factor of 1.35


def resample(runs: int, count: int, seed: int, unit: np.ndarray | None = None) -> np.ndarray:
    """How often each run is drawn in each of `count` resamples (count, runs).

    In bytes: a thousand resamples of a million runs take one gigabyte.

    Args:
        unit: an integer for each run; runs of one unit are drawn together (runs,).
    """
    units = runs if unit is None else int(unit.max()) + 1
    rng, even = np.random.default_rng(seed), np.full(units, 1 / units)
    counts = np.empty((count, runs), np.uint8)
    for row in counts:
        drawn = np.minimum(rng.multinomial(units, even), 255)
        row[:] = drawn if unit is None else drawn[unit]
    return counts


def refit(
    problem: Problem,
    optimum: np.ndarray,
    resamples: np.ndarray,
    *,
    delta: float = DELTA,
    seed: int = 0,
    progress: Progress = silent,
) -> Minimum:
    """Refit on every resample, starting from the optimum of the whole table.

    Args:
        optimum: q of the whole table's MLE (law_dimension,).
        resamples: multiplicity of each run in each replicate (count, runs).
    """
    padding = len(problem.weights) - resamples.shape[1]
    weights = np.pad(resamples, ((0, 0), (0, padding)))
    starts = np.tile(optimum, (len(weights), 1))
    found = minimise(problem, starts, weights=weights, delta=delta, progress=progress)
    late = np.flatnonzero(~found.converged)
    if len(late):
        _try_again(found, late, problem, optimum, weights, delta, seed)
    return found


def one_step(
    problem: Problem,
    best: Minimum,
    count: int,
    seed: int,
    unit: np.ndarray,
    *,
    delta: float = DELTA,
) -> Minimum:
    """One Newton step of every replicate from the optimum, for tables with thousands of runs.

    Of u units it is off by 1 / sqrt(u) of the scatter of the refits (Davison & Hinkley 1997,
    Bootstrap Methods and their Application, section 2.7.2), and passes over the table once.

    Args:
        best: the optimum of the table, one lane of `minimise`.
        unit: an integer for each run; runs of one unit are drawn together (runs,).

    Returns:
        What each replicate steps to; all else is the optimum's.
    """
    free, runs, q = ~problem.random, len(unit), np.asarray(best.q)
    slopes = slopes_of(problem, q)[:runs, free]
    r, weights = residuals_of(problem, q)[:runs], np.asarray(problem.weights)[:runs]
    # Huber's loss is curved only for the runs within delta: these alone say how far a pull carries.
    inside = weights * (np.abs(r) <= delta)
    curvature = (slopes * inside[:, None]).T @ slopes
    pull = np.zeros((int(unit.max()) + 1, slopes.shape[1]))
    np.add.at(pull, unit, slopes * (weights * np.clip(r, -delta, delta))[:, None])
    rng, units = np.random.default_rng(seed), len(pull)
    drawn = [np.bincount(rng.integers(0, units, units), minlength=units) @ pull
             for _ in range(count)]  # fmt: skip
    step = np.linalg.solve(curvature, np.array(drawn).T).T
    ends = np.tile(q, (count, 1))
    ends[:, free] += step
    others = [np.full(count, x) for x in best[1:-1]]
    return Minimum(ends, *others, steps=np.ones(count, int))


def _try_again(found: Minimum, late, problem, optimum, weights, delta, seed) -> None:
    """Replace late replicates, in place, by the best of a few perturbed starts, if it is better."""
    lanes = np.repeat(late, SECOND_TRIES)
    moved = PERTURBATION * np.random.default_rng(seed).standard_normal((len(lanes), len(optimum)))
    moved[:, problem.random] = 0.0
    again = minimise(problem, optimum + moved, weights=weights[lanes], delta=delta)
    cost = np.where(again.converged, again.objective, np.inf).reshape(len(late), SECOND_TRIES)
    best = cost.argmin(1) + SECOND_TRIES * np.arange(len(late))
    better = cost.min(1) <= found.objective[late] * (1 + 1e-9)
    for whole, part in zip(found, again, strict=True):
        whole[late[better]] = part[best[better]]
