"""What Weights & Biases exports, as one row for each run or step.

A panel has a column for each run, and two more with its least and its greatest value; a table made
by the snippet of its documentation has all settings of a run in one cell, as Python writes a dict.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from bayesfit.data.headings import STEP, column_of, meanings
from bayesfit.errors import InputError

_ENDS = ("__MIN", "__MAX")  # what a panel adds to the name of a run's column
_TIMES = ("relative time (process)", "relative time (wall)", "wall time", "_runtime", "_timestamp")
_BETWEEN = " - "  # a run and what was measured of it
_NAN = re.compile(r"(?<=[\s\[:,])-?(?:nan|inf)(?=[\s,}\]])")  # which Python cannot read back


def unfolded(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """A table of cells with one row for each run or step, and sentences on what was done to it.

    Args:
        frame: of any origin; one that is no export of these kinds stays the same object.
        name: what to call it in a complaint.

    Raises:
        InputError: a panel has no run, or a cell of settings cannot be read.
    """
    headings = [str(heading) for heading in frame.columns]
    if len(set(headings)) < len(headings):  # which `columns` complains of
        return frame, []
    ends = any(map(_is_end(headings), headings)) or _is_panel(headings)
    if ends and "run" not in headings:
        return _long(frame.set_axis(headings, axis="columns"), name)
    packed = [h for h in ("config", "summary") if h in headings and _is_packed(frame[h])]
    return (_unpacked(frame, packed, name), []) if packed else (frame, [])


def _is_end(headings: list[str]) -> Callable[[str], bool]:
    """Whether a heading is that of least or greatest values of another."""
    there = set(headings)
    return lambda heading: heading.endswith(_ENDS) and heading[:-5] in there


def _is_panel(headings: list[str]) -> bool:
    """Whether they are those of a panel without least and greatest values.

    A column of steps or of time, and no other than the same measure, a loss, of several runs.
    """
    parts = [heading.rpartition(_BETWEEN) for heading in headings]
    measures = [measure.strip() for _, between, measure in parts if between]
    shared = [
        heading for heading, (_, between, _) in zip(headings, parts, strict=True) if not between
    ]
    same = len(measures) > 1 and len(set(measures)) == 1
    steps = all(column_of([h], STEP) or h.strip().lower() in _TIMES for h in shared)
    return bool(shared) and same and steps and _is_loss(measures[0])


def _is_loss(heading: str) -> bool:
    return heading.lower() == "loss" or "loss" in meanings([heading], "")


def _long(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """A panel with a row for each run and step: what all runs share, run, and what was measured.

    Raises:
        InputError: no column is of the form "run - measure".
    """
    headings = [str(heading) for heading in frame.columns]
    ends = set(filter(_is_end(headings), headings))
    parts: dict[str, dict[str, str]] = {}  # run -> heading -> measure
    measured = [h for h in headings if f"{h}{_ENDS[0]}" in ends or f"{h}{_ENDS[1]}" in ends]
    for heading in measured or headings:
        run, between, measure = heading.rpartition(_BETWEEN)
        if between:
            parts.setdefault(run.strip(), {})[heading] = measure.strip()
    if not parts:
        raise InputError(
            f"{name} looks like a panel of Weights & Biases, and has no column such as "
            "'run_70M - eval/loss' beside those that end in __MIN and __MAX: export it again"
        )
    known = ends.union(*parts.values())
    shared = [heading for heading in headings if heading not in known]
    # A panel over steps has them once more for each run, which adds nothing.
    drop = {"_step"} if any("step" in heading.lower() for heading in shared) else set()
    runs = [_of_one(frame, run, shared, measures, drop) for run, measures in parts.items()]
    note = (
        f"a panel of Weights & Biases with {len(runs)} runs is read as a row for each step of each"
    )
    return pd.concat(runs), [note]


def _of_one(
    frame: pd.DataFrame, run: str, shared: list[str], measures: dict[str, str], drop: set[str]
) -> pd.DataFrame:
    """The steps of a panel at which something was measured of a run."""
    taken = {heading: measure for heading, measure in measures.items() if measure not in drop}
    filled = frame[list(taken)].map(_is_filled).any(axis="columns")
    part = frame[[*shared, *taken]].rename(columns=taken)
    return part.assign(run=run)[filled]


def _is_filled(cell: Any) -> bool:
    return not (cell is None or cell != cell or str(cell).strip().lower() in ("", "nan"))


def _is_packed(column: pd.Series) -> bool:
    """Whether all cells that are filled hold a dict, as such or as text."""
    filled = [x for x in column if _is_filled(x)]
    return bool(filled) and all(isinstance(x, dict) or str(x).strip()[:1] == "{" for x in filled)


def _unpacked(frame: pd.DataFrame, packed: list[str], name: str) -> pd.DataFrame:
    """Each column of dicts as columns that are named by their path, as in config.n_params."""
    parts = [frame.drop(columns=packed)]
    for heading in packed:
        cells = [_settings(x, f"{name}, {heading} of row {i}") for i, x in frame[heading].items()]
        part = pd.json_normalize(cells).set_axis(frame.index, axis="index")
        parts.append(part.add_prefix(f"{heading}."))
    return pd.concat(parts, axis="columns")


def _settings(cell: Any, where: str) -> dict:
    """A dict, or the text of one in JSON or in Python; an empty cell has no settings."""
    if isinstance(cell, dict) or not _is_filled(cell):
        return cell if isinstance(cell, dict) else {}
    for read in (json.loads, lambda text: ast.literal_eval(_NAN.sub("None", text))):
        try:
            found = read(str(cell).strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict):
            return found
    raise InputError(f"{where} is no dict that can be read: give each setting a column")
