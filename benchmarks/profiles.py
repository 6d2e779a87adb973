"""IsoFLOP profiles that a split held out: was N* in its band, and what did building it cost?

A profile is the runs of one budget, whatever rule of FLOPs made it: its tokens are a straight line
in its sizes, in logs. The truth is the vertex of a parabola through its losses, with the error that
the scatter around the parabola gives it; N* of each draw is where the loss is least along the line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data import isoflop
from bayesfit.data.runs import Runs
from bayesfit.extrapolation.refits import Refit
from bayesfit.prediction.surface import log_surface

LEAST = 6  # runs that a profile must have
BEYOND, POINTS = 3.0, 161  # times the sizes of a profile that N* is looked for, and how finely
ERRORS = 4000  # draws of the vertex's own error


def scored(refit: Refit, runs: Runs) -> Iterator[dict[str, float]]:
    """One row a held-out profile that has a minimum.

    Returns:
        budget, N (its vertex), predicted N* (median), inside80/95, the same with the vertex's own
        error (with80/95), and `regret`: the loss that the median N* costs, as a share.
    """
    held = runs.subset(~refit.below)
    budgets = isoflop.budgets(held)
    for budget in np.unique(budgets[np.isfinite(budgets)]):
        own = budgets == budget
        if own.sum() >= LEAST:
            yield from _one(refit, held, own, float(budget))


def _one(refit: Refit, held: Runs, own: np.ndarray, budget: float) -> Iterator[dict[str, float]]:
    x, log_loss = np.log(held["N"][own]), np.log(held["loss"][own])
    vertex, _, curvature = isoflop.parabola(x, log_loss)
    if not np.isfinite(vertex):
        return
    slope, level = np.polyfit(x, np.log(held["D"][own]), 1)
    grid = np.linspace(x.min() - np.log(BEYOND), x.max() + np.log(BEYOND), POINTS)
    columns = dict(N=np.exp(grid), D=np.exp(level + slope * grid))
    best = grid[log_surface(*refit.drawn, columns).argmin(1)]
    rng = np.random.default_rng(0)
    doubt = rng.choice(best, ERRORS) + _error(x, log_loss) * rng.standard_normal(ERRORS)
    found = dict(budget=budget, N=np.exp(vertex), predicted=float(np.exp(np.median(best))))
    for level_, tail in ((80, 0.1), (95, 0.025)):
        for name, draws in (("inside", best), ("with", doubt)):
            low, high = np.quantile(draws, [tail, 1 - tail])
            step = grid[1] - grid[0]
            found[f"{name}{level_}"] = bool(low - step / 2 <= vertex <= high + step / 2)
    found["regret"] = float(0.5 * curvature * (np.median(best) - vertex) ** 2)
    yield found


def _error(x: np.ndarray, log_loss: np.ndarray) -> float:
    """Standard error of the vertex of the parabola, by the delta method."""
    z = x - x.mean()
    (bend, slope, _), covariance = np.polyfit(z, log_loss, 2, cov=True)
    gradient = np.array([slope / (2 * bend**2), -1 / (2 * bend), 0.0])
    return float(np.sqrt(gradient @ covariance @ gradient))
