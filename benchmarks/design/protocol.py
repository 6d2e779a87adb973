"""The protocol of ScaleBench: buy runs until a share of the pool's cost is spent, fit, score.

Li et al. 2026 (arXiv:2604.22753). Groups are bought and fitted one at a time; a run that would
exceed the share waits for the next one; the law is fitted at each share by least squares from 64
starts; R2 is that of all groups' targets together, within -1 and 1. A method that looks at fits
sees one whenever its runs have grown by a tenth, from fewer starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bayesfit.computing import seconds_compiling
from benchmarks.design import fitting
from benchmarks.design.fitting import Fits
from benchmarks.design.task import Group, Law, Task

GROWTH = 0.1  # runs bought between two looks at a fit, as a share of those bought
LOOK = dict(starts=16, steps=20)  # of a fit that is only looked at
ROUNDING = 1e-9  # of the pool's cost


@dataclass(frozen=True)
class State:
    """What a method knows when it is asked.

    Attributes:
        group: pool, costs and targets; `group.responses` only of the runs bought are its to see.
        law: the one that will be fitted.
        bought: rows of the pool, in order.
        left: cost that may still be spent before the next fit is scored.
        ends: cost at which each share ends.
        batch: runs that may be bought before a fit is due again.
        fits: of the runs bought, best first; None before the first fit.
        rng: to draw with.
    """

    group: Group
    law: Law
    bought: np.ndarray
    left: float
    ends: tuple[float, ...]
    batch: int
    fits: Fits | None
    rng: np.random.Generator = field(repr=False)

    @property
    def unbought(self) -> np.ndarray:
        """Rows still on sale."""
        return np.setdiff1d(np.arange(len(self.group.costs)), self.bought)

    @property
    def spent(self) -> float:
        """Cost of the runs bought."""
        return float(self.group.costs[self.bought].sum())


@dataclass(frozen=True)
class Method:
    """A way to choose the next runs.

    Attributes:
        name: in tables.
        choose: state -> rows of the pool to buy in order; none ends the purchases until the next
            share.
        looks: whether it looks at fits, and so chooses anew after each lot.
    """

    name: str
    choose: Callable[[State], Sequence[int] | np.ndarray]
    looks: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """One group at one share.

    Attributes:
        bought: rows of the pool.
        fits: of the law to them; None if there are none.
        seconds: that the method has used so far, its looks at fits included, compilation not.
    """

    bought: np.ndarray
    fits: Fits | None
    seconds: float


def buy(task: Task, group: Group, law: Law, method: Method, seed: int) -> list[Checkpoint]:
    """One group, through all shares."""
    rng = np.random.default_rng([seed, len(group.costs)])
    ends = tuple(share * group.costs.sum() for share in task.shares)
    state = State(group, law, np.array([], int), 0.0, ends, 1, None, rng)
    waiting, found, seconds = [], [], 0.0
    for end in ends:
        began, compiled = time.perf_counter(), seconds_compiling()
        state, waiting = _spend(state, method, end, waiting)
        seconds += time.perf_counter() - began - (seconds_compiling() - compiled)
        if len(state.bought):
            warm = None if state.fits is None else state.fits.theta
            state = replace(state, fits=fitting.fit(law, group, state.bought, rng, warm=warm))
        found.append(Checkpoint(state.bought, state.fits, seconds))
    return found


def _spend(state: State, method: Method, end: float, waiting: list) -> tuple[State, list]:
    """Buy until a run does not fit below `end`; it waits, and nothing else is bought."""
    slack = ROUNDING * state.group.costs.sum()
    fitted = len(state.bought) if state.fits is not None else 0
    while True:
        left = end - state.spent
        if not waiting:
            if method.looks and _due(len(state.bought), fitted):
                state, fitted = _looked(state), len(state.bought)
            state = replace(state, left=left, batch=_batch(len(state.bought)))
            waiting = list(method.choose(state)) if len(state.unbought) else []
        if not waiting:
            return state, []
        for row in waiting:
            if state.group.costs[row] > end - state.spent + slack:
                return state, [row]
            state = replace(state, bought=np.append(state.bought, row))
        waiting = []


def _batch(bought: int) -> int:
    return max(1, int(GROWTH * bought))


def _due(bought: int, fitted: int) -> bool:
    return bought > 0 and bought >= fitted + _batch(fitted)


def _looked(state: State) -> State:
    warm = None if state.fits is None else state.fits.theta
    fits = fitting.fit(state.law, state.group, state.bought, state.rng, warm=warm, **LOOK)
    return replace(state, fits=fits)


def r2(predicted: np.ndarray, outcomes: np.ndarray) -> float:
    """Share of the variance of all outcomes together that is predicted, within -1 and 1."""
    error, total = np.sum((outcomes - predicted) ** 2), np.sum((outcomes - outcomes.mean()) ** 2)
    return float(np.clip(1 - error / max(total, 1e-30), -1, 1))


def score(law: Law, groups: Sequence[Group], points: Sequence[Checkpoint]) -> float:
    """R2 of the best fits at one share, over the groups that have one; -1 if none has."""
    fitted = [(g, c.fits) for g, c in zip(groups, points, strict=True) if c.fits is not None]
    if not fitted:
        return -1.0
    predicted = [fitting.predictions(law, f.theta[:1], g.target)[0].ravel() for g, f in fitted]
    return r2(np.concatenate(predicted), np.concatenate([g.outcomes.ravel() for g, _ in fitted]))
