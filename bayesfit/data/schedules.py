"""What a learning rate has been before each row of a training curve, in a few columns.

A law of schedules sums over every step before a row. The sum is over powers of how much learning
rate has come since each drop, so drops of about the same age can stand together: ages fall into
BINS, each by a constant factor older than the last, and a bin is its drop and the mean, by size of
the drops in it, of what came since and of the rate at which they were made. The error against the
sum over all steps is below 1e-4 of the loss, by the constants that Luo et al. 2025
(arXiv:2503.12811) print and all their schedules (`tests/data/test_schedules.py`).

A table gives the rate at its rows only. Between two rows it is taken to change evenly; where it
stands still before them and after them, to change at once, at the second. Before the first row
stands a warm-up from nothing, even, over the steps in the column `warmup` or else up to that row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from bayesfit.data.curves import named, without_warmup
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError

BINS = 32
ROWS = 48  # of each curve, evenly spread over its own: more say little, for neighbours agree
PARTS = ("drop", "after", "rate")
COLUMNS = tuple(f"{part}_{k}" for part in PARTS for k in range(1, BINS + 1))
OF_ROW = ("lr_sum", "lr_peak", "lr_now", *COLUMNS)


class Schedule(NamedTuple):
    """Sums over the steps of a schedule up to each of them (steps + 1,), from nothing.

    Attributes:
        lr: the learning rate of each step.
        total: of the rate.
        drop, size: of how much it fell from one step to the next, and of that without its sign.
        before, rate: of `total` before the step and of the rate in it, times the size of its drop.
    """

    lr: np.ndarray
    total: np.ndarray
    drop: np.ndarray
    size: np.ndarray
    before: np.ndarray
    rate: np.ndarray


def with_history(runs: Runs) -> Runs:
    """Curves with the columns of `history`, at most ROWS rows of each.

    Raises:
        InputError: the table is none of curves, or has no steps or learning rates above zero.
    """
    if runs.reduced == "curve" and set(COLUMNS) <= set(runs.columns):
        return runs
    runs = named(runs)
    whole = replace(runs, table=pd.concat([runs.table, history(runs)], axis=1))
    return replace(_fewer(without_warmup(whole)), reduced="curve")


def history(runs: Runs) -> pd.DataFrame:
    """What each row needs to know of the schedule before it.

    The columns are lr_sum (of all rates so far), lr_peak (the highest so far), lr_now, COLUMNS, and
    `curve`, a number for each run's name, the same in any table.

    Raises:
        InputError: the table is none of curves, or has no steps or learning rates above zero.
    """
    units = runs.units
    if units is None or "lr" not in runs.columns or not units.of_steps:
        raise InputError(
            f"{runs.name} holds no learning rate schedules: give rows along training curves, with "
            "columns run, step, lr and loss"
        )
    runs.require(["lr", *(["warmup"] if "warmup" in runs.columns else [])])
    if (runs["lr"] <= 0).any():
        raise InputError(
            f"{runs.name} has a learning rate lr that is not above zero: leave those rows out"
        )
    known = np.empty((len(runs), len(OF_ROW)))
    for rows in units.each():
        steps = units.along[rows].astype(int)
        warmup = runs["warmup"][rows[0]] if "warmup" in runs.columns else steps[0]
        past = summed(rates(steps, runs["lr"][rows].astype(float), int(warmup)))
        known[rows] = [_of_row(past, step) for step in steps]
    found = pd.DataFrame(known, columns=list(OF_ROW), index=runs.table.index)
    names = [1.0 + crc32(name.encode()) for name in units.names]
    return found.assign(curve=np.array(names)[units.run])


def _fewer(runs: Runs) -> Runs:
    """At most ROWS rows of each curve, evenly spread, its last among them."""
    units = runs.units
    assert units is not None
    keep = np.zeros(len(runs), bool)
    for rows in units.each():
        keep[rows[np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(int)]] = True
    if keep.all():
        return runs
    why = f"{(~keep).sum()} rows left out: at most {ROWS} of each curve are fitted"
    return runs.subset(keep, why)


def rates(steps: np.ndarray, lr: np.ndarray, warmup: int) -> np.ndarray:
    """The learning rate of every step from 0 to the last (steps + 1,).

    Args:
        steps, lr: of the rows of one curve (rows,), rising.
        warmup: steps before the rate of the first row is reached.
    """
    start = min(warmup, int(steps[0]))
    at, value = list(_knots(steps.astype(float), lr)), [(0.0, 0.0), (float(start), lr[0])]
    x, y = np.array([*value, *at]).T
    every = np.arange(int(steps[-1]) + 1)
    return np.interp(every, x, y)


def _knots(steps: np.ndarray, lr: np.ndarray) -> Iterator[tuple[float, float]]:
    """Points between which the rate changes evenly; a change between two level parts is at once."""
    level = np.concatenate([[True], np.isclose(lr[1:], lr[:-1], rtol=1e-9, atol=0.0), [True]])
    for i in range(len(steps)):
        yield steps[i], lr[i]
        if i + 1 < len(steps) and level[i] and level[i + 2] and not level[i + 1]:
            yield steps[i + 1] - 1.0, lr[i]


def summed(lr: np.ndarray) -> Schedule:
    """The sums of a schedule, from the rate of each of its steps (steps,)."""
    total = np.cumsum(lr)
    drop = np.concatenate([[0.0], lr[:-1] - lr[1:]])
    size, before = np.abs(drop), np.concatenate([[0.0], total[:-1]])
    sums = (drop, size, size * before, size * lr)
    return Schedule(lr, total, *(np.concatenate([[0.0], np.cumsum(x)]) for x in sums))


def _of_row(past: Schedule, step: int) -> np.ndarray:
    """OF_ROW of one row (3 + 3 BINS,)."""
    age = np.floor(step ** (np.arange(BINS + 1) / BINS)).astype(int)
    age[0] = 0
    edge = step + 1 - age  # bins go back from here, the first from the step itself
    edge[-1] = 1  # step 0 changed nothing
    drop, size, before, rate = (
        x[edge[:-1]] - x[edge[1:]] for x in (past.drop, past.size, past.before, past.rate)
    )
    there = size > 0
    whole = np.where(there, size, 1.0)
    after = np.where(there, past.total[step] - before / whole, 0.0)
    peak = past.lr[: step + 1].max()
    return np.concatenate(
        [
            [past.total[step], peak, past.lr[step]],
            np.where(there, drop, 0.0),
            np.maximum(after, 0.0),
            np.where(there, rate / whole, peak),
        ]
    )
