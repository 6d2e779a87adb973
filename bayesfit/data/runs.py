"""The table of training runs: read, checked and brought to one set of units at the door.

Canonical columns are `N` (parameters), `D` (training tokens), `C` (training FLOPs) and `loss`
(nats per token), all positive numbers. Any other column is kept as it is, for laws that name it
(batch size, experts, a family). Every complaint is one sentence that names column, row and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfit.data.columns import checked, from_file, listed, said
from bayesfit.errors import InputError


@dataclass(frozen=True, eq=False)
class Runs:
    """Training runs that have passed every check; nothing is changed in place.

    Attributes:
        table: columns N, D, C, loss as float64, then any others; rows 0 ... n-1.
        name: what the table is called on screen and on disk.
        source: the citation, or the path it was read from.
        simulated: made by a simulation; said wherever the table is shown.
        left_out: sentences, one for each reason why runs are missing from the table.
        notes: sentences about what was done to the table, for information.
        warnings: sentences about what looks wrong, for a person to look into.
    """

    table: pd.DataFrame
    name: str
    source: str
    simulated: bool = False
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

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
    def sha256(self) -> str:
        """Hash of every value, whatever the order of the columns: which data a fit has seen."""
        digest = sha256()
        for name in sorted(self.columns):
            values = [v.hex() if isinstance(v, float) else str(v) for v in self.table[name]]
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
            raise InputError(
                f"{self.name} has no column {listed(missing)}; it has {listed(self.columns)}: "
                "add the column to the table, or choose a law that does not need it"
            )
        for name in columns if numbers else ():
            values = pd.to_numeric(self.table[name], errors="coerce").to_numpy(float)
            for i in np.flatnonzero(~np.isfinite(values))[:1]:
                problem = said(self.table[name].iloc[i])
                raise InputError(f"{self.name}, run {i + 1} of {len(self)}: {name} is {problem}")

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
        table = self.table[np.asarray(keep, dtype=bool)].reset_index(drop=True)
        return replace(self, table=table, left_out=(*self.left_out, *([why] if why else [])))

    def with_column(self, name: str, values: ArrayLike | float) -> Runs:
        """The same runs with a column more, or another one in its place."""
        return replace(self, table=self.table.assign(**{name: np.asarray(values)}))

    def split(self, condition: str) -> tuple[Runs, Runs]:
        """The runs where a condition holds, and the others.

        Args:
            condition: comparisons of a column with a number or a quoted word, such as
                ``"N < 5e9"`` or ``"C <= 1e20 and family == 'Pythia'"``.

        Raises:
            InputError: the condition cannot be read, or puts all runs on one side.
        """
        holds = np.ones(len(self), dtype=bool)
        for column, sign, value in _comparisons(condition):
            if column not in self.table:
                raise InputError(
                    f"{condition!r} names the column {column!r}, which {self.name} has not; "
                    f"it has {listed(self.columns)}"
                )
            holds &= _compare(self.table[column], sign, value, condition)
        if holds.all() or not holds.any():
            which = "every run" if holds.all() else "no run"
            raise InputError(f"{which} of {self.name} has {condition}: there is nothing to split")
        return self.subset(holds), self.subset(~holds)


def as_labels(values: Iterable) -> list[str]:
    """Labels of a column as text, whether it holds words or numbers."""
    return [f"{x:g}" if isinstance(x, (int, float, np.number)) else str(x) for x in values]


def read(path: str | PathLike[str], name: str | None = None) -> Runs:
    """Runs from a CSV, TSV or Parquet file with columns N, D and loss; C is optional.

    Raises:
        InputError: the file cannot be read, or a value in it cannot be used.
    """
    path = Path(path)
    table, notes, warnings = checked(from_file(path), path.name, "line")
    name = name or path.name.partition(".")[0]
    return Runs(table, name, str(path), notes=tuple(notes), warnings=tuple(warnings))


def from_frame(
    frame: pd.DataFrame,
    name: str = "table",
    source: str = "a DataFrame",
    *,
    simulated: bool = False,
    left_out: tuple[str, ...] = (),
) -> Runs:
    """Runs from a DataFrame, with the checks of `read`; complaints name the frame's row labels."""
    table, notes, warnings = checked(frame, name, "row")
    return Runs(table, name, source, simulated, left_out, tuple(notes), tuple(warnings))


_COMPARISON = re.compile(
    r"""\s*(?P<column>[^\s<>=!'"][^<>=!'"]*?)\s*(?P<sign><=|>=|==|!=|<|>)
        \s*(?P<value>'[^']*'|"[^"]*"|[^\s<>=!'"]+)(?:\s+and\s+|\s*$)""",
    re.VERBOSE,
)


def _comparisons(condition: str) -> Iterable[tuple[str, str, str]]:
    """(column, sign, value) of each comparison; a small grammar, so nothing is evaluated."""
    position = 0
    while position < len(condition) or not position:
        match = _COMPARISON.match(condition, position)
        if not match:
            raise InputError(
                f"cannot read the condition {condition!r}: write comparisons joined by 'and', "
                "such as N < 5e9 and family == 'Pythia'"
            )
        yield match["column"], match["sign"], match["value"]
        position = match.end()


_SIGNS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def _compare(column: pd.Series, sign: str, value: str, condition: str) -> np.ndarray:
    """Where one comparison holds: numbers with a number, text with a word by == or !=."""
    word = value.strip("'\"")
    if not pd.api.types.is_numeric_dtype(column):
        if sign not in ("==", "!="):
            raise InputError(f"{column.name!r} in {condition!r} is text: compare it by == or !=")
        return _SIGNS[sign](column.to_numpy(object), word).astype(bool)
    try:
        return _SIGNS[sign](column.to_numpy(float), float(word))
    except ValueError as error:
        raise InputError(f"{column.name!r} in {condition!r} is a number: {value} is not") from error
