"""How far each setting of the explorer goes, and where it begins, by the runs of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesfit.constants import BUDGETS, TARGET
from bayesfit.data.runs import Runs
from bayesfit.law import Law

FARTHEST, LEAST = 1e4, 1e27  # budgets go to so many times the largest run, and at least to LEAST
SIZES, TOKENS = (1e6, 1e14), (1e9, 1e16)  # parameters and tokens, unless runs have fewer
WIDER = 4.0  # times what is given in the runs, where it is the same in all of them

Row = dict[str, Any]


def ranges(law: Law, runs: Runs, asked: Sequence[float]) -> dict[str, Any]:
    """Ranges of `budget`, `size` and `tokens`, and of each input in `given`.

    Args:
        asked: budgets that somebody named, FLOPs; the page opens with the largest.
    """
    C = runs["C"] if "C" in runs.columns else np.array(BUDGETS)
    budgets = [*asked, C.min(), max(FARTHEST * C.max(), LEAST)]
    start = max(asked, default=TARGET)
    return dict(
        budget=_row(10 ** np.floor(np.log10(min(budgets))), max(budgets), start),
        size=_row(*_from_runs(runs, "N", SIZES)),
        tokens=_row(*_from_runs(runs, "D", TOKENS)),
        given=[dict(name=x, **_given(runs[x], x in law.any_value)) for x in law.given],
    )


def _row(low: float, high: float, value: float | None = None) -> Row:
    return dict(low=float(low), high=float(high), value=value)


def _from_runs(runs: Runs, column: str, usual: tuple[float, float]) -> tuple[float, float]:
    least = float(runs[column].min()) if column in runs.columns else usual[0]
    return min(least, usual[0]), usual[1]


def _given(values: np.ndarray, any_value: bool) -> Row:
    """The range of the runs; their middle, mean or geometric, is where it begins."""
    x = values.astype(float)
    low, high = float(x.min()), float(x.max())
    if any_value:
        return dict(low=low, high=high, value=float(x.mean()), even=True)
    if low == high:
        low, high = low / WIDER, high * WIDER
    return dict(low=low, high=high, value=float(np.exp(np.log(x).mean())), even=False)
