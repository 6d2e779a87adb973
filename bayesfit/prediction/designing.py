"""Which further runs to pay for: those that leave least doubt about quantities for what they cost.

Draws of a posterior show together what is asked (the loss at a target, log N*, an exponent) and
what every run that could be bought would show, misfit of the law, offsets of sizes and scatter
included. Were all of it normal, a run that is observed would leave

    cov(x, y | run) = cov(x, y) - cov(x, run) cov(run, y) / (var(run) + own)

of any two of them, whatever it shows; `own` is the variance of its own scatter, which a second run
of the same kind has anew. So a plan is judged in closed form, before a run of it is paid for, and
no posterior is computed anew (expected posterior variance; Chaloner & Verdinelli 1995,
doi:10.1214/ss/1177009939). What is not normal makes it an upper bound: it is the error of the best
linear prediction, and a posterior is never worse on average.

A plan is looked for twice, by the most that a run tells and by the most that it tells for its cost.
The better of the two is at most a known factor from the best there is where telling has diminishing
returns (Leskovec et al. 2007, doi:10.1145/1281192.1281239). Then each run is exchanged for whatever
does better with the money (Fedorov 1972, Theory of Optimal Experiments).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bayesfit.law import Law
from bayesfit.prediction.surface import log_observed, log_surface
from bayesfit.problem import Problem

SPAN = 0.01, 0.99  # quantiles that draws are clipped to: scatter and quantities have heavy tails
LEAST = 0.002  # of the doubt: a run that takes away less may do so by the accident of the draws
COPIES = 4  # of each run, which differ in its own scatter
EXCHANGES = 4  # times that each run of a plan is tried against all others
WIDER = 1.02  # times, that a band may be for a shorter list of runs
EFFORT = 0.02  # of what a plan costs: what one run more is to the people who make it


class Prospects(NamedTuple):
    """What is asked, and the runs that could be bought, as one normal distribution.

    Attributes:
        covariance: before any was bought, of the quantities and then of the runs without their own
            scatter (quantities + runs, quantities + runs).
        own: variance of the scatter that each run has for itself (runs,).
        weights: what the variance of each quantity counts (quantities,).
        learned: what the runs bought have taught, one row a run, of which the covariance has lost
            `learned.T @ learned` (bought, quantities + runs).
    """

    covariance: np.ndarray
    own: np.ndarray
    weights: np.ndarray
    learned: np.ndarray

    def variances(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the quantities (quantities,), and of what each run would show (runs,)."""
        left = np.maximum(np.diag(self.covariance) - (self.learned**2).sum(0), 0.0)
        asked = len(self.weights)
        return left[:asked], np.maximum(left[asked:] + self.own, np.finfo(float).tiny)

    @property
    def doubt(self) -> float:
        """Variance of the quantities, weighted and added."""
        return float(self.weights @ self.variances()[0])

    def gains(self) -> np.ndarray:
        """How much doubt each run would take away (runs,)."""
        asked = len(self.weights)
        both = self.covariance[:asked, asked:] - self.learned[:, :asked].T @ self.learned[:, asked:]
        return self.weights @ both**2 / self.variances()[1]

    def after(self, *runs: int) -> Prospects:
        """The same once runs were observed."""
        found = self
        for run in runs:
            at = len(self.weights) + run
            column = self.covariance[:, at] - found.learned.T @ found.learned[:, at]
            new = column / np.sqrt(found.variances()[1][run])
            found = found._replace(learned=np.concatenate([found.learned, new[None]]))
        return found


def shown(
    problem: Problem,
    law: Law,
    values: Mapping[str, np.ndarray],
    columns: Mapping[str, np.ndarray],
    seed: int = 0,
) -> np.ndarray:
    """What runs would show in every draw, on the scale of the link (draws, COPIES, runs).

    Args:
        problem: the fit.
        law, values: the law and draws of it to predict with (`prediction.bending`).
        columns: inputs of the runs (`Problem.inputs`).
    """
    fitted = log_surface(law, values, columns)
    several = {name: np.tile(x, COPIES) for name, x in columns.items()}
    found = log_observed(problem, values, np.tile(fitted, COPIES), several, seed)
    return found.reshape(len(found), COPIES, -1)


def prospects(
    asked: np.ndarray, observed: np.ndarray, weights: np.ndarray | None = None
) -> Prospects:
    """The normal distribution that draws come to.

    Args:
        asked: quantities in every draw (draws, quantities).
        observed: what each run would show in every draw, several times over: copies have all in
            common but the scatter that a run has for itself (draws, copies, runs), two or more.
        weights: of the quantities; one over the variance of each if omitted.
    """
    draws, copies, _ = observed.shape
    asked, shown = _clipped(asked), _clipped(observed)
    own = shown.var(axis=1, ddof=1).mean(0)
    middle = shown.mean(1)
    both = np.concatenate([asked - asked.mean(0), middle - middle.mean(0)], axis=1)
    covariance = both.T @ both / draws
    runs = asked.shape[1] + np.arange(len(own))
    covariance[runs, runs] -= own / copies  # what the mean over the copies keeps of the scatter
    spread = np.maximum(np.diag(covariance)[: asked.shape[1]], np.finfo(float).tiny)
    weights = 1.0 / spread if weights is None else np.asarray(weights)
    return Prospects(covariance, own, weights, np.zeros((0, len(covariance))))


def _clipped(x: np.ndarray) -> np.ndarray:
    """Draws (draws, ..., n) within the quantiles of their column; infinite ones at its ends."""
    if not x.size:
        return x
    flat = x.reshape(-1, x.shape[-1])
    flat = np.where(np.isfinite(flat).any(0), flat, 0.0)  # never a number: nothing to learn
    finite = np.where(np.isfinite(flat), flat, np.nan)
    low, high = np.nanquantile(finite, SPAN, axis=0)
    filled = np.where(np.isnan(flat), np.nanmedian(finite, axis=0), flat)
    return np.clip(filled, low, high).reshape(x.shape)


def share_left(asked: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """The sd of a quantity after each run was observed, as a share of that before (runs,).

    Args:
        asked: the quantity in every draw (draws,).
        observed: as `prospects` has it.
    """
    found = prospects(asked[:, None], observed)
    return np.sqrt(np.clip(1.0 - found.gains(), 0.0, 1.0))


def chosen(
    prospects: Prospects,
    cost: np.ndarray,
    allowance: float,
    most: int,
    *,
    among: np.ndarray | None = None,
    repeats: bool = False,
    least: float = LEAST,
    known: Sequence[Sequence[int]] = (),
) -> list[int]:
    """The runs to buy, in the order in which to buy them.

    Args:
        cost: of each run (runs,), in the unit of the allowance.
        most: runs at most.
        among: which runs may be bought (runs,); all if omitted.
        repeats: whether a run may be bought more than once.
        least: share of the doubt that a run has to take away.
        known: plans to start from too; the one found is no worse than those that can be bought.
    """
    price = np.where(True if among is None else among, cost, np.inf)
    market = Market(price, allowance, most, repeats, least)
    starts = [*(_greedy(prospects, market, x) for x in (0.0, 1.0)), _cheapest(market)]
    starts += [list(plan) for plan in known if market.buys(plan)]
    plans = [_improved(prospects, market, start) for start in starts]
    best = min(plans, key=lambda plan: prospects.after(*plan).doubt)
    return ordered(prospects, best, cost)


def ordered(prospects: Prospects, plan: Sequence[int], cost: np.ndarray) -> list[int]:
    """A plan with the run first that tells most for its cost, then the next one given the first."""
    left, order = list(plan), []
    while left:
        gains = prospects.gains()
        best = max(left, key=lambda run: gains[run] / cost[run])
        left.remove(best)
        order.append(best)
        prospects = prospects.after(best)
    return order


def essential(prospects: Prospects, plan: Sequence[int], cost: np.ndarray) -> list[int]:
    """The part of a plan that leaves a band at most WIDER times as wide as all of it, ordered.

    The run that tells least for its cost, given the others, goes first. A run that costs hardly any
    FLOPs costs EFFORT.
    """
    kept, most = list(plan), WIDER**2 * prospects.after(*plan).doubt
    price = cost + EFFORT * cost[kept].sum()
    while len(kept) > 1:
        doubts, now = _without_each(prospects, kept), prospects.after(*kept).doubt
        lost = np.where(doubts <= most, (doubts - now) / price[kept], np.inf)
        least = int(np.argmin(lost))
        if not np.isfinite(lost[least]):
            break
        kept.pop(least)
    return ordered(prospects, kept, cost)


def _without_each(prospects: Prospects, plan: Sequence[int]) -> np.ndarray:
    """The doubt that a plan leaves without each of its runs (runs,)."""
    others = ([*plan[:at], *plan[at + 1 :]] for at in range(len(plan)))
    return np.array([prospects.after(*some).doubt for some in others])


class Market(NamedTuple):
    """What runs cost (runs,), infinite for those not to be had, and how many may be bought."""

    price: np.ndarray
    allowance: float
    most: int
    repeats: bool
    least: float

    def buys(self, plan: Sequence[int]) -> bool:
        """Whether a plan is within the allowance and no longer than may be."""
        return len(plan) <= self.most and self.price[list(plan)].sum() <= self.allowance * (
            1 + 1e-9
        )

    def affordable(self, plan: Sequence[int]) -> np.ndarray:
        """Which runs could be added to a plan (runs,)."""
        left = self.allowance - self.price[list(plan)].sum()
        found = self.price <= left + 1e-9 * self.allowance
        if not self.repeats:
            found[list(plan)] = False
        return found


def _greedy(
    prospects: Prospects, market: Market, power: float, plan: Sequence[int] = ()
) -> list[int]:
    """A plan, and run after run whatever tells most by gain over price to a power."""
    found, prospects = list(plan), prospects.after(*plan)
    while len(found) < market.most:
        gains, open_ = prospects.gains(), market.affordable(found)
        open_ &= gains > market.least * prospects.doubt
        if not open_.any():
            break
        score = np.where(open_, gains / np.where(open_, market.price, 1.0) ** power, -np.inf)
        found.append(int(np.argmax(score)))
        prospects = prospects.after(found[-1])
    return found


def _cheapest(market: Market) -> list[int]:
    """The cheapest runs, each once: many small ones may do together what none does alone."""
    plan: list[int] = []
    for run in np.argsort(market.price, kind="stable")[: market.most]:
        if market.affordable(plan)[run]:
            plan.append(int(run))
    return plan


def _improved(prospects: Prospects, market: Market, plan: list[int]) -> list[int]:
    """The plan once each of its runs was tried against all others, and the rest was spent."""
    for _ in range(EXCHANGES):
        before = list(plan)
        for at in range(len(plan)):
            others = plan[:at] + plan[at + 1 :]
            gains = prospects.after(*others).gains()
            best = int(np.argmax(np.where(market.affordable(others), gains, -np.inf)))
            if gains[best] > gains[plan[at]] * (1.0 + 1e-6):
                plan = [*plan[:at], best, *plan[at + 1 :]]
        plan = _greedy(prospects, market, 1.0, plan)
        if plan == before:
            break
    return _pruned(prospects, market, plan)


def _pruned(prospects: Prospects, market: Market, plan: list[int]) -> list[int]:
    """The plan without runs of which the others leave nothing to tell."""
    while plan:
        doubts = _without_each(prospects, plan)
        least = int(np.argmin(doubts))
        if doubts[least] * (1.0 - market.least) > prospects.after(*plan).doubt:
            break
        plan = [*plan[:least], *plan[least + 1 :]]
    return plan
