"""From a frame as it was given to the canonical table, every value checked.

Each complaint is one sentence that names the column, the row as the person sees it (a line of the
file, a label of the frame) and the value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from shlex import quote
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data import constants
from bayesfit.data.bits import per_token
from bayesfit.data.brackets import with_errors
from bayesfit.data.counted import as_headings_say
from bayesfit.data.headings import CANONICAL, LOG, LOG10, Meaning, meanings
from bayesfit.data.losses import is_held_out
from bayesfit.data.quantities import counts_twice, numbers, plain
from bayesfit.data.steps import counted, of_steps
from bayesfit.data.values import filled, listed, tidy
from bayesfit.errors import InputError
from bayesfit.text import as_heading

SIZES = ("size", "model_size")  # headings that may hold words (small, large) or N
# What stands for a loss that is not there; states of runs that are not at their end.
CRASHED = (
    *("nan", "none", "null", "na", "n/a", "-", "--", "?", "tbd", "crashed", "diverged", "oom"),
    *("failed", "running", "pending", "killed"),
)
# How a column that was not there was made.
D_OF_C, C_OF_D = (
    "D is not in the table: taken as C / (6 N)",
    "C is not in the table: taken as 6 N D",
)


class Checked(NamedTuple):
    """A canonical table, what its rows and columns were called, and what was done to it."""

    table: pd.DataFrame
    labels: pd.Index
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    headings: tuple[Meaning, ...]


def checked(
    frame: pd.DataFrame, name: str, row: str, mapped: Mapping[str, str] | None = None
) -> Checked:
    """The canonical table: headings recognised, every value of N, D, C and loss checked.

    Args:
        frame: the table as given.
        name: what to call it in a complaint.
        row: what to call a row, "line" or "row"; its index label follows.
        mapped: canonical name -> heading, or a number for all runs, where a person has said so.

    Raises:
        InputError: there is no table; a loss is no number above zero; or N, D or C is none in most
            rows (where it is none in few, these are left out, and named).
    """
    given_headings = [as_heading(str(heading)) for heading in frame.columns]
    frame = frame.set_axis(given_headings, axis="columns")
    frame, mapped, constant = constants.joined(frame, mapped, name)
    frame, found = renamed(frame, name, mapped)
    found = per_token(frame, found)
    if not len(frame.columns):
        raise InputError(f"{name} has no columns: a table of runs has headings, such as N, D, loss")
    if frame.empty:
        raise InputError(f"{name} has columns but no runs")
    where, notes = f"{name}, {row}", [meaning.note() for meaning in found.values()]
    notes += [*constant, *as_headings_say(given_headings, found)]
    notes += [] if "loss" in found else _beside(list(frame.columns), name)
    frame, left_out = _finished(frame, where)
    frame, printed = with_errors(frame, found.get("loss"))
    notes += printed
    frame = of_steps(frame)
    found = {column: meaning for column, meaning in found.items() if column in frame}
    frame, counts = counted(frame)
    given = {}
    for column in CANONICAL:
        if column in frame:
            given[column], how = _numbers(frame[column], where, found.get(column))
            counts += [how] if how else []
    notes += counts + _derived(given)
    bad = {column: ~(np.isfinite(x) & (x > 0)) for column, x in given.items()}
    good = ~np.any([*bad.values(), np.zeros(len(frame), bool)], axis=0)
    if not good.all():
        left_out.append(_left(frame, given, where, found, bad))
        frame, given = frame[good], {column: x[good] for column, x in given.items()}
    others = {c: tidy(frame[c]) for c in frame if c not in CANONICAL}
    table = pd.DataFrame({c: given[c] for c in CANONICAL if c in given} | others)
    return Checked(table, frame.index, tuple(left_out), tuple(notes), tuple(found.values()))


def _derived(given: dict[str, np.ndarray]) -> list[str]:
    """Sentences on C or D, which join the columns given if N and the other are there."""
    notes = []
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        if {"N", "C"} <= set(given) and "D" not in given:
            given["D"] = given["C"] / (6 * given["N"])
            notes.append(D_OF_C)
        if {"N", "D"} <= set(given) and "C" not in given:
            given["C"] = 6 * given["N"] * given["D"]
            notes.append(C_OF_D)
    return notes


def _left(
    frame: pd.DataFrame,
    given: Mapping[str, np.ndarray],
    where: str,
    found: Mapping[str, Meaning],
    bad: Mapping[str, np.ndarray],
) -> str:
    """A sentence on the rows that are left out for an N, D or C that cannot be used.

    Args:
        bad: column -> where it is no finite number above zero (rows,).

    Raises:
        InputError: they are half of the rows or more, so that not they are at fault.
    """
    at_fault = np.flatnonzero(np.any(list(bad.values()), axis=0))
    first, column = at_fault[0], next(c for c in bad if bad[c][at_fault[0]])
    if column in frame:
        called = found[column].heading if column in found else column
        why = f"{called} is {fault(frame[column].iloc[first])}"
    else:
        why = f"its {column} would be {given[column][first]:g}"
    rows = [str(label) for label in frame.index[at_fault]]
    if 2 * len(rows) >= len(frame):
        raise InputError(f"{where} {rows[0]}: {why}")
    what = " or ".join(c for c in bad if c in frame and bad[c].any()) or column
    return f"{_many(rows)} left out, without {what} above zero: {_rows(where, rows)} ({why})"


def _many(rows: list[str]) -> str:
    return "1 run" if len(rows) == 1 else f"{len(rows)} runs"


def _rows(where: str, rows: list[str]) -> str:
    """The first of some rows: "runs.csv, lines 3, 4 and 7 more"."""
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"{where}{'s' * (len(rows) > 1)} {listed(rows[:5])}{more}"


def renamed(
    frame: pd.DataFrame, name: str, mapped: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, dict[str, Meaning]]:
    """The frame under canonical headings, and what each of them was read from.

    Raises:
        InputError: a heading is missing or stands twice, or two could have the same meaning.
    """
    headings = [as_heading(str(heading)) for heading in frame.columns]
    frame = frame.set_axis(headings, axis="columns")
    if any(not h.strip() and filled(frame.iloc[:, i]).any() for i, h in enumerate(headings)):
        raise InputError(f"{name} has a column without a name: give it a heading, or leave it out")
    frame = frame.loc[:, [bool(h.strip()) for h in headings]]
    headings = list(frame.columns)
    twice = sorted(heading for heading, times in Counter(headings).items() if times > 1)
    if twice:
        raise InputError(f"{name} has two columns called {listed(twice)}: rename one")
    words = {h for h in headings if h.strip().lower() in SIZES and not _is_numeric(frame[h])}
    found = meanings([h for h in headings if h not in words], name, mapped)
    names = {meaning.heading: column for column, meaning in found.items()}
    aside = {}
    for old in found:
        if old in headings and old not in names:
            aside[old] = f"other_{old}"
            while aside[old] in headings:
                aside[old] = f"other_{aside[old]}"
    return frame.rename(columns=aside | names), found


def _is_numeric(column: pd.Series) -> bool:
    return bool(np.isfinite(numbers(column, "N")[0]).any())


def _beside(headings: list[str], name: str) -> list[str]:
    """A note where a table has a column `loss`, and another that could be the loss.

    Raises:
        InputError: that one is on held-out text, and `loss` does not say on which it is.
    """
    if "loss" not in headings:
        return []
    for held_out in filter(is_held_out, headings):
        raise InputError(
            f"loss and {held_out} in {name} could each be the loss, in training and on held-out "
            f"text: say which (--map {quote(f'loss={held_out}')}, or --map loss=loss)"
        )
    others = [h for h in headings if h != "loss" and "train" not in h.lower()]
    left = [h for h in others if "loss" in meanings([h], "")]
    return [f"column 'loss' is the loss; {listed(left)} left as it is"] if left else []


def _finished(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[str]]:
    """The rows that have a loss, and a sentence on those that crashed before they had one.

    Raises:
        InputError: no row has a loss.
    """
    if "loss" not in frame:
        return frame, []
    text = frame["loss"].astype(str).str.strip().str.lower()
    endless = np.isinf(plain(frame["loss"]))
    crashed = ~filled(frame["loss"]).to_numpy() | text.isin(CRASHED).to_numpy() | endless
    if not crashed.any():
        return frame, []
    if crashed.all():
        raise InputError(f"{where.partition(',')[0]}: no run has a loss")
    rows = [str(label) for label in frame.index[crashed]]
    without = "without a loss or with one that is not finite"
    return frame[~crashed], [f"{_many(rows)} left out, {without}: {_rows(where, rows)}"]


def _numbers(
    column: pd.Series, where: str, meaning: Meaning | None = None
) -> tuple[np.ndarray, str]:
    """A canonical column as float64, nan where there is no number; and how it was written.

    Raises:
        InputError: a loss is no number above zero: runs without one are left out by now.
    """
    read, own, how = numbers(column, str(column.name))
    values = in_units(read, own, meaning)
    bad = ~(np.isfinite(values) & (values > 0)) if column.name == "loss" else np.zeros(0, bool)
    for i in np.flatnonzero(bad)[:1]:
        called = meaning.heading if meaning else column.name
        if meaning and meaning.how == LOG and 0 < read[i] <= 1:
            raise InputError(f"{where} {column.index[i]}: {called} is {read[i]:g}, not above 1")
        cure = "; leave the cell empty if the run has none"
        raise InputError(f"{where} {column.index[i]}: {called} is {fault(column.iloc[i])}{cure}")
    return values, how


def in_units(values: np.ndarray, own: np.ndarray, meaning: Meaning | None) -> np.ndarray:
    """Numbers of a column as parameters, tokens, FLOPs or nats.

    Args:
        values: as they were read (rows,).
        own: which of them came with a unit, which then goes before that of the heading (rows,).
    """
    if meaning is None:
        return values
    if meaning.how == LOG:
        return np.log(np.where(values > 0, values, np.nan))
    if meaning.how.startswith(LOG10):
        with np.errstate(over="ignore"):
            values = 10.0**values
    return np.where(own, values, values * meaning.scale)


def fault(value: object) -> str:
    """What is wrong with a value that should have been a finite number above zero."""
    text = "" if value is None or value is pd.NA else str(value).strip()
    text = text if len(text) <= 60 else f"{text[:57]}..."
    try:
        number = float(text)
    except ValueError:
        return f"{text!r}, which is not a number ({_cure(text)})" if text else "empty"
    if not np.isfinite(number):
        return f"{text}, which is not a finite number"
    return f"{text}, which is not above zero" if number <= 0 else f"{text!r}, which is not a number"


def _cure(text: str) -> str:
    """How to write a number that has more in its cell."""
    if re.search(r"±|\+/?-|\\pm", text):
        return "write the number alone, and the standard errors of losses in a column loss_se"
    if counts_twice(text):
        return f"{text.rstrip('kKmMbBgGtTnN ')} and its letter both count: write one of them"
    if re.match(r"\S+\(\d+\)", text):
        return "write the number alone, without the error in brackets"
    if re.match(r"[~≈∼<>≤≥]|(about|approx\.?|ca\.|circa) ?\d", text):
        return f"write {text.lstrip('~≈∼<>≤≥abcoutprxi. ')}, without what stands before it"
    return "write 1.3e9"
