"""Ours: the plan that leaves the fit the smallest expected error at the targets, replanned halfway.

The misfit of the law counts (`_plans`), so runs are spread where the law may be wrong, and cheap
runs that would only bend it are left alone. Nothing is known before the first fit: the first plan
is one for any smooth surface, a parabola with a misfit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.design import misfit
from benchmarks.design.fitting import predictions, slopes, spread
from benchmarks.design.methods import _plans
from benchmarks.design.protocol import Method, State


class Settings(NamedTuple):
    """What is not derived.

    Attributes:
        fits: that are averaged over, at most.
        powers: of the cost that plans are tried with.
        part: of a plan that is bought before the next.
        least: share of the expected error that a run has to remove.
    """

    fits: int = 3
    powers: tuple[float, ...] = (0.0, 0.5, 1.0)
    part: float = 0.5
    least: float = 0.01


def choose(state: State, settings: Settings | None = None):
    """The cheaper part of the best plan for what is left."""
    settings = settings or Settings()
    if state.left < state.group.costs[state.unbought].min():
        return []
    found = _of_any(state) if state.fits is None else _of_law(state, settings)
    plan = _plans.plan(found, state.bought, state.group.costs, state.left, settings.powers,
                       settings.least)  # fmt: skip
    return plan[: max(1, int(np.ceil(settings.part * len(plan))))]


def _of_any(state: State) -> _plans.Surface:
    """Any smooth surface: constant, slopes and curvatures with sd 1, 1 and 1/2."""
    places = state.group.places
    J, targets = (_parabola(x)[None, :, None] for x in places)
    P = np.where(np.arange(J.shape[-1]) <= places[0].shape[1], 1.0, 4.0)
    return _surface(state, J, targets, P, np.ones(1), misfit.unknown())


def _parabola(x: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, i] * x[:, j]])


def _of_law(state: State, settings: Settings) -> _plans.Surface:
    """The law around its best fits, weighted by how well they fit."""
    group, bought, fits = state.group, state.bought, state.fits
    assert fits is not None
    unit = spread(group.responses[bought])
    J, targets = (
        np.stack([slopes(state.law, x, inputs) for x in fits.theta[: settings.fits]]) / unit
        for inputs in (group.pool, group.target)
    )
    predicted = predictions(state.law, fits.theta[:1], group.pool)[0]
    residuals = (group.responses - predicted)[bought] / unit
    off = misfit.learned(residuals, J[0, bought], group.places[0][bought])
    squares = residuals.size * fits.mse[: settings.fits] / unit**2
    total = off.weights @ (off.smooth + off.scatter)
    weights = np.exp(-(squares - squares[0]) / (2 * total))
    P = np.full(J.shape[-1], misfit.PRIOR_PRECISION)
    return _surface(state, J, targets, P, weights / weights.sum(), off)


def _surface(state: State, J, targets, P, weights, off: misfit.Misfit) -> _plans.Surface:
    pool, target = state.group.places
    K, across = off.covariance(pool, pool), off.covariance(pool, target)
    return _plans.surface(J, targets, P, weights, K, across, off.noise)


method = Method("expected error", choose, looks=True)
