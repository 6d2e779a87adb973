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

    try:
        sheets = pd.read_excel(path, engine="openpyxl", sheet_name=None, header=None, dtype=object)
    except ImportError as error:
        raise InputError(
            f"reading {path} needs openpyxl, which is not installed: save the sheet as CSV, or "
            "pip install openpyxl"
        ) from error
    except BadZipFile as error:
        raise InputError(f"cannot read {path}: it is no file of Excel") from error
    full = {name: sheet for name, sheet in sheets.items() if not sheet.empty}
    if not full:
        raise pd.errors.EmptyDataError
    name, *others = full
    note = f"sheet {name} of {path.name} is read; {', '.join(map(str, others))} left as it is"
    rows = full[name].dropna(how="all")
    filled = rows.astype(object).where(rows.notna(), "")
    lines = [
        (int(i) + 1, cells) for i, cells in zip(rows.index, filled.to_numpy().tolist(), strict=True)
    ]
    return framed(lines, path, [note] if others else [])


reader = Reader(endings=("xlsx",), read=read)
