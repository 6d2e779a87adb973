"""From a frame as it was given to the canonical table, every value checked.

Each complaint is one sentence that names the column, the row as the person sees it (a line of the
file, a label of the frame) and the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfit.constants import PF_DAY
from bayesfit.errors import InputError

_NUMBER = (int, float, np.number, np.bool_)
CANONICAL = ("N", "D", "C", "loss")
# Other headings that can mean nothing else; compared in lower case.
_SYNONYMS = {
    "N": ("n", "params", "parameters"),
    "D": ("d", "tokens"),
    "C": ("c", "flop", "flops"),
    "loss": ("loss",),
}
RUN = ("run", "run_id", "run_name")  # headings that name the run of each row
LONG = 1e15  # integers from here on are written with an exponent where that is exact
ONE_SIZE = 1e-6  # relative distance of two N that are one, such as both computed from C / (6 D)
_PF_DAYS = ("pf-days", "pf_days", "pfdays", "petaflop/s-days")  # of compute, turned into FLOPs


def checked(frame: pd.DataFrame, name: str, row: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The canonical table, notes on what was done to it, and warnings on what looks wrong.

    Args:
        frame: the table as given.
        name: what to call it in a complaint.
        row: what to call a row, "line" or "row"; its index label follows.

    Raises:
        InputError: there is no table, or a value of N, D, C or loss is not a number above zero.
    """
    frame, notes = _renamed(*_in_flops(frame, name, row))
    if not len(frame.columns):
        raise InputError(f"{name} has no columns: a table of runs has headings, such as N, D, loss")
    if frame.empty:
        raise InputError(f"{name} has columns but no runs")
    where = f"{name}, {row}"
    given = {c: _numbers(frame[c], where) for c in CANONICAL if c in frame}
    if {"N", "C"} <= set(given) and "D" not in given:
        given["D"] = given["C"] / (6 * given["N"])
        notes.append("D is not in the table: taken as C / (6 N)")
    if {"N", "D"} <= set(given) and "C" not in given:
        given["C"] = 6 * given["N"] * given["D"]
        notes.append("C is not in the table: taken as 6 N D")
    others = {c: tidy(frame[c]) for c in frame if c not in CANONICAL}
    table = pd.DataFrame({c: given[c] for c in CANONICAL if c in given} | others)
    return table, notes, list(_doubts(table, frame.index, where))


def _in_flops(frame: pd.DataFrame, name: str, row: str) -> tuple[pd.DataFrame, str, list[str]]:
    """A column of PF-days, if there is one and no other of compute, as C in FLOPs; and a note."""
    found = [h for h in frame.columns if str(h).strip().lower() in _PF_DAYS]
    others = [h for h in frame.columns if str(h).strip().lower() in _SYNONYMS["C"]]
    if len(found) != 1 or others:
        return frame, name, []
    days = _numbers(frame[found[0]], f"{name}, {row}")
    note = f"column {found[0]!r} read as C: PF-days times {PF_DAY:.3g} FLOPs"
    return frame.drop(columns=found).assign(C=days * PF_DAY), name, [note]


def _renamed(frame: pd.DataFrame, name: str, notes: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """The frame under canonical headings, and a note of each heading that was changed."""
    headings = [str(heading) for heading in frame.columns]
    frame = frame.set_axis(headings, axis="columns")
    if any(not h.strip() and _filled(frame.iloc[:, i]).any() for i, h in enumerate(headings)):
        raise InputError(f"{name} has a column without a name: give it a heading, or leave it out")
    frame = frame.loc[:, [bool(h.strip()) for h in headings]]
    headings = list(frame.columns)
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice:
        raise InputError(f"{name} has two columns called {listed(twice)}: rename one")
    names = canonical_names(headings, name)
    frame = frame.rename(columns=names)
    return frame, [*notes, *(f"column {old!r} read as {new}" for old, new in names.items())]


def canonical_names(headings: Iterable[str], name: str) -> dict[str, str]:
    """Heading -> canonical name, of the headings that mean N, D, C or loss and are not called so.

    Raises:
        InputError: two headings could have the same meaning.
    """
    headings, names = list(headings), {}
    for canonical, synonyms in _SYNONYMS.items():
        found = [h for h in headings if h.strip().lower() in synonyms]
        if canonical not in headings and len(found) > 1:
            raise InputError(f"{listed(found)} in {name} could each be {canonical}: rename one")
        if canonical not in headings and found:
            names[found[0]] = canonical
    return names


def _numbers(column: pd.Series, where: str) -> np.ndarray:
    """A canonical column as float64, each value finite and above zero."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    for i in np.flatnonzero(~(np.isfinite(values) & (values > 0)))[:1]:
        problem = fault(column.iloc[i])
        raise InputError(f"{where} {column.index[i]}: {column.name} is {problem}")
    return values


def of_words(table: pd.DataFrame) -> list[str]:
    """Columns of words, such as a corpus, or the name of the run."""
    others = [str(c) for c in table if c not in CANONICAL]
    return [c for c in others if not pd.api.types.is_numeric_dtype(table[c])]


def fault(value: object) -> str:
    """What is wrong with a value that should have been a finite number above zero."""
    text = "" if value is None or value is pd.NA else str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return f"{text!r}, which is not a number (write 1.3e9)" if text else "empty"
    if not np.isfinite(number):
        return f"{text}, which is not a finite number"
    return f"{text}, which is not above zero" if number <= 0 else f"{text!r}, which is not a number"


def tidy(column: pd.Series) -> np.ndarray:
    """Any other column: numbers if every cell that is filled is one, otherwise text."""
    filled = _filled(column)
    numbers = pd.to_numeric(column.where(filled), errors="coerce")
    if filled.any() and numbers[filled].notna().all() and not _collapse(column[filled]):
        return numbers.to_numpy(float, na_value=np.nan)
    return column.where(filled, "").astype(str).str.strip().to_numpy(object)


def _filled(column: pd.Series) -> pd.Series:
    """Which cells hold something (rows,)."""
    return column.notna() & (column.astype(str).str.strip() != "")


def _collapse(cells: pd.Series) -> bool:
    """Whether integers, such as ids of jobs, have more digits than float64 can tell apart."""
    text = cells.astype(str).str.strip()
    long = {int(x) for x in text[text.str.fullmatch(r"\d{16,300}")]}
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
    text = ["" if no else label for label, no in zip(as_labels(cells), empty, strict=True)]
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


def _doubts(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """Sentences about what a table may have got wrong without being unusable."""
    there = [c for c in CANONICAL if c in table]
    whole = {"N", "D", "loss"} <= set(there)  # else inputs that we do not know may tell runs apart
    kinds = [c for c in of_words(table) if c.lower() not in RUN]  # what a run was, not its name
    again = table.duplicated([*there, *kinds]) if whole else pd.Series(False, table.index)
    if again.any():
        rows = ", ".join(str(label) for label in labels[again.to_numpy()][:5])
        yield f"{where} {rows}: same N, D, C and loss as a run above ({again.sum()} duplicates)"
    if "loss" in there and table["loss"].max() > 15:
        worst = f"{table['loss'].max():.4g}"
        yield f"loss goes up to {worst}, as a perplexity does: it should be in nats per token"
    if any(c in there and table[c].max() < least for c, least in (("N", 1e4), ("D", 1e5))):
        yield "N or D is very small: they should be counted in single parameters and tokens"
    if not {"N", "D", "C"} <= set(there):
        return
    ratio = float(np.median(table["C"] / (6 * table["N"] * table["D"])))
    if not 0.1 < ratio < 10:
        yield f"C is {ratio:.2g} times 6 N D in the median run: it should be in FLOPs, not PF-days"


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
