"""The table of training runs: read, checked and brought to one set of units at the door.

Canonical columns are `N` (parameters), `D` (training tokens), `C` (training FLOPs) and `loss`
(nats per token), all positive numbers. Any other column is kept as it is, for laws that name it
(batch size, experts, a family). Every complaint is one sentence that names column, row and value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfit.data import constants, shown
from bayesfit.data.cells import of_file, with_names
from bayesfit.data.columns import checked, fault
from bayesfit.data.conditions import holds
from bayesfit.data.doubts import doubts
from bayesfit.data.exports import unfolded
from bayesfit.data.folders import of_folder
from bayesfit.data.frames import a_thing, as_frame, inputs_of
from bayesfit.data.headings import RUN, Meaning, column_of
from bayesfit.data.names import example
from bayesfit.data.project import columns_said
from bayesfit.data.readers import stem
from bayesfit.data.readers._logs import is_log, run_name
from bayesfit.data.steps import which_batch
from bayesfit.data.units import Units, find
from bayesfit.data.values import as_cells, as_labels, listed, spelled
from bayesfit.errors import InputError
from bayesfit.text import printable

MOST_NAMED = 20  # columns that a complaint lists
MEANINGS = dict(N=" (parameters)", D=" (tokens)", C=" (FLOPs)", loss=" (nats per token)")


class Rows(NamedTuple):
    """What the rows of a table were called where they came from.

    Attributes:
        where: the table and the word for a row, such as "runs.csv, line".
        labels: one a row.
    """

    where: str
    labels: pd.Index

    def warnings(self, table: pd.DataFrame) -> tuple[str, ...]:
        """What looks wrong in them."""
        return tuple(doubts(table, self.labels, self.where))


@dataclass(frozen=True, eq=False)
class Runs:
    """Training runs that have passed every check; nothing is changed in place.

    Attributes:
        table: columns N, D, C, loss as float64, then any others; rows 0 ... n-1.
        name: what the table is called on screen and on disk.
        source: the citation, or the path it was read from.
        simulated: made by a simulation; it is labelled so wherever it is shown.
        left_out: sentences, one for each reason why runs are missing from the table.
        notes: sentences about what was done to the table, for information.
        warnings: sentences about what looks wrong, for a person to look into.
        reduced: which rows of a table of curves are left, "final", "curve" or "envelope", once it
            has been reduced to them (`bayesfit.data.rows`); "" for the table as it was given.
        headings: what columns were called where they came from, and in which unit they were, for
            conditions that name them so.
        rows: what rows were called where they came from, so that what looks wrong can be looked at
            again among fewer of them; None where nobody is to be warned.
    """

    table: pd.DataFrame
    name: str
    source: str
    simulated: bool = False
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reduced: str = ""
    headings: tuple[Meaning, ...] = ()
    rows: Rows | None = None

    def __repr__(self) -> str:
        return f"<Runs {shown.summary(self)}>"

    def _repr_html_(self) -> str:
        return shown.as_html(self)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, column: str) -> np.ndarray:
        """One column as an array; InputError if there is none of that name."""
        self.require([column], numbers=False)
        return self.table[column].to_numpy()

    @property
    def columns(self) -> list[str]:
        """All column names, the canonical four first."""
        return list(self.table.columns)

    @cached_property
    def units(self) -> Units | None:
        """Which rows belong to which run, if the table is one of training curves."""
        return find(self.table)

    @property
    def is_of_curves(self) -> bool:
        """Whether it has several rows a run (training curves), not one for each finished run."""
        return self.units is not None

    def to_frame(self) -> pd.DataFrame:
        """The table as a DataFrame of your own, to change as you like."""
        return self.table.copy()

    @cached_property
    def sha256(self) -> str:
        """Hash of every value, whatever the order of the columns: which data a fit has seen."""
        digest = sha256()
        for name in sorted(self.columns):
            values = spelled(self.table[name])
            digest.update("\x1f".join([name, *values]).encode() + b"\x1e")
        return digest.hexdigest()

    def require(self, columns: Iterable[str], *, numbers: bool = True) -> None:
        """Check that the columns are there and, if `numbers`, that each value is a finite one.

        Raises:
            InputError: names the columns that are missing and those present, or the bad value.
        """
        columns = list(columns)
        missing = [name for name in columns if name not in self.table]
        if missing:
            needed = listed(f"{name}{MEANINGS.get(name, '')}" for name in missing)
            batch = which_batch(self.table) if missing[0] == "D" else ""
            if batch:
                raise InputError(f"{self.name} has no column {needed}; {batch}")
            raise InputError(
                f"{self.name} has no column {needed}; it has {_few(self.columns)}: "
                f"add the column, say which heading means it (--map {missing[0]}=HEADING), "
                f"{self._from_names(missing[0])}or choose a law that does not need it"
            )
        for name in columns if numbers else ():
            values = pd.to_numeric(self.table[name], errors="coerce").to_numpy(float)
            for i in np.flatnonzero(~np.isfinite(values))[:1]:
                problem = fault(self.table[name].iloc[i])
                raise InputError(f"{self.name}, run {i + 1} of {len(self)}: {name} is {problem}")

    def _from_names(self, missing: str) -> str:
        """How N could be read from the names of the runs, if these seem to hold it."""
        column = column_of(self.table, RUN)
        label = str(self.table[column].iloc[0]) if column and len(self) else self.name
        pattern = example(label) if missing == "N" else ""
        return f"read it from names such as {label!r} (--names '{pattern}'), " if pattern else ""

    def labels(self, column: str) -> list[str]:
        """The different labels in a column, sorted; numbers as short text.

        Raises:
            InputError: there is no such column, or a cell of it is empty.
        """
        found = as_labels(self[column])
        if "" in found:
            raise InputError(f"{self.name}, run {found.index('') + 1}: {column} is empty")
        return sorted(set(found))

    def subset(self, keep: np.ndarray, why: str = "") -> Runs:
        """The runs where `keep` is true; `why`, if given, joins the sentences in `left_out`."""
        keep = np.asarray(keep, dtype=bool)
        table = self.table[keep].reset_index(drop=True)
        known = self.rows is not None and len(self.rows.labels) == len(keep)
        rows = self.rows._replace(labels=self.rows.labels[keep]) if self.rows and known else None
        left_out = (*self.left_out, *([why] if why else []))
        return replace(self, table=table, left_out=left_out, rows=rows)

    def with_column(self, name: str, values: ArrayLike | float) -> Runs:
        """The same runs with a column more, or another one in its place.

        Args:
            name: of the column.
            values: one for each run, or one for all; numbers become float64, and all else text.

        Raises:
            InputError: the name is empty, or there are not as many values as runs.
        """
        if not str(name).strip():
            raise InputError("a column without a name cannot be kept in a file: give it a name")
        cells = as_cells(values, len(self), str(name))
        table = self.table.copy()
        table[str(name)] = cells
        return replace(self, table=table)

    def where(self, condition: str) -> Runs:
        """The runs where a condition holds (`split` says how one is written).

        Raises:
            InputError: the condition cannot be read, or holds for no run.
        """
        found = holds(condition, self.table, self.name, self.headings)
        if not found.any():
            raise InputError(f"no run of {self.name} has {condition}: nothing is left to fit")
        if found.all():
            return self
        why = f"{(~found).sum()} of {len(found)} rows left out, without {condition}"
        return self.subset(found, why)._warned_again(self)

    def _warned_again(self, before: Runs) -> Runs:
        """With the warnings that these rows still deserve: others asked for this very choice."""
        if self.rows is None or before.rows is None:
            return self
        old = before.rows.warnings(before.table)
        others = [warning for warning in self.warnings if warning not in old]
        return replace(self, warnings=(*self.rows.warnings(self.table), *others))

    def split(self, condition: str) -> tuple[Runs, Runs]:
        """The runs where a condition holds, and the others.

        Args:
            condition: comparisons of a column with numbers or words, such as ``"N < 5e9"``,
                ``"C <= 1e20 and family == 'Pythia'"`` or ``"not (family in [a, b] or N > 1e10)"``.

        Raises:
            InputError: the condition cannot be read, or puts all runs on one side.
        """
        found = holds(condition, self.table, self.name, self.headings)
        if found.all() or not found.any():
            which = "every run" if found.all() else "no run"
            raise InputError(f"{which} of {self.name} has {condition}: there is nothing to split")
        return self.subset(found), self.subset(~found)


def _few(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - MOST_NAMED
    return listed(names) if more <= 1 else f"{listed(names[:MOST_NAMED])} and {more} more"


def read(
    path: str | PathLike[str],
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    names: str | None = None,
) -> Runs:
    """Runs from a file with columns such as N, D and loss, or from a folder of such files.

    Args:
        path: of the file; its ending, before `.gz`, says how it is read (`bayesfit.data.readers`).
            A folder is one table: its files are joined, a run or a table of runs in each.
        name: what to call the table; if omitted, the name of the file without that ending.
        columns: name of ours -> heading of the file, such as ``{"loss": "eval/c4_loss"}``, for what
            is not recognised (`bayesfit.data.headings`), or a number that all runs share, such as
            ``{"seq_len": "2048"}`` (`bayesfit.data.constants`). A `bayesfit.toml` beside the table,
            or in the working folder, may say more (`bayesfit.data.project`).
        names: a pattern such as ``"run_{N}_{lr}"`` that reads columns from the names of the runs
            (`bayesfit.data.names`); a run is called by its file, unless a column says how.

    Raises:
        InputError: the file cannot be read, or a value in it cannot be used.

    Examples:
        >>> runs = bayesfit.read("my_runs.csv")
        >>> len(runs), float(runs["N"].max())
        (48, 3000000000.0)
    """
    path = Path(path)
    mapped, said, file = columns_said(path, columns)
    is_folder = os.path.isdir(path)  # Path.is_dir raises for a name that is too long
    cells = of_folder(path, mapped) if is_folder else of_file(path)
    cells = cells if names is None else with_names(cells, names, path)
    called = path.resolve().name if is_folder else path.name
    shared = constants.values(said, cells.frame.columns)
    absent = {c: h for c, h in said.items() if h not in cells.frame and c not in shared}
    mapped = {column: heading for column, heading in mapped.items() if column not in absent}
    found = checked(cells.frame, called, cells.row, mapped)
    rows = Rows(f"{called}, {cells.row}", found.labels)
    title = called if is_folder else run_name(path) if is_log(path) else stem(path)
    notes = (*_from_file(file, said, absent), *cells.notes, *found.notes)
    return Runs(
        found.table,
        name or printable(title),
        printable(str(path)),
        left_out=found.left_out,
        notes=notes,
        warnings=rows.warnings(found.table),
        headings=found.headings,
        rows=rows,
    )


def _from_file(file: Path | None, said: Mapping[str, str], absent: Mapping[str, str]) -> list[str]:
    """Notes on what a `bayesfit.toml` says of the table, and what it says of others."""
    used = [f"{column} is {heading!r}" for column, heading in said.items() if column not in absent]
    notes = [f"{file} says that {listed(used)}"] if used else []
    others = listed(map(repr, absent.values()))
    return notes + ([f"{file} also names {others}, which this table has not"] if absent else [])


def from_frame(
    frame: pd.DataFrame,
    name: str = "table",
    source: str = "a DataFrame",
    *,
    simulated: bool = False,
    left_out: tuple[str, ...] = (),
    columns: Mapping[str, str] | None = None,
) -> Runs:
    """Runs from a DataFrame, with the checks of `read`; complaints name the frame's row labels.

    Args:
        frame: columns such as N (parameters), D (tokens), C (FLOPs), loss (nats per token); a
            DataFrame of pandas or polars, a pyarrow table, or a dict of columns.
        name: what to call the table.
        source: where it comes from, in words or as a citation.
        simulated: whether runs were simulated: what is made of them is stamped.
        left_out: sentences on runs that were left out before.
        columns: name of ours -> heading of the frame, for what is not recognised.

    Raises:
        InputError: it is no table, or a value in it cannot be used.

    Examples:
        >>> frame = pd.DataFrame({"N": [1e8, 2e8], "D": [2e9, 8e9], "loss": [3.3, 3.0]})
        >>> runs = bayesfit.from_frame(frame)
        >>> runs["C"].tolist()  # 6 N D, where a table has no FLOPs
        [1.2e+18, 9.6e+18]
    """
    given = as_frame(frame)
    if given is None:
        raise InputError(f"{a_thing(frame)} is no DataFrame and no dict of columns")
    given, notes = unfolded(given, name)
    found = checked(given, name, "row", columns)
    left_out = (*left_out, *found.left_out)
    rows = Rows(f"{name}, row", found.labels)
    notes = (*notes, *found.notes)
    return Runs(
        found.table,
        name,
        source,
        simulated,
        left_out,
        notes,
        rows.warnings(found.table),
        headings=found.headings,
        rows=rows,
    )


def as_runs(x: object, name: str | None = None) -> Runs:
    """Runs from whatever holds a table of them.

    Args:
        x: Runs, a DataFrame (of pandas or polars), a pyarrow table, a dict of columns, a list of
            dicts with a row each, or the path of a file.
        name: what to call the table; if omitted, the name that it has, or "table".

    Raises:
        InputError: it is none of these, or its values cannot be used.
    """
    if isinstance(x, Runs):
        return replace(x, name=name) if name else x
    if isinstance(x, (str, PathLike)):
        return read(x, name)
    frame = as_frame(x)
    if frame is None:
        raise InputError(
            f"{a_thing(x)} is no table of runs: give a DataFrame or a dict of columns "
            "(bayesfit.from_frame), or the path of a file (bayesfit.read)"
        )
    return from_frame(frame, name or "table", f"a {type(x).__name__}")


def as_inputs(x: object) -> dict[str, np.ndarray]:
    """Columns to predict for: name -> float or text array, all of one length (rows,).

    Args:
        x: what `as_runs` takes, files aside; no loss is needed. In a dict a number or a word stands
            for every row, and ``{"N": 70e9, "D": 1.4e12}`` is one row.

    Raises:
        InputError: columns of different lengths, or N, D or C that are not above zero.
    """
    frame = x.table if isinstance(x, Runs) else as_frame(x)
    if frame is None:
        raise InputError(
            f"{a_thing(x)} is no set of runs to predict: give a dict such as "
            '{"N": 70e9, "D": 1.4e12}, a DataFrame or Runs'
        )
    return inputs_of(frame)
