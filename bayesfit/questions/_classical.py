"""What people buy without a design, at the same cost: to see what a design is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.law import Cost, Law, View
from bayesfit.prediction.optimum import optima
from bayesfit.questions._candidates import Bounds, Candidates

POPULAR = 20.0  # tokens per parameter
PROFILE = 2.0 ** np.arange(-2, 3)  # sizes of a profile, over the best one
PROFILES = 1.0, 0.3, 0.1  # budgets of profiles, over the largest
RAY = 2.0 ** -np.arange(5)  # sizes along a ray, over the largest
ORDERS = 16  # random plans, of which the mean is shown
ROUNDS = 3  # of making a plan cost what it is to cost


class Plan(NamedTuple):
    """Runs of a plan that is no part of the grid (`frame`), or rows of the pool (`rows`)."""

    name: str
    frame: pd.DataFrame
    rows: tuple[int, ...] = ()


def plans(
    law: Law,
    values: Mapping[str, np.ndarray],
    pool: Candidates,
    spent: float,
    most: int,
    bound: Bounds | None,
    rule: Cost,
) -> list[Plan]:
    """Plans that cost `spent` or less: at most so many runs of the pool, and usual designs.

    Args:
        bound: what the user bounds runs by; None where runs are those of a pool.
        rule: of FLOPs, that runs cost.
    """
    found = [
        Plan("cheapest first", pd.DataFrame(), _bought(pool, np.argsort(pool.cost), spent, most))
    ]
    if not pool.repeats:
        dearest = np.argsort(-pool.cost, kind="stable")
        found.append(Plan("dearest first", pd.DataFrame(), _bought(pool, dearest, spent, most)))
    rng = np.random.default_rng(0)
    for _ in range(ORDERS):
        order = rng.permutation(len(pool.cost))
        found.append(Plan("random runs", pd.DataFrame(), _bought(pool, order, spent, most)))
    return found if bound is None else designs(law, values, pool, spent, bound, rule) + found


def designs(
    law: Law,
    values: Mapping[str, np.ndarray],
    pool: Candidates,
    spent: float,
    bound: Bounds,
    rule: Cost,
) -> list[Plan]:
    """The usual designs alone, whose runs are no part of the pool; arguments as in `plans`."""
    others = {name: pool.frame[name].median() for name in law.given}
    shapes = {
        "an isoFLOP grid": _profiles(law, values, spent, others),
        "an L of N and D": _ell(spent),
        "a ray at 20 tokens per parameter": _ray(spent),
        "one run at 20 tokens per parameter": _ray(spent).iloc[:1],
    }
    made = [
        Plan(name, _fit(rule, frame.assign(**others), spent, bound))
        for name, frame in shapes.items()
    ]
    return [plan for plan in made if len(plan.frame)]


def _bought(pool: Candidates, order: np.ndarray, spent: float, most: int) -> tuple[int, ...]:
    """Rows in an order, as long as the money lasts; what is too dear is passed over."""
    rows, left = [], spent * (1 + 1e-9)
    for row in order:
        if pool.cost[row] <= left and len(rows) < most:
            rows.append(int(row))
            left -= pool.cost[row]
    return tuple(rows)


def _profiles(
    law: Law, values: Mapping[str, np.ndarray], spent: float, others: Mapping[str, float]
):
    """Three isoFLOP profiles about the N* that the fit has for their budgets."""
    C = spent / (len(PROFILE) * sum(PROFILES)) * np.array(PROFILES)
    some = {name: np.asarray(x)[:200] for name, x in values.items()}
    best = np.median(optima(law, some, C, **(dict(given=others) if others else {}))["N"], axis=0)
    best = np.where(np.isfinite(best), best, (C / (6 * POPULAR)) ** 0.5)
    N = (best[:, None] * PROFILE).ravel()
    return pd.DataFrame(dict(N=N, D=np.repeat(C, len(PROFILE)) / (6 * N)))


def _ell(spent: float) -> pd.DataFrame:
    """Sizes on the most tokens, and tokens for the largest size; costs are those of 6 N D."""
    steps = 2.0 ** -np.arange(4)
    share = np.concatenate([steps, steps[1:]]).sum()
    N = (spent / share / (6 * POPULAR)) ** 0.5
    ones = np.ones(4)
    return pd.DataFrame(
        dict(
            N=N * np.concatenate([steps, ones[1:]]),
            D=POPULAR * N * np.concatenate([ones, steps[1:]]),
        )
    )


def _ray(spent: float) -> pd.DataFrame:
    N = (spent / (RAY**2).sum() / (6 * POPULAR)) ** 0.5 * RAY
    return pd.DataFrame(dict(N=N, D=POPULAR * N))


def _fit(rule: Cost, frame: pd.DataFrame, spent: float, bound: Bounds) -> pd.DataFrame:
    """The runs within the bounds, their sizes changed alike until they cost `spent`."""
    for _ in range(ROUNDS):
        kept = frame[bound.hold(frame["N"].to_numpy(), frame["D"].to_numpy())]
        if kept.empty:
            return kept
        total = float(np.sum(rule(View(**{str(x): kept[x].to_numpy() for x in kept}))))
        frame = frame.assign(
            N=frame["N"] * (spent / total) ** 0.5, D=frame["D"] * (spent / total) ** 0.5
        )
    cost = np.asarray(rule(View(**{str(x): kept[x].to_numpy() for x in kept})), float)
    return kept.assign(C=cost, cost=cost).reset_index(drop=True)
