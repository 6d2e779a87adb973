"""The table in a page of Markdown: | N | D | loss |, a line of dashes, and a row a line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.data.readers import Reader
from bayesfit.data.readers._text import Lines, decoded, framed, with_points
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_DASHES = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")


def read(path: Path) -> pd.DataFrame:
    """A page of Markdown with one table."""
    text, notes = decoded(path)
    found = tables(text)
    cut = _cut_off(text, found)
    if cut:
        raise InputError(
            f"cannot read {path}: line {cut} has bars and stands below the end of the table: take "
            "out the empty lines between its rows"
        )
    if len(found) != 1:
        raise InputError(
            f"{path} holds {len(found) or 'no'} tables: leave one, with a line of dashes "
            "(|---|---|) below its headings"
        )
    return with_points(framed(found[0], path, notes), path)


def tables(text: str) -> list[Lines]:
    """Each table of a page: the numbers of its lines and their cells, headings first."""
    lines = text.splitlines()
    found = []
    for i, line in enumerate(lines[1:], 1):
        if "|" in line and "|" in lines[i - 1] and _DASHES.fullmatch(line):
            rows = [i - 1, *_below(lines, i)]
            found.append([(row + 1, _cells(lines[row])) for row in rows])
    return found


def _cut_off(text: str, found: list[Lines]) -> int:
    """The first line that looks like a row and is in no table; 0 if there is none."""
    inside = {number for table in found for number, _ in table}
    inside |= {table[0][0] + 1 for table in found}  # the line of dashes
    lines = enumerate(text.splitlines(), 1)
    loose = (i for i, line in lines if line.lstrip().startswith("|") and i not in inside)
    return next(loose, 0) if found else 0


def _below(lines: list[str], dashes: int) -> list[int]:
    """The rows below a line of dashes: those that follow and have a bar."""
    rows = range(dashes + 1, len(lines))
    end = next((row for row in rows if "|" not in lines[row]), len(lines))
    return list(range(dashes + 1, end))


def _cells(line: str) -> list[str]:
    """What stands between the bars, without the marks of bold, of italics and of code."""
    line = re.sub(r"^\s*\||(?<!\\)\|\s*$", "", line)
    return [cell.replace("\\|", "|").strip().strip("*`").strip() for cell in _BAR.split(line)]


reader = Reader(endings=("md", "markdown"), read=read)
