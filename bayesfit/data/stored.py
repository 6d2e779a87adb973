"""Tables on disk, every digit and every character as they were: what `bayesfit.artifacts` keeps."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.data.headings import Meaning
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError


def about(runs: Runs) -> dict[str, Any]:
    """What a table is apart from its cells, with the hash of these and the dtypes of numbers."""
    return dict(
        name=runs.name,
        source=runs.source,
        simulated=runs.simulated,
        left_out=list(runs.left_out),
        notes=list(runs.notes),
        warnings=list(runs.warnings),
        reduced=runs.reduced,
        headings=[list(heading) for heading in runs.headings],
        sha256=runs.sha256,
        numbers={
            name: str(runs.table[name].dtype)
            for name in runs.columns
            if runs.table[name].dtype.kind in "biuf"
        },
    )


def write_runs(path: Path, runs: Runs) -> None:
    """Numbers by their shortest spelling that reads back the same; every cell in quotes."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(runs.columns)
    columns = [[_spelled(x) for x in runs.table[name]] for name in runs.columns]
    rows.writerows(zip(*columns, strict=True))
    write_text(path, text.getvalue())


def _spelled(value: Any) -> str:
    return repr(float(value)) if isinstance(value, (float, np.floating)) else str(value)


def read_runs(path: Path, about: Mapping[str, Any]) -> Runs:
    """What `write_runs` wrote.

    Args:
        about: what `about` gave.

    Raises:
        InputError: the file cannot be read, or other values are in it.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
        # Not by pandas, which takes a carriage return in a cell for the end of a line.
        names, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        cells = zip(*rows, strict=True) if rows else [()] * len(names)
        columns = {
            name: _column(list(x), about["numbers"].get(name))
            for name, x in zip(names, cells, strict=True)
        }
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({one_line(error)}): fit again") from error
    runs = Runs(
        pd.DataFrame(columns),
        about["name"],
        about["source"],
        about["simulated"],
        tuple(about["left_out"]),
        tuple(about["notes"]),
        tuple(about["warnings"]),
        reduced=about["reduced"],
        headings=tuple(
            Meaning(column, heading, scale, how, tuple(left))
            for column, heading, scale, how, left in about.get("headings", ())
        ),
    )
    if runs.sha256 != about["sha256"]:
        raise InputError(f"{path} was changed since the fit was written: fit again")
    return runs


def _column(cells: list[str], kind: str | None) -> Any:
    """Cells as text, or as numbers of a dtype."""
    if kind is None:
        return np.array(cells, object)
    if kind.startswith("bool"):
        return np.array([cell == "True" for cell in cells])
    number = float if kind.lower().startswith("float") else int
    return pd.Series([number(cell) for cell in cells], dtype=kind)


def one_line(error: Exception) -> str:
    """What an error says, for the middle of a sentence."""
    return " ".join((getattr(error, "strerror", None) or str(error)).split())


def read_frame(path: Path) -> pd.DataFrame:
    """A table that pandas wrote, every digit as it was; empty if it has no columns."""
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}): fit again") from error
    return pd.DataFrame({str(name): _typed(cells[name].tolist()) for name in cells})


def _typed(cells: list[str]) -> np.ndarray:
    """Cells as booleans, whole numbers, numbers or words, whichever they all are."""
    if set(cells) <= {"True", "False"}:
        return np.array([cell == "True" for cell in cells])
    for kind in (int, float):
        try:
            return np.array([kind(cell or "nan") for cell in cells])
        except ValueError:
            continue
    return np.array(cells, object)


def write_text(path: Path, text: str) -> None:
    """A file, whole or not at all, with the line ends of the text."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(text.encode("utf-8", "surrogatepass"))
    unfinished.replace(path)
