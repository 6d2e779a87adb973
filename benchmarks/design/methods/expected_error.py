"""Ours: the plan that leaves the fit the smallest expected error at the targets, replanned halfway.

Misfit of the law and scatter are learned from the residuals (`misfit`) and count in what a plan
leaves (`_plans`), so runs are spread where the law may be wrong, and runs that would only bend it
are left alone. A plan spends what is left before the next score; its cheaper half is bought, since
what that half shows may change the dear one. Before that the lot of cheapest runs that D- and
V-optimal begin with too (`_local.pilot`): nobody knows where the law lies, and they cost little.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from benchmarks.design import misfit
from benchmarks.design.fitting import predictions, randomised, slopes, spread
from benchmarks.design.methods import _local, _plans
from benchmarks.design.protocol import Method, State
from benchmarks.design.task import Group


class Settings(NamedTuple):
    """What is not derived.

    Attributes:
        draws: of the posterior that are averaged over, beside the best fit.
        powers: of the cost that plans are tried with.
        part: of a plan that is bought before the next.
        least: share of the expected error that a run has to remove.
    """

    draws: int = 3
    powers: tuple[float, ...] = (0.0, 0.5, 1.0)
    part: float = 0.5
    least: float = 0.001


DEFAULT = Settings()
WORK, FEWEST = 4e6, 64  # surfaces x runs x parameters^3 of a step; runs that are always considered


def choose(state: State, settings: Settings = DEFAULT):
    """The first lot, then the cheaper part of the best plan for what is left."""
    first = _local.pilot(state)
    if first:
        return first[: state.batch]
    costs = state.group.costs
    if state.left < costs[state.unbought].min():
        return []
    plan = _plans.plan(_surface(state, settings), state.bought, costs, state.left, settings.powers,
                       settings.least, _considered(state, settings))  # fmt: skip
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


def _surface(state: State, settings: Settings) -> _plans.Surface:
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
    J, targets = (slopes(law, theta, inputs) / unit for inputs in (group.pool, group.target))
    P, weights = np.full(J.shape[-1], misfit.PRIOR_PRECISION), np.full(len(theta), 1 / len(theta))
    K, across = (off.covariance(x) for x in _correlations(group))
    return _plans.surface(J, targets, P, weights, K, across, off.noise)


@lru_cache(maxsize=4)
def _correlations(group: Group) -> tuple[np.ndarray, np.ndarray]:
    """Of the misfit, of the pool with itself and with the targets."""
    pool, target = group.places
    return misfit.correlations(pool, pool), misfit.correlations(pool, target)


method = Method("expected error", choose, looks=True)
