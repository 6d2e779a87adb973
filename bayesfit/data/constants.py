"""What all runs of a table share, said beside it: `--map seq_len=2048`.

A number in the place of a heading is one value for all rows, of a column that the table lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from bayesfit.data.headings import BATCH, CANONICAL
from bayesfit.data.quantities import numbers
from bayesfit.errors import InputError


def values(mapped: Mapping[str, str], headings: Iterable[str]) -> dict[str, float]:
    """Name of ours -> number, of those that are mapped to a number and to no heading.

    Args:
        mapped: name of ours -> heading or number.
        headings: of the table.
    """
    there = set(map(str, headings))
    found = {
        column: float(numbers(pd.Series([text], dtype=object), _kind(column))[0][0])
        for column, text in mapped.items()
        if text not in there
    }
    return {column: x for column, x in found.items() if np.isfinite(x)}


def _kind(column: str) -> str:
    return column if column in CANONICAL else BATCH


def joined(
    frame: pd.DataFrame, mapped: Mapping[str, str] | None, name: str
) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """The frame with its constants as columns, what else is mapped, and sentences on them.

    Args:
        name: what to call the table in a complaint.

    Raises:
        InputError: the table has such a column already, or all losses would be one number.
    """
    mapped = dict(mapped or {})
    found = values(mapped, frame.columns)
    for column in found:
        if column in frame or column == "loss":
            raise InputError(
                f"{name} cannot have {column} {mapped[column]} in all runs: name its heading "
                f"(--map {column}=HEADING)"
            )
    notes = [f"{column} is {mapped[column]} in all runs, as was said" for column in found]
    rest = {column: heading for column, heading in mapped.items() if column not in found}
    return frame.assign(**found) if found else frame, rest, notes
