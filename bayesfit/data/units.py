"""Which rows of a table belong to one training run: by its name, by its steps, or by its look.

Rows of one run are not independent, so training curves must never pass for finished runs. Three
signs are taken as certain, in this order:

* a column `run` (or run_id, run_name) with a label that stands in several rows of one N at
  different D or different steps (a label of several N names a run of each, if most name one);
* a column `step`, and rows of one N with no other difference, whose D rises with the step;
* neither column, and rows of one N with no other difference, whose D are evenly spaced, as
  checkpoints are.

Rows whose label is empty are looked at as those of a table without labels. A table with a label of
its own for each row is one of finished runs, whatever else it looks like. What remains may be too
dense to be sure of (`doubt`), and then a person has to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data import looks
from bayesfit.data.headings import CANONICAL, RUN, column_of
from bayesfit.data.looks import run_labels, steps_of, words
from bayesfit.data.values import as_labels, one_size
from bayesfit.formatting import count


class Units(NamedTuple):
    """The runs of a table of training curves.

    Attributes:
        run: number of the run of each row (rows,), from 0.
        names: what each run is called (runs,).
        along: what orders the rows of a run (rows,): its steps, or its tokens if it has none.
        of_steps: whether those are steps.
        column: the column that names the runs, "" if they were seen without one.
    """

    run: np.ndarray
    names: list[str]
    along: np.ndarray
    of_steps: bool
    column: str

    def each(self) -> Iterator[np.ndarray]:
        """Row numbers of each run, in the order of its rows."""
        order = np.lexsort((self.along, self.run))
        yield from np.split(order, np.flatnonzero(np.diff(self.run[order])) + 1)


def find(table: pd.DataFrame) -> Units | None:
    """The runs of a table of training curves; None for any other table.

    Args:
        table: of runs; without N or any count of D, or without a loss, only names tell.
    """
    filled = _filled(table)
    if filled is None or _all_named(table):
        return None
    return _by_name(filled) or (_by_look(filled) if _can_look(table) else None)


def doubt(table: pd.DataFrame, known: Units | None = None) -> str:
    """Why rows that are taken as runs of their own may lie on curves all the same; "" if not.

    Args:
        table: the canonical columns, and any others.
        known: its curves, as `find` has them; beside them only rows without a label are in doubt.
    """
    labels = run_labels(table)
    if not _can_look(table):
        return ""
    if known is None:
        return "" if _all_named(table) else looks.doubt(table)
    if labels is None:
        return ""
    alone = (labels == "") & (np.bincount(known.run)[known.run] == 1)
    return looks.doubt(table[alone].reset_index(drop=True)) if alone.any() else ""


def _can_look(table: pd.DataFrame) -> bool:
    return set(CANONICAL) <= set(table)


def _filled(table: pd.DataFrame) -> pd.DataFrame | None:
    """The table with steps for D, or one size for all, where it has none; None without either."""
    if "D" not in table:
        steps = steps_of(table)
        if steps is None or run_labels(table) is None:
            return None
        table = table.assign(D=steps)
    return table if "N" in table else table.assign(N=1.0)


def _all_named(table: pd.DataFrame) -> bool:
    labels = run_labels(table)
    return labels is not None and len(set(labels) - {""}) == len(table)


def _by_name(table: pd.DataFrame) -> Units | None:
    """Curves named by a column: rows of one label and one N that differ in D or in steps.

    Most of them are of labels of one N only: else a label names a set of finished runs.
    """
    labels, steps = run_labels(table), steps_of(table)
    if labels is None:
        return None
    N = one_size(table["N"].to_numpy(float))
    about = pd.DataFrame(dict(label=labels, N=N, D=table["D"], step=steps))
    about["key"] = about.groupby(["label", "N"], sort=False).ngroup()
    by = about.groupby("key")
    moves = (by["D"].nunique() > 1) | (by["step"].nunique() > 1)
    curve = moves[about["key"]].to_numpy() & (labels != "")
    several = about.groupby("label")["N"].transform("nunique").to_numpy() > 1
    if not (curve & ~several).any() or (several & (labels != "")).sum() > (curve & ~several).sum():
        return None
    names = np.array([f"row {i + 1}" for i in range(len(table))], object)
    names[curve] = labels[curve]
    twice = np.flatnonzero(curve & several)
    names[twice] = _distinct([f"{labels[i]}, {count(N[i])}" for i in twice], N[twice])
    own = curve | _unnamed(table, labels, names)
    again = _apart(table, names, own)
    return _numbered(table, names if again is None else again, column_of(table, RUN))


def _distinct(names: list[str], N: np.ndarray) -> list[str]:
    """Names of rows, with all digits of N where two sizes would have the same."""
    sizes = pd.Series(N).groupby(names).transform("nunique")
    both = zip(names, N, sizes, strict=True)
    return [f"{name} ({n:.17g})" if many > 1 else name for name, n, many in both]


def _unnamed(table: pd.DataFrame, labels: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Which rows without a label lie on curves (rows,); `names` is given those of their curves."""
    rows, own = np.flatnonzero(labels == ""), np.zeros(len(table), bool)
    if len(rows):
        part = table.iloc[rows].reset_index(drop=True)
        by, groups = looks.seen(part)
        for group, name in zip(groups, _names(part, by, groups, set(names)), strict=True):
            names[rows[group]], own[rows[group]] = name, True
    return own


def _apart(table: pd.DataFrame, names: np.ndarray, own: np.ndarray) -> np.ndarray | None:
    """Names that tell two curves of one run apart, such as its losses in training and validation.

    None if no column of words does: each value has several rows of a run, at different D.
    """
    along, _ = _along(table, pd.factorize(names)[0])
    if not pd.DataFrame(dict(run=names, along=along)).duplicated().any():
        return None
    for column in words(table):
        if column == column_of(table, RUN):
            continue
        both = np.array([f"{a}, {b}" for a, b in zip(names, table[column], strict=True)], object)
        both[~own] = names[~own]
        parts = pd.DataFrame(dict(run=both, along=along))
        if not parts.duplicated().any() and (parts[own].groupby("run").size() > 1).all():
            return both
    return None


def _by_look(table: pd.DataFrame) -> Units | None:
    """Curves that nothing names, called by their size and what else tells them apart."""
    by, groups = looks.seen(table)
    if not groups:
        return None
    names = np.array([f"row {i + 1}" for i in range(len(table))], object)
    for rows, name in zip(groups, _names(table, by, groups), strict=True):
        names[rows] = name
    return _numbered(table, names, "")


def _names(
    table: pd.DataFrame, by: list[str], groups: looks.Alike, taken: Collection[str] = ()
) -> list[str]:
    """What curves that nothing names are called: by their size, with all digits if it must be."""
    short = [_called(table, rows[0], by) for rows in groups]
    if len(set(short)) == len(groups) and not set(short) & set(taken):
        return short
    return [_called(table, rows[0], by, lambda N: f"{N:.17g}") for rows in groups]


def _called(
    table: pd.DataFrame, row: int, by: list[str], size: Callable[[float], str] = count
) -> str:
    N, others = table["N"].to_numpy()[row], as_labels(table[name].iloc[row] for name in by)
    return ", ".join([size(float(N)), *(label for label in others if label not in ("", "nan"))])


def _numbered(table: pd.DataFrame, names: np.ndarray, column: str) -> Units:
    run, known = pd.factorize(names)
    return Units(run, [str(name) for name in known], *_along(table, run), column)


def _along(table: pd.DataFrame, run: np.ndarray) -> tuple[np.ndarray, bool]:
    """What orders the rows of a run, and whether it is steps; above zero, for its log is taken.

    Steps do, unless they start anew, or stand still, while D goes on.
    """
    steps, D = steps_of(table), table["D"].to_numpy(float)
    if steps is None or steps.min() <= 0:
        return D, False
    order = np.lexsort((D, steps, run))
    same_run, more_D = np.diff(run[order]) == 0, np.diff(D[order])
    stands = np.diff(steps[order]) == 0
    astray = same_run & ((more_D < 0) | (stands & (more_D > 0)))
    return (D, False) if astray.any() else (steps, True)
