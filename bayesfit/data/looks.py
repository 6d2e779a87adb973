"""What rows of one size look like, where no column names their run.

A curve has rows of one N that differ in nothing else that would name a run (words, or a number such
as a seed), and whose loss falls as D grows. With a column of steps, D rises with them; without one,
the D are evenly spaced, as checkpoints are, where finished runs double theirs.

Budgets shared by several sizes are those of a design. Where a setting differs from row to row, or
all sizes have the same few D/N, evenly spaced rows may be finished runs too, and a person is asked
(`doubt`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayesfit.data.headings import CANONICAL, RUN, STEP, column_of
from bayesfit.data.values import as_labels, of_words, one_size

FEW = 3  # rows that have an order at all
EVEN = 5  # evenly spaced rows that make a curve
DENSE = 8  # rows of any spacing that make a curve if they have steps, and may be one without
SURELY = 16  # no design of finished runs has so many D for each size
APART = 1.5  # D of finished runs are farther apart than by this factor, those of checkpoints less
SAME, MOST = 0.05, 0.8  # evenly spaced: 80 % of the distances are within 5 % of their median

RATIO = 0.01  # relative, between the D/N of two sizes that are the same
# Parts of the names of columns that were measured, or count how far a run is: they differ between
# the rows of a curve and between finished runs alike. Any other column is a setting.
MEASURED = (
    *("loss", "acc", "perplexity", "ppl", "bpb", "bits", "error", "score", "grad", "norm"),
    *("time", "second", "hour", "date", "flop", "token", "step", "epoch", "counts_as", "index"),
)

Alike = list[np.ndarray]  # row numbers of each set of rows of one N that nothing tells apart


def run_labels(table: pd.DataFrame) -> np.ndarray | None:
    """The label of each row in the column of runs, "" where it is empty (rows,)."""
    column = column_of(table, RUN)
    if not column:
        return None
    labels = np.array(as_labels(table[column]), object)
    labels[labels == "nan"] = ""
    return labels


def steps_of(table: pd.DataFrame) -> np.ndarray | None:
    """The column of steps, if there is one and each cell of it is a number (rows,)."""
    column = column_of(table, STEP)
    if not column or not pd.api.types.is_numeric_dtype(table[column]):
        return None
    steps = table[column].to_numpy(float)
    return steps if np.isfinite(steps).all() else None


def words(table: pd.DataFrame) -> list[str]:
    """Columns of words, and that of runs: where one of them differs, runs do."""
    run, text = column_of(table, RUN), of_words(table)
    return [str(c) for c in table if c == run or c in text]


def seen(table: pd.DataFrame) -> tuple[list[str], Alike]:
    """The curves that most rows lie on, and the columns that name their runs beside N.

    Without such curves, no columns and no rows; nor if the rows may be those of a design.
    """
    by, groups = _candidates(table)
    if not groups or _of_budgets(table) or _reservation(table, by, groups):
        return [], []
    return by, groups


def _candidates(table: pd.DataFrame) -> tuple[list[str], Alike]:
    """What `seen` gives, by the rows of each size alone."""
    by = words(table)
    groups = _curves(table, _alike(table, by))
    for column in _numbers(table):
        finer = _curves(table, _alike(table, [*by, column]))
        if _share(finer, table) > _share(groups, table):
            by, groups = [*by, column], finer
    return (by, groups) if _share(groups, table) > 0.5 else ([], [])


def doubt(table: pd.DataFrame) -> str:
    """Why the rows of a table may be those of curves that nothing names; "" if they are not.

    IsoFLOP profiles have many rows of one N too, but the same budgets for other sizes.
    """
    D, step, budgets = table["D"].to_numpy(float), steps_of(table), _of_budgets(table)
    by, groups = _candidates(table)
    why = "" if not groups or budgets else _reservation(table, by, groups)
    if why:
        return why
    groups = [rows for rows in _alike(table, words(table)) if _falls(table, rows)]
    if _share(groups, table) <= 0.5:
        return ""
    if step is not None and _share([rows for rows in groups if _rises(D, step, rows)], table) > 0.5:
        return "it has a column step, and D rises with it among the rows of one N"
    amounts = [np.unique(D[rows]) for rows in groups]
    many = float(np.median([len(x) for x in amounts]))
    apart = float(np.exp(np.median([np.median(np.diff(np.log(x))) for x in amounts])))
    if many < DENSE or (many < SURELY and apart > APART) or budgets:
        return ""
    return f"it has some {many:.0f} different D for each N and nothing to tell its rows apart"


def _reservation(table: pd.DataFrame, by: list[str], groups: Alike) -> str:
    """Why evenly spaced rows without steps may be finished runs all the same; "" if not."""
    if steps_of(table) is not None:
        return ""
    for column in _settings(table, by):
        differs = [rows for rows in groups if _differs(table, rows, column)]
        if 2 * sum(map(len, differs)) > sum(map(len, groups)):
            return f"D is evenly spaced among the rows of one N, but {column} differs among them"
    if _of_ratios(table, groups):
        return "D is evenly spaced among the rows of one N, but every N has the same D/N"
    return ""


def _settings(table: pd.DataFrame, by: list[str]) -> list[str]:
    """Columns of numbers that were chosen for a run, as far as their names say."""
    others = [str(c) for c in table if c not in CANONICAL and c not in by]
    return [c for c in others if not any(part in c.lower() for part in MEASURED)]


def _differs(table: pd.DataFrame, rows: np.ndarray, column: str) -> bool:
    """Whether a column differs among these rows, and does not just count their tokens."""
    values = table[column].to_numpy(float)[rows]
    if len(np.unique(values[np.isfinite(values)])) < 2:
        return False
    return not np.corrcoef(table["D"].to_numpy(float)[rows], values)[0, 1] > 1 - 1e-6


def _of_ratios(table: pd.DataFrame, groups: Alike) -> bool:
    """Whether two sizes or more have the same few D/N each, as a design of finished runs has."""
    N, D = table["N"].to_numpy(float), table["D"].to_numpy(float)
    first, *others = [np.sort(D[rows] / N[rows]) for rows in groups]
    few, sizes = len(first) < SURELY, np.unique(one_size(N)[np.concatenate(groups)])
    return (
        few
        and len(sizes) > 1
        and all(len(x) == len(first) and np.allclose(x, first, rtol=RATIO) for x in others)
    )


def _numbers(table: pd.DataFrame) -> list[str]:
    """Columns of numbers that may name runs, such as a seed: each value has several rows."""
    not_these = {*CANONICAL, *words(table), column_of(table, STEP)}
    others = [str(c) for c in table if c not in not_these]
    return [c for c in others if 1 < table[c].nunique() <= len(table) / EVEN]


def _alike(table: pd.DataFrame, by: list[str]) -> Alike:
    """Row numbers of each set of rows that have the same N and the same in these columns."""
    sized = table.assign(N=one_size(table["N"].to_numpy(float)))
    groups = sized.groupby(["N", *by], sort=False, dropna=False).indices
    return [np.asarray(rows) for rows in groups.values()]


def _share(groups: Alike, table: pd.DataFrame) -> float:
    return sum(len(rows) for rows in groups) / len(table)


def _curves(table: pd.DataFrame, groups: Alike) -> Alike:
    """Those of the groups that are the rows of one curve."""
    D, step = table["D"].to_numpy(float), steps_of(table)
    return [rows for rows in groups if _is_curve(table, rows, D, step)]


def _is_curve(
    table: pd.DataFrame, rows: np.ndarray, D: np.ndarray, step: np.ndarray | None
) -> bool:
    """Whether rows that nothing tells apart look like one curve, with a step column or without."""
    if len(rows) < EVEN or not _falls(table, rows):
        return False
    if step is None:
        return _even(D[rows])
    strictly = len(np.unique(D[rows])) == len(rows) and _rises(D, step, rows)
    return strictly and (len(rows) >= DENSE or _even(D[rows]))


def _even(D: np.ndarray) -> bool:
    """Whether numbers, none of them twice, are evenly spaced, a few gaps aside."""
    distances = np.diff(np.sort(D))
    usual = np.median(distances)
    return bool(usual > 0 and np.mean(np.abs(distances / usual - 1) <= SAME) >= MOST)


def _rises(D: np.ndarray, step: np.ndarray, rows: np.ndarray) -> bool:
    """Whether D rises with the step in these rows; both may stand still together."""
    order = np.lexsort((D[rows], step[rows]))
    more_D, more_steps = np.diff(D[rows][order]), np.diff(step[rows][order])
    return bool(np.all((more_D > 0) == (more_steps > 0)) and np.any(more_D > 0))


def _falls(table: pd.DataFrame, rows: np.ndarray) -> bool:
    """Whether the loss of several rows falls as D grows, by the correlation of their ranks."""
    if len(rows) < FEW:  # as most are in a large table
        return False
    about = table.iloc[rows][["D", "loss"]].rank()
    if about["D"].nunique() < FEW or about["loss"].nunique() < FEW:
        return False
    return bool(np.corrcoef(about["D"], about["loss"])[0, 1] < -0.5)


def _of_budgets(table: pd.DataFrame) -> bool:
    """Whether most rows share their compute, to a per cent, with rows of two other sizes."""
    order = np.argsort(table["C"].to_numpy(float))
    log_C, N = (
        np.log(table["C"].to_numpy(float)[order]),
        one_size(table["N"].to_numpy(float))[order],
    )
    chains = np.split(np.arange(len(order)), np.flatnonzero(np.diff(log_C) > 0.01) + 1)
    shared = [x for x in chains if np.ptp(log_C[x]) < 0.03 and len(np.unique(N[x])) >= FEW]
    return sum(len(x) for x in shared) > MOST * len(order)
