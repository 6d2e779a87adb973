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
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 2**12  # characters in which the separator is looked for
MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})([eE][+-]?\d+)?|[+-]?0,\d+")
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+")
DOTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
COMMAS = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?")


def read(path: Path) -> pd.DataFrame:
    """Text with a line of headings; blank lines and comments (#) are passed over."""
    import pandas as pd

    text = _decoded(path)
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(text)
    said = re.match(r"sep=(.)\r?\n", text)  # the first line of some of Excel's files
    separator = said[1] if said else separator
    try:
        lines = _lines(text, separator)[bool(said) :]
    except csv.Error as error:
        raise InputError(f"cannot read {path}: {error}; is a quote left open?") from error
    if not lines:
        raise pd.errors.EmptyDataError
    (_, headings), rows = lines[0], lines[1:]
    if all(_is_number(heading) for heading in headings):
        raise InputError(f"cannot read {path}: its first line holds numbers, not headings")
    for line, cells in rows:
        if any(cells[len(headings) :]):
            raise InputError(
                f"cannot read {path}: line {line} has {len(cells)} cells and the headings "
                f"{len(headings)}; quote a cell that holds the separator"
            )
    width = len(headings)
    table = [[*cells[:width], *[""] * (width - len(cells))] for _, cells in rows]
    frame = pd.DataFrame(table, index=[line for line, _ in rows], columns=headings, dtype=object)
    frame = frame.loc[:, [heading != "" for heading in headings]]
    return _with_points(frame, path)


def _decoded(path: Path) -> str:
    """The text, in UTF-8, or in UTF-16 where the file begins with a mark of it."""
    content = path.read_bytes()
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: it is not text in UTF-8; save it as such") from error
    if "\0" in text:
        raise InputError(f"cannot read {path}: it is not text in UTF-8; save it as such")
    return text


def _separator(text: str) -> str:
    """Comma, semicolon, tab or bar: what the first line that is no comment has most of."""
    sample = [x for x in StringIO(text[:SAMPLE], newline=None) if x.strip() and x[0] != "#"]
    try:
        found = csv.Sniffer().sniff("".join(sample[:20]), delimiters=",;\t|").delimiter
    except csv.Error:
        found = ","
    head = re.sub(r'"[^"]*"', "", sample[0]) if sample else ""
    return found if found in head else max(",;\t|", key=head.count)


def _lines(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Number and cells of each line that has any; the last comment is the headings of numbers."""
    found, comment = [], None
    reader = csv.reader(
        StringIO(text, newline=None), delimiter=separator, skipinitialspace=True, strict=True
    )
    line = 1
    for cells in reader:
        start, line = line, reader.line_num + 1
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        # A run may be called #2; a comment is no row of the table.
        if cells[0].startswith("#") and not (found and len(cells) == len(found[0][1])):
            comment = comment if found else (start, [cells[0].lstrip("# "), *cells[1:]])
            continue
        found.append((start, cells))
    if found and comment and _is_number(found[0][1][0]) and len(comment[1]) == len(found[0][1]):
        found.insert(0, comment)  # as numpy.savetxt writes them
    return found


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _with_points(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Decimal commas as points, if the file has any.

    Raises:
        InputError: a comma could be a decimal point or one of thousands.
    """
    columns = [i for i in range(frame.shape[1]) if _has_commas(frame.iloc[:, i])]
    cells = {str(cell) for i in columns for cell in frame.iloc[:, i]}
    either = sorted(cell for cell in cells if EITHER.fullmatch(cell))
    decimal = sorted(cell for cell in cells if DECIMAL.fullmatch(cell))
    thousands = sorted(cell for cell in cells if THOUSANDS.fullmatch(cell))
    if decimal and thousands:
        raise InputError(
            f"{path}: commas are decimal points in {decimal[0]} and separate thousands in "
            f"{thousands[0]}; write one of them otherwise"
        )
    if decimal:
        for i in range(frame.shape[1]):
            column = frame.iloc[:, i]
            if i in columns or _has_dots_of_thousands(column):
                points = column.str.replace(".", "", regex=False)
                frame.iloc[:, i] = points.str.replace(",", ".", regex=False)
    elif either:
        example = either[0]
        raise InputError(
            f"{path}: {example} could be {example.replace(',', '.')} or "
            f"{example.replace(',', '')}; write it without a comma"
        )
    return frame


def _has_dots_of_thousands(column: pd.Series) -> bool:
    """Whether all cells are numbers, those with dots of the kind 1.600 or 50.000.000."""
    filled = [str(x) for x in column if x != ""]
    whole = all(DOTS.fullmatch(x) if "." in x else _is_number(x) for x in filled)
    return whole and any("." in x for x in filled)


def _has_commas(column: pd.Series) -> bool:
    """Whether all cells are numbers, and some have commas in them."""
    filled = column[column != ""]
    with_commas = filled.str.contains(",", regex=False).any()
    return bool(with_commas) and all(COMMAS.fullmatch(str(x)) for x in filled)


reader = Reader(endings=("csv", "tsv"), read=read, doc="text with commas, semicolons, tabs or bars")
