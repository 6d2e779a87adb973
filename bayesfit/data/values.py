"""Cells of any column as numbers or as words, and labels as text that reads back as itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfit.data.headings import CANONICAL
from bayesfit.data.quantities import plain
from bayesfit.errors import InputError
from bayesfit.text import printable

_NUMBER = (int, float, np.number, np.bool_)
LONG = 1e15  # integers from here on are written with an exponent where that is exact
ONE_SIZE = 1e-6  # relative distance of two N that are one, such as both computed from C / (6 D)
_LONG = re.compile(r"\d{16,300}")


def tidy(column: pd.Series) -> np.ndarray:
    """Any other column: numbers if every cell that is filled is one, otherwise text."""
    plainly = column.dtype.kind in "iuf" and isinstance(column.dtype, np.dtype)
    if plainly and not _collapse(column):
        return column.to_numpy(float)
    there = filled(column)
    values = plain(column.where(there)) if column.dtype.kind != "b" else column.to_numpy(float)
    if there.any() and not np.isnan(values[there]).any() and not _collapse(column[there]):
        return values
    text = column.where(there, "").astype(str).str.strip()
    return text.map(printable).to_numpy(object)


def filled(column: pd.Series) -> pd.Series:
    """Which cells hold something (rows,)."""
    said = np.array([bool(str(cell).strip()) for cell in column], bool)
    return column.notna() & said


def _collapse(cells: pd.Series) -> bool:
    """Whether integers, such as ids of jobs, have more digits than float64 can tell apart."""
    if cells.dtype.kind == "f" or (cells.dtype.kind in "iu" and cells.abs().max() < 2**53):
        return False
    text = (str(cell).strip() for cell in cells)  # pandas' own way is slow for many columns
    long = {int(x) for x in text if _LONG.fullmatch(x)}
    return len({float(x) for x in long}) < len(long)


def as_cells(values: ArrayLike, rows: int, name: str) -> np.ndarray:
    """Values of a column as a table holds them: float64 or text (rows,), so that files keep them.

    Args:
        values: one for each row, or one for all.
        rows: how many there are.
        name: of the column, for a complaint.

    Raises:
        InputError: there are not as many values as rows.
    """
    array = np.asarray(values)
    if array.shape not in ((), (1,), (rows,)):
        shape = " x ".join(map(str, array.shape))
        raise InputError(f"column {name} has {shape} values for {rows} runs: give one for each run")
    array = np.broadcast_to(array, (rows,))
    if array.dtype.kind in "biuf":
        return array.astype(float)
    cells = [None if x is pd.NA else x for x in array.tolist()]
    empty = [x is None or x != x for x in cells]
    filled = [x for x, no in zip(cells, empty, strict=True) if not no]
    if filled and all(isinstance(x, _NUMBER) for x in filled):
        return np.array([np.nan if no else x for x, no in zip(cells, empty, strict=True)], float)
    labels = map(printable, as_labels(cells))
    text = ["" if no else label for label, no in zip(labels, empty, strict=True)]
    return np.array(text, object)


def one_size(N: np.ndarray) -> np.ndarray:
    """N (runs,) where those within a millionth of each other are made equal, the smallest of them.

    Rows of one run have one N, but where it was computed from C / (6 D) the last digits differ.
    """
    order = np.argsort(N)
    starts = np.diff(np.log(N[order]), prepend=-np.inf) > ONE_SIZE
    same = np.empty(len(N))
    same[order] = N[order][starts][np.cumsum(starts) - 1]
    return same


def listed(names: Iterable[object]) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(str(name) for name in names)


def as_labels(values: Iterable) -> list[str]:
    """Labels of a column as text, whether it holds words or numbers; no two numbers share one."""
    return [_label(x) if isinstance(x, _NUMBER) else str(x) for x in values]


def _label(x: Any) -> str:
    """The shortest text that reads back as the number: 12345678, 0.1, 1e+21, nan."""
    number = float(x)
    if not number.is_integer():
        return repr(number)
    if number != x:  # an integer of more digits than float64 has
        return str(x)
    if abs(number) < LONG:
        return str(int(number))
    short = f"{number:g}"
    return short if float(short) == number else repr(number).removesuffix(".0")


def of_words(table: pd.DataFrame) -> list[str]:
    """Columns of words, such as a corpus, or the name of the run."""
    others = [str(c) for c in table if c not in CANONICAL]
    return [c for c in others if not pd.api.types.is_numeric_dtype(table[c])]


def spelled(column: pd.Series) -> list[str]:
    """Each value as text that is the same once the table was written to a file and read again."""
    if column.dtype.kind in "biuf":
        return [float(x).hex() for x in column]
    return [repr(float(x)) if isinstance(x, (float, np.floating)) else str(x) for x in column]
