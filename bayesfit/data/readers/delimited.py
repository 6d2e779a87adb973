"""Comma- and tab-separated text: every cell stays text, indexed by the line it stands in.

Only `bayesfit.data.columns` decides what is a number, so that a complaint can show the cell as the
file has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.data.readers import Reader

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """Text in UTF-8 with a line of headings; blank lines are passed over."""
    import pandas as pd

    cells = pd.read_csv(
        path,
        sep="\t" if path.suffix.lower() == ".tsv" else ",",
        header=None,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
        compression=None,
    ).fillna("")
    cells.index += 1
    cells = cells[(cells != "").any(axis=1)]
    if cells.empty:
        raise pd.errors.EmptyDataError
    frame = cells.iloc[1:].copy()
    frame.columns = [str(heading).strip() for heading in cells.iloc[0]]
    return frame.drop(columns=[heading for heading in frame if heading == ""])


reader = Reader(endings=("csv", "tsv"), read=read, doc="comma- or tab-separated text")
