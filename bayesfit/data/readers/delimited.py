"""Delimited text of any dialect: every cell stays text, indexed by the line it stands in.

Only `bayesfit.data.columns` decides what is a number, so that a complaint can show the cell as the
file has it; but whether a comma is a decimal point is a matter of the whole file, and decided here.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.data.readers import Reader
from bayesfit.data.readers._text import NUMERIC, Lines, decoded, framed, with_points
from bayesfit.data.readers.markdown import tables
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 2**12  # characters in which the separator is looked for
SEPARATORS = ",;\t|"


def read(path: Path) -> pd.DataFrame:
    """Text with a line of headings; blank lines and comments (#) are passed over."""
    text, notes = decoded(path)
    if text.lstrip().startswith("|") and len(found := tables(text)) == 1:
        return with_points(framed(found[0], path, notes), path)
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(text)
    said = re.match(r"sep=(.)\r?\n", text)  # the first line of some of Excel's files
    separator = said[1] if said else separator
    try:
        lines, commented = _lines(text, separator)
    except csv.Error as error:
        raise InputError(f"cannot read {path}: {error}; is a quote left open?") from error
    return with_points(framed(lines[bool(said) :], path, [*notes, *commented]), path)


def _separator(text: str) -> str:
    """Comma, semicolon, tab or bar: what the headings have most of, which may stand below a title.

    Where lines have none of them and as many words as one another, it is the space.
    """
    sample = [x for x in StringIO(text[:SAMPLE], newline=None) if x.strip() and x[0] != "#"]
    try:
        found = csv.Sniffer().sniff("".join(sample[:20]), delimiters=SEPARATORS).delimiter
    except csv.Error:
        found = ","
    lines = [re.sub(r'"[^"]*"', "x", line) for line in sample[:3]]
    head = next((line for line in lines[:2] if any(mark in line for mark in SEPARATORS)), "")
    words = {len(line.split()) for line in lines}
    if not head and len(lines) > 1 and len(words) == 1 and max(words) > 1:
        return " "
    return found if found in head else max(SEPARATORS, key=head.count)


def _lines(text: str, separator: str) -> tuple[Lines, list[str]]:
    """Number and cells of each line that has any, and a sentence on rows that are commented out.

    Headings may begin with #.
    """
    found, comment, marked = [], None, []
    reader = csv.reader(
        StringIO(text, newline=None), delimiter=separator, skipinitialspace=True, strict=True
    )
    line = 1
    for cells in reader:
        start, line = line, reader.line_num + 1
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        width = len(found[0][1]) if found else -1
        if cells[0].startswith("#") and len(cells) in (width, width + (cells[0] == "#")):
            marked.append((start, cells))
        elif cells[0].startswith("#"):
            head = [cells[0].lstrip("# "), *cells[1:]]
            comment = comment if found else (start, head[separator == " " and not head[0] :])
        else:
            found.append((start, cells))
    if found and comment and _are_headings(comment[1], found[0][1]):
        found.insert(0, comment)
    if _are_names([cells[0] for _, cells in found[1:]], [cells[0] for _, cells in marked]):
        return sorted([*found, *marked], key=lambda line: line[0]), []
    rows = (line for line, cells in marked if any(NUMERIC.match(x.lstrip("# ")) for x in cells))
    return found, _commented_out(list(rows))


def _are_names(others: list[str], marked: list[str]) -> bool:
    """Whether first cells that begin with # are names of runs, such as #2, beside other names."""
    numbered = all(re.fullmatch(r"#\d+\w*", cell) for cell in marked)
    return numbered and not any(map(NUMERIC.match, others))


def _commented_out(lines: list[int]) -> list[str]:
    if not lines:
        return []
    rows = "1 row is" if len(lines) == 1 else f"{len(lines)} rows are"
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    where = ", ".join(map(str, lines[:5]))
    return [f"{rows} commented out by # and left out: line{'s' * (len(lines) > 1)} {where}{more}"]


def _are_headings(comment: list[str], below: list[str]) -> bool:
    """Whether the last comment above the first row is its headings: as many cells, no numbers.

    So numpy.savetxt writes them, and so does who means "number of" by #.
    """
    of_numbers = any(map(NUMERIC.match, below)) and not any(map(NUMERIC.match, comment))
    return len(comment) == len(below) and of_numbers and all(comment[1:])


reader = Reader(
    endings=("csv", "tsv", "txt"), read=read, doc="text with commas, semicolons, tabs or bars"
)
