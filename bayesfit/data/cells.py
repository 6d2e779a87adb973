"""Cells of a file, a row for each run or step, before `columns` checks them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bayesfit.data.exports import unfolded
from bayesfit.data.headings import RUN, column_of
from bayesfit.data.names import read_names
from bayesfit.data.readers import NOTES, read_file
from bayesfit.data.readers._logs import run_name
from bayesfit.data.values import as_labels, tidy
from bayesfit.errors import InputError


class Cells(NamedTuple):
    """A frame that nobody has checked yet.

    Attributes:
        frame: of text or typed cells, indexed by what its rows are called.
        row: the word that goes before such an index, "line", "row" or "file".
        notes: sentences on what was done to it.
    """

    frame: pd.DataFrame
    row: str
    notes: tuple[str, ...] = ()


def of_file(path: Path) -> Cells:
    """The cells of one file.

    Raises:
        InputError: it cannot be read, or is no table.
    """
    frame = read_file(path)
    notes = tuple(frame.attrs.get(NOTES, ()))
    frame, said = unfolded(frame, path.name)
    return Cells(frame, "line", (*notes, *said))


def with_names(cells: Cells, pattern: str, path: Path) -> Cells:
    """The cells, and a column for each field of a pattern (`bayesfit.data.names`).

    Args:
        cells: those in a column `run` are the names; without one, the name of the file is.
        pattern: such as ``run_{N}_{lr}``.
        path: of the file.

    Raises:
        InputError: a name is not of the form, or a field is a column already.
    """
    frame = cells.frame
    if frame.columns.has_duplicates:  # which `columns` complains of
        return cells
    column = column_of(frame, RUN)
    labels = as_labels(tidy(frame[column])) if column else [run_name(path)] * len(frame)
    found = read_names(labels, pattern)
    taken = [name for name in found if name in frame]
    if taken:
        raise InputError(
            f"{taken[0]} is a column of {path.name} already: leave it out of the names"
        )
    frame = frame.assign(**{name: pd.Series(x, frame.index, object) for name, x in found.items()})
    note = f"{', '.join(found)} read from the names of the runs by {pattern}"
    return cells._replace(frame=frame, notes=(*cells.notes, note))
