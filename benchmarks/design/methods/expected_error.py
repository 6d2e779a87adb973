"""Ours: the plan that leaves the fit the smallest expected error at the targets, replanned halfway.

Misfit of the law and scatter are learned from the residuals (`misfit`) and count in what a plan
leaves (`_plans`), so runs are spread where the law may be wrong, and runs that would only bend it
are left alone. A plan spends what is left before the next score; its cheaper half is bought, since
what that half shows may change the dear one. Before any fit the law may be anywhere within its
bounds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from benchmarks.design import misfit
from benchmarks.design.fitting import predictions, random_starts, randomised, scale, slopes, spread
from benchmarks.design.methods import _plans
from benchmarks.design.protocol import Method, State
from benchmarks.design.task import Group


class Settings(NamedTuple):
    """What is not derived.

    Attributes:
        draws: of the posterior that are averaged over, beside the best fit.
        starts: draws within the bounds that are averaged over before any fit.
        smooth: what any smooth surface counts before any fit, beside those draws.
        powers: of the cost that plans are tried with.
        part: of a plan that is bought before the next.
        least: share of the expected error that a run has to remove.
    """

    draws: int = 7
    starts: int = 8
    smooth: float = 0.5
    powers: tuple[float, ...] = (0.0, 0.5, 1.0)
    part: float = 0.5
    least: float = 0.001


DEFAULT = Settings()
WORK, FEWEST = 4e6, 64  # surfaces x runs x parameters^3 of a step; runs that are always considered


def choose(state: State, settings: Settings = DEFAULT):
    """The cheaper part of the best plan for what is left."""
    costs = state.group.costs
    if state.left < costs[state.unbought].min():
        return []
    found = _before(state, settings) if state.fits is None else _after(state, settings)
    plan = _plans.plan(found, state.bought, costs, state.left, settings.powers,
                       settings.least, _considered(state, settings))  # fmt: skip
    if not plan and state.fits is None:  # nothing to choose by: learn where the law lies
        return [int(np.argmin(costs))]
    return plan[: max(1, int(np.ceil(settings.part * len(plan))))]


def _considered(state: State, settings: Settings) -> np.ndarray:
    """The pool; if it is too large, so many of its rows, at random among those that can be paid."""
    costs = state.group.costs
    work = (1 + settings.draws) * state.law.ends.shape[1] ** 3
    most = max(FEWEST, int(WORK / work))
    if len(costs) <= most:
        return np.arange(len(costs))
    on_sale = np.isin(np.arange(len(costs)), state.unbought) & (costs <= state.left)
    return np.argsort(state.rng.random(len(costs)) + ~on_sale)[:most]


def _before(state: State, settings: Settings) -> _plans.Surface:
    """Before any fit: the law around draws within its bounds, and any smooth surface.

    A draw counts in units of its own sd over the pool. The smooth surface is a parabola, its
    constant, slopes and curvatures with sd 1, 1 and 1/2.
    """
    law, group = state.law, state.group
    theta = scale(law).parameters(random_starts(law, settings.starts, state.rng))
    units = [spread(x) for x in predictions(law, theta, group.pool)]
    sides = []
    for inputs, places in zip((group.pool, group.target), group.places, strict=True):
        found = slopes(law, theta, inputs) / np.reshape(units, (-1, 1, 1, 1))
        smooth = _parabola(places)[:, None].repeat(group.responses.shape[1], 1)
        sides.append(_stacked([*found, smooth * np.sqrt(misfit.PRIOR_PRECISION)]))
    weights = np.append(np.full(len(theta), (1 - settings.smooth) / len(theta)), settings.smooth)
    return _surface(state, *sides, weights, misfit.unknown())


def _parabola(x: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, 0.5 * x[:, i] * x[:, j]])


def _stacked(slopes: list[np.ndarray]) -> np.ndarray:
    """Slopes of surfaces with different numbers of parameters: those that lack have no effect."""
    most = max(x.shape[-1] for x in slopes)
    return np.stack([np.pad(x, ((0, 0), (0, 0), (0, most - x.shape[-1]))) for x in slopes])


def _after(state: State, settings: Settings) -> _plans.Surface:
    """The law around its best fit and around draws of its posterior."""
    law, group, bought, fits = state.law, state.group, state.bought, state.fits
    assert fits is not None
    unit = spread(group.responses[bought])
    predicted = predictions(law, fits.theta[:1], group.pool)[0]
    residuals = (group.responses - predicted)[bought] / unit
    J = slopes(law, fits.theta[:1], group.pool)[0, bought] / unit
    off = misfit.learned(residuals, J, group.places[0][bought])
    variance = float(off.weights @ (off.smooth + off.scatter)) * unit**2
    draws = randomised(law, group, bought, fits, variance, misfit.PRIOR_PRECISION, settings.draws,
                       state.rng)  # fmt: skip
    theta = np.concatenate([fits.theta[:1], draws])
    sides = (slopes(law, theta, inputs) / unit for inputs in (group.pool, group.target))
    return _surface(state, *sides, np.full(len(theta), 1 / len(theta)), off)


@lru_cache(maxsize=4)
def _correlations(group: Group) -> tuple[np.ndarray, np.ndarray]:
    """Of the misfit, of the pool with itself and with the targets."""
    pool, target = group.places
    return misfit.correlations(pool, pool), misfit.correlations(pool, target)


def _surface(state: State, J, targets, weights, off: misfit.Misfit) -> _plans.Surface:
    P = np.full(J.shape[-1], misfit.PRIOR_PRECISION)
    K, across = (off.covariance(x) for x in _correlations(state.group))
    return _plans.surface(J, targets, P, weights, K, across, off.noise)


method = Method("expected error", choose, looks=True)
