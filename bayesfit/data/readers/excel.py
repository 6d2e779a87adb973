"""Sheets of Excel, if openpyxl is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from bayesfit.data.readers import Reader
from bayesfit.data.readers._text import framed
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """The first sheet of a file of Excel that holds anything."""
    import pandas as pd

    full = _sheets(path)
    if not full:
        raise pd.errors.EmptyDataError
    name, *others = full
    note = (
        f"sheet {name} of {path.name} is read; {', '.join(others)} left as it is "
        f"({path.name}#{others[0]} reads that one)"
        if others
        else ""
    )
    return _framed(full[name], path, [note] if note else [])


def sheet(path: Path, name: str) -> pd.DataFrame:
    """The sheet of that name.

    Raises:
        InputError: there is none.
    """
    full = _sheets(path)
    if name not in full:
        raise InputError(f"{path} has no sheet {name!r}; it has {', '.join(full)}")
    return _framed(full[name], path, [])


def _sheets(path: Path) -> dict[str, pd.DataFrame]:
    """The sheets that hold anything, by their names."""
    import pandas as pd

    try:
        sheets = pd.read_excel(path, engine="openpyxl", sheet_name=None, header=None, dtype=object)
    except ImportError as error:
        raise InputError(
            f"reading {path} needs openpyxl, which is not installed: save the sheet as CSV, or "
            "pip install openpyxl"
        ) from error
    except BadZipFile as error:
        raise InputError(f"cannot read {path}: it is no file of Excel") from error
    return {str(name): sheet for name, sheet in sheets.items() if not sheet.empty}


def _framed(sheet: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    rows = sheet.dropna(how="all")
    filled = rows.astype(object).where(rows.notna(), "")
    lines = [
        (int(i) + 1, cells) for i, cells in zip(rows.index, filled.to_numpy().tolist(), strict=True)
    ]
    return framed(lines, path, notes)


reader = Reader(endings=("xlsx",), read=read, part=sheet)
