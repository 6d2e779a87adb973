"""Which further runs would show which of two laws is right.

Both laws, fitted to the same runs, say what every further run would show, each as a normal
distribution with the doubt of its parameters, its misfit and the scatter of runs. What a run tells
of the law is the information between the two: log 2 less what is expected to be left of the doubt
between even odds (Lindley 1956, doi:10.1214/aoms/1177728069; for rival models Box & Hill 1967,
doi:10.1080/00401706.1967.10490441). It is averaged over outcomes that the draws of either law show,
which need not be normal; only the laws' judgement of them is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bayesfit.prediction.designing import Prospects, prospects

OUTCOMES = 500  # of each law
LEAST = 0.005  # nats of log 2 that a run has to tell


class Belief(NamedTuple):
    """What one law expects of runs, once some were observed in every outcome.

    Attributes:
        prospects: without a quantity (`designing.Prospects`).
        mean: of each run in each outcome (outcomes, runs).
        density: log density of what was observed (outcomes,).
    """

    prospects: Prospects
    mean: np.ndarray
    density: np.ndarray

    def densities(self, shown: np.ndarray) -> np.ndarray:
        """Log density with each run observed too (outcomes, runs)."""
        _, spread = self.prospects.variances()
        return self.density[:, None] - 0.5 * ((shown - self.mean) ** 2 / spread + np.log(spread))

    def after(self, run: int, shown: np.ndarray) -> Belief:
        """The same once a run was observed: its column of `shown`."""
        now = self.prospects
        _, spread = now.variances()
        column = now.covariance[:, run] - now.learned.T @ now.learned[:, run]
        moved = (shown[:, run] - self.mean[:, run]) / spread[run]
        return Belief(
            now.after(run),
            self.mean + moved[:, None] * column[None],
            self.densities(shown)[:, run],
        )


class Duel(NamedTuple):
    """Two laws before outcomes that draws of either show, the first half those of the first."""

    beliefs: tuple[Belief, Belief]
    shown: np.ndarray

    @property
    def odds(self) -> np.ndarray:
        """Probability of the law that an outcome is from, given what was observed (outcomes,)."""
        return _right(self.beliefs[0].density, self.beliefs[1].density)

    @property
    def probability(self) -> float:
        """That the law with the better density is the right one."""
        p = self.odds
        return float(np.mean((p > 0.5) + 0.5 * (p == 0.5)))

    @property
    def information(self) -> float:
        """Nats that the runs observed tell of the law, log 2 at most."""
        return float(np.log(2) + np.mean(np.log(np.maximum(self.odds, 1e-300))))

    def tells(self) -> np.ndarray:
        """The same with each run observed too (runs,)."""
        one, other = (belief.densities(self.shown) for belief in self.beliefs)
        return np.log(2) + np.log(np.maximum(_right(one, other), 1e-300)).mean(0)

    def after(self, run: int) -> Duel:
        """The same once a run was observed."""
        one, other = (belief.after(run, self.shown) for belief in self.beliefs)
        return Duel((one, other), self.shown)


def _right(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Probability of the law that each outcome is from, of log densities (outcomes, ...)."""
    half = len(one) // 2
    favours = np.concatenate([one[:half] - other[:half], other[half:] - one[half:]])
    return 1.0 / (1.0 + np.exp(-np.clip(favours, -700.0, 700.0)))


def duel(one: np.ndarray, other: np.ndarray) -> Duel:
    """Two laws at even odds.

    Args:
        one, other: what each law's draws show of the runs (draws, copies, runs).
    """
    outcomes = [x[np.linspace(0, len(x) - 1, OUTCOMES).astype(int), 0] for x in (one, other)]
    shown = np.concatenate(outcomes)
    return Duel((_belief(one, shown), _belief(other, shown)), shown)


def _belief(observed: np.ndarray, shown: np.ndarray) -> Belief:
    nothing = np.zeros((len(observed), 0))
    mean = np.median(observed.reshape(-1, observed.shape[-1]), axis=0)
    return Belief(
        prospects(nothing, observed),
        np.broadcast_to(mean, shown.shape),
        np.zeros(len(shown)),
    )


def chosen(found: Duel, cost: np.ndarray, allowance: float, most: int) -> list[int]:
    """The runs to buy, each once, by what they tell or by what they tell for their cost.

    Args:
        cost: of each run (runs,), in the unit of the allowance.
        most: runs at most.
    """
    plans = [_greedy(found, cost, allowance, most, power) for power in (0.0, 1.0)]
    return max(plans, key=lambda plan: _all(found, plan).information)


def _all(found: Duel, plan: Sequence[int]) -> Duel:
    for run in plan:
        found = found.after(run)
    return found


def _greedy(found: Duel, cost: np.ndarray, allowance: float, most: int, power: float) -> list[int]:
    plan: list[int] = []
    while len(plan) < most:
        gains = found.tells() - found.information
        open_ = cost <= allowance - cost[plan].sum() + 1e-9 * allowance
        open_[plan] = False
        open_ &= gains > LEAST
        if not open_.any():
            break
        run = int(np.argmax(np.where(open_, gains / cost**power, -np.inf)))
        plan.append(run)
        found = found.after(run)
    return plan
