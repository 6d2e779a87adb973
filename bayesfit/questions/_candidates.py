"""Runs that could be bought: a grid within bounds, or a table of yours; and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, as_inputs
from bayesfit.errors import InputError
from bayesfit.formatting import flops, number
from bayesfit.law import Cost, Law, View
from bayesfit.machines import Range, read_range

SIZES, RATIOS = 20, 10  # of the grid
USUAL = 1.0, 400.0  # tokens per parameter of the grid: far from 20, where exponents show
STEPS = 24  # of the grid of a law of one input
MOST = 3000  # candidates


@dataclass(frozen=True)
class Candidates:
    """Runs that could be bought.

    Attributes:
        frame: one row a run: the inputs of the law, C, `cost`.
        repeats: whether each may be bought more than once, as any run of a grid may.
        unit: of the cost, if it is not FLOPs: the name of the column.
    """

    frame: pd.DataFrame
    repeats: bool
    unit: str = ""

    def say(self, cost: float) -> str:
        """A cost in words: 3e21, or 1,200 gpu_hours."""
        return f"{number(cost)} {self.unit}" if self.unit else flops(cost)

    @property
    def cost(self) -> np.ndarray:
        """Of each, in the unit of the allowance (runs,)."""
        return self.frame["cost"].to_numpy(float)

    def within(self, allowance: float) -> Candidates:
        """Those that the allowance buys.

        Raises:
            InputError: it buys none.
        """
        kept = self.frame[self.cost <= allowance]
        if kept.empty:
            raise InputError(
                f"the cheapest run costs {self.say(float(self.cost.min()))} and the allowance is "
                f"{self.say(allowance)}: allow more, or offer smaller runs"
            )
        return replace(self, frame=kept.reset_index(drop=True))


@dataclass(frozen=True)
class Bounds:
    """Within which runs of the grid have to lie: ranges of N, D and tokens per parameter."""

    N: tuple[float, float]
    D: tuple[float, float]
    ratio: tuple[float, float]

    def hold(self, N: np.ndarray, D: np.ndarray) -> np.ndarray:
        """Which runs lie within them (runs,)."""
        within = [(N, self.N), (D, self.D), (D / N, self.ratio)]
        return np.all([(x >= a * (1 - 1e-9)) & (x <= b * (1 + 1e-9)) for x, (a, b) in within], 0)


Ranges = Sequence[Range | str | None]  # of N, D and tokens per parameter, where they are given
FREE = 0.0, np.inf


def wished(ranges: Ranges = (None, None, None)) -> Bounds:
    """The bounds that a user gave, and none where nothing was given.

    Raises:
        InputError: one cannot be read.
    """
    return _bounds(ranges, (FREE, FREE, FREE))


def bounds(runs: Runs, allowance: float, ranges: Ranges = (None, None, None)) -> Bounds:
    """Those given; else no N and no D below the least fitted, at usual tokens per parameter.

    Smaller runs would be of a kind that the fit has never seen, such as a few hundred steps.

    Raises:
        InputError: one cannot be read.
    """
    least_D = float(np.min(runs["D"])) if len(runs) > 1 else 0.0
    ratio = _ends(ranges[2], "tokens_per_parameter", USUAL)
    smallest = float(np.min(runs["N"]))
    largest = (allowance / (6.0 * ratio[0])) ** 0.5  # by 6 N D; the law's own cost decides
    return _bounds(ranges, ((smallest, max(smallest, largest)), (least_D, np.inf), USUAL))


def _bounds(ranges: Ranges, usual: Sequence[tuple[float, float]]) -> Bounds:
    names = ("N", "D", "tokens_per_parameter")
    return Bounds(*map(_ends, ranges, names, usual))


def _ends(given: Range | str | None, what: str, usual: tuple[float, float]) -> tuple[float, float]:
    if given is None:
        return usual
    read = read_range(given, what)
    low, high = (read, read) if isinstance(read, (int, float)) else map(float, read)
    if not 0 < low <= high < np.inf:
        raise InputError(f"{what} is {given}: give a range above zero, low-high, such as 1e8-1e10")
    return low, high


def grid(
    law: Law, runs: Runs, bound: Bounds | None, plan: Mapping[str, Any], allowance: float
) -> Candidates:
    """Runs on a grid of N and tokens per parameter, or of the one input of a law.

    Where tokens are bound within a decade it is one of N and D.

    Args:
        plan: `given`, values of what the law reads more than N and D, and `cost`, a rule of FLOPs.

    Raises:
        InputError: the law reads what nobody gave, or the bounds leave nothing.
    """
    given = plan.get("given", {})
    if law.inputs == ("C",):
        C = np.geomspace(min(float(runs["C"].min()), 0.5 * allowance), allowance, STEPS)
        return Candidates(pd.DataFrame(dict(C=C, cost=C)), True)
    if bound is None or not {"N", "D"} <= set(law.inputs):
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}: name the runs that could be bought as a "
            "table, with their cost (--pool runs.csv)"
        )
    N, narrow = np.geomspace(*bound.N, SIZES), bound.D[1] < 10.0 * bound.D[0]
    second = np.geomspace(*(bound.D if narrow else bound.ratio), RATIOS)
    others = [np.atleast_1d(np.asarray(given[name], float)) for name in law.given if name in given]
    missing = [name for name in law.given if name not in given]
    if missing:
        raise InputError(
            f"{law.name} also reads {', '.join(missing)}: give each, or several values to choose "
            f"among, as in --given {missing[0]}=1,8,64"
        )
    rows = np.array(list(product(np.unique(N), np.unique(second), *others)))
    D = rows[:, 1] if narrow else rows[:, 0] * rows[:, 1]
    frame = pd.DataFrame(dict(N=rows[:, 0], D=D))
    for i, name in enumerate(law.given):
        frame[name] = rows[:, 2 + i]
    frame = frame[bound.hold(frame["N"].to_numpy(), frame["D"].to_numpy())]
    if frame.empty:
        raise InputError(
            "no run lies within the bounds of N, D and tokens per parameter: widen one"
        )
    return Candidates(priced(frame, plan.get("cost") or law.cost), True)


def priced(frame: pd.DataFrame, rule: Cost, price: str | None = None) -> pd.DataFrame:
    """The frame with C and `cost`: the column named, or FLOPs by the rule.

    Raises:
        InputError: there is no such column, or a cost is no number above zero.
    """
    columns = {str(name): frame[name].to_numpy() for name in frame}
    if "C" not in columns and {"N", "D"} <= set(columns):
        columns["C"] = np.asarray(rule(View(**columns)), float)
    if price is not None and price not in columns:
        raise InputError(f"the pool has no column {price!r}; it has {', '.join(columns)}")
    if (price or "C") not in columns:
        raise InputError("what does a run of the pool cost? Give it a column C, or name its price")
    cost = pd.to_numeric(pd.Series(columns[price or "C"]), errors="coerce").to_numpy(float)
    bad = np.flatnonzero(~(np.isfinite(cost) & (cost > 0)))
    if len(bad):
        raise InputError(
            f"run {bad[0] + 1} of the pool costs nothing, or no number: give each a cost above zero"
        )
    return frame.assign(**{name: columns[name] for name in ("C",) if name in columns}, cost=cost)


def from_table(law: Law, table: Any, rule: Cost, price: str | None) -> Candidates:
    """The runs of a table, each to be bought once.

    Raises:
        InputError: the law misses a column of it, or it is too long.
    """
    frame = pd.DataFrame(as_inputs(table)).reset_index(drop=True)
    missing = [name for name in law.inputs if name not in frame and name != "C"]
    if missing:
        raise InputError(f"the pool has no column {missing[0]}; {law.name} reads it: add it")
    if len(frame) > MOST:
        raise InputError(f"the pool has {len(frame)} runs: offer {MOST} at most")
    return Candidates(priced(frame, rule, price), False, price or "")
