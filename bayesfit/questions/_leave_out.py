"""The MLE without some of the runs, and the order in which runs are taken out.

All refits are lanes of one batch, from the optimum of the whole table. A few bad runs hide each
other: without any one of them the others still hold the fit where it was. So runs are taken out one
after the other, each time the one whose absence moves the fitted losses most (Cook 1977's
distance). N* alone would be a poor guide to bad runs: far beyond the data every run at the edge of
the table moves it a little.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from bayesfit.computing import program
from bayesfit.constants import MAD_TO_SD
from bayesfit.fitted import Fit
from bayesfit.inference import bootstrap as pairs
from bayesfit.inference.mle import Minimum
from bayesfit.problem import Array, Problem, residuals_of, slopes_of

MOST = 512  # runs that are left out in turn; of a longer table, those that pull hardest


class LeftOut(NamedTuple):
    """Refits without runs.

    Attributes:
        order: runs, the most influential first (candidates,).
        distance: Cook's distance of each alone, in that order (candidates,).
        alone: q of the MLE without each of them, in that order (candidates, law_dimension).
        together: q without the first 0, 1, 2, ... of them (top + 1, law_dimension).
    """

    order: np.ndarray
    distance: np.ndarray
    alone: np.ndarray
    together: np.ndarray


def leave_out(fit: Fit, top: int) -> LeftOut:
    """Each run left out alone, and the first `top` of them together."""
    best = fit.mle.best().q
    candidates = _candidates(fit, best)
    alone, gone, path = _one_after_the_other(fit, best, candidates, top)
    distance = _distance(fit.problem, alone.q, best)
    order = _ranked(gone, candidates, distance)
    where = [int(np.flatnonzero(candidates == run)[0]) for run in order]
    return LeftOut(order, distance[where], alone.q[where], path)


def without(fit: Fit, sets: np.ndarray, start: np.ndarray) -> Minimum:
    """The MLE without each set of runs, from a point nearby.

    Args:
        sets: which runs are left out (cases, runs).
        start: q of the law (law_dimension,).
    """
    return pairs.refit(fit.problem, start, 1.0 - sets, delta=fit.delta)


def residuals(fit: Fit, q: np.ndarray) -> np.ndarray:
    """Observed minus fitted of every run, on the scale of the law's link (runs,)."""
    return residuals_of(fit.problem, q)[: len(fit.runs)]


def _one_after_the_other(
    fit: Fit, best: np.ndarray, candidates: np.ndarray, top: int
) -> tuple[Minimum, list[int], np.ndarray]:
    """Refits without each run, the runs that are taken out, and q after each of them."""
    gone: list[int] = []
    path, rounds = [best], []
    for _ in range(top):
        left = np.setdiff1d(candidates, gone, assume_unique=True)
        sets = np.zeros((len(left), len(fit.runs)))
        sets[:, gone] = 1.0
        sets[np.arange(len(left)), left] = 1.0
        rounds.append(without(fit, sets, path[-1]))
        worst = int(np.argmax(_distance(fit.problem, rounds[-1].q, best)))
        gone.append(int(left[worst]))
        path.append(rounds[-1].q[worst])
    return rounds[0], gone, np.array(path)


def _distance(problem: Problem, q: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Cook's distance of each refit (row of q): how far it moves the fitted losses of the table.

    The sum of squared shifts over the variance of residuals, here by their median, and over the
    number of parameters. Unlike a distance between parameters it knows no direction in which they
    drift for nothing, as where the irreducible loss is at its bound.
    """
    fitted = np.asarray(_fitted(problem, np.vstack([best, q])))
    seen = np.asarray(problem.weights) > 0
    left = (np.asarray(problem.response) - fitted[0])[seen]
    scale = MAD_TO_SD * np.median(np.abs(left))
    moved = np.asarray(problem.weights) * (fitted[1:] - fitted[0]) ** 2
    return np.sum(moved, 1) / (scale**2 * len(best))


@program
def _fitted(problem: Problem, q: Array) -> Array:
    return jax.vmap(problem.predict)(q)


def _candidates(fit: Fit, best: np.ndarray) -> np.ndarray:
    """All runs; of a long table the MOST that pull hardest: clipped residual times leverage."""
    n = len(fit.runs)
    if n <= MOST:
        return np.arange(n)
    slopes, left = (f(fit.problem, best)[:n] for f in (slopes_of, residuals_of))
    leverage = np.sum(np.linalg.qr(slopes)[0] ** 2, 1)
    strength = np.clip(np.abs(left), 0, fit.delta) * np.sqrt(leverage)
    return np.sort(np.argsort(-strength)[:MOST])


def _ranked(gone: list[int], candidates: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Runs taken out in turn first, then the others by what they do alone."""
    others = candidates[np.argsort(-distance)]
    return np.concatenate([gone, others[~np.isin(others, gone)]]).astype(int)
