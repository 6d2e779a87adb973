"""Cells of the tables that people read: bands, budgets, and optima that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isnan

import numpy as np
import pandas as pd

from bayesfit.answers import Column
from bayesfit.formatting import count, flops, number, percent

Say = Callable[[float], str]
NO_OPTIMUM = "no optimum"
DIGITS = 3  # decimals of a loss
LEAST_SHOWN = 10.0**-DIGITS  # a difference of losses below which there is nothing to choose
FEW_GROUPS = 6  # of more groups only some are shown; the tables on disk have all


def ratio(x: float) -> str:
    """Tokens per parameter, and other ratios: two digits."""
    return number(x, 2)


def loss(x: float) -> str:
    """A loss in nats per token, or a slope."""
    return f"{x:.{DIGITS}f}" if np.isfinite(x) else number(x)


def difference(x: float) -> str:
    """A difference of losses; one that has no digit to show is not called zero."""
    return loss(x) if not 0 < abs(x) < LEAST_SHOWN else f"less than {LEAST_SHOWN:g}"


def dash(low: str, high: str) -> str:
    """An interval."""
    return f"{low}–{high}"


def each(values: Iterable[float], say: Say) -> list[str]:
    """Cells of a column; nothing for what is not known."""
    return ["" if isnan(x) else say(x) for x in map(float, values)]


def sizes(values: Iterable[float], say: Say = count) -> list[str]:
    """Cells of N*, D* or their ratio, which is infinite where a law has no optimum."""
    return each(values, lambda x: say(x) if np.isfinite(x) else NO_OPTIMUM)


def band(frame: pd.DataFrame, name: str, level: int, say: Say, heading: str = "") -> Column:
    """The column of an interval: `80 %`, with cells such as 2.63B–2.93B."""
    low, high = (each(frame[f"{name}_{end}{level}"], say) for end in ("lo", "hi"))
    cells = [dash(a, b) if a and b else "" for a, b in zip(low, high, strict=True)]
    return heading or f"{level} %", cells


def with_band(row: pd.Series, name: str, say: Say) -> str:
    """One cell: a median with its 80 % interval in brackets."""
    middle = float(row[name])
    if isnan(middle):
        return ""
    if np.isinf(middle):
        return NO_OPTIMUM
    return f"{say(middle)} ({dash(say(row[f'{name}_lo80']), say(row[f'{name}_hi80']))})"


def budgets(frame: pd.DataFrame, group: str = "") -> Column:
    """The column of budgets; with the label of its group, where a law has groups."""
    cells = each(frame["C"], flops)
    if group in frame:
        cells = [f"{C} {label}" for C, label in zip(cells, frame[group], strict=True)]
        return f"FLOPs, {group}", cells
    return "FLOPs", cells


def shares(values: Iterable[float]) -> list[str]:
    """Cells of probabilities."""
    return each(values, percent)
