"""What readers of text share: its encoding, its headings, and which commas are decimal points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesfit.data.readers import NOTES
from bayesfit.errors import InputError
from bayesfit.text import as_heading

if TYPE_CHECKING:
    import pandas as pd

Lines = list[tuple[int, list[str]]]  # number of a line, and its cells

MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
WINDOWS = "cp1252"  # what older programs write in Western Europe
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b]")  # of no text
NUMERIC = re.compile(r"[+-]?[.,]?\d")  # how a cell with a number begins
DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})([eE][+-]?\d+)?|[+-]?0,\d+")
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+")
DOTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
COMMAS = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?")


def decoded(path: Path) -> tuple[str, list[str]]:
    """The text of a file, and a sentence if its encoding had to be guessed.

    UTF-16 where the file begins with a mark of it, else UTF-8, else what Windows wrote before.

    Raises:
        InputError: it is no text.
    """
    content = path.read_bytes()
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    for name in (encoding, WINDOWS):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if CONTROL.search(text):
            break
        return text, [f"{path.name} is not in UTF-8: read as {name}"] * (name == WINDOWS)
    raise InputError(f"cannot read {path}: it is not text in UTF-8; save it as such")


def framed(lines: Sequence[tuple[int, list[Any]]], path: Path, notes: Sequence[str] = ()) -> Any:
    """Lines of cells as a frame, the first of them as its headings; short lines are filled up.

    Raises:
        InputError: the first line holds no headings, or another has more cells than it.
    """
    import pandas as pd

    if not lines:
        raise pd.errors.EmptyDataError
    (_, headings), rows = lines[0], lines[1:]
    headings = [as_heading(str(heading)) for heading in headings]
    _check_headings(headings, rows, path)
    width = len(headings)
    for line, cells in rows:
        if any(cell != "" for cell in cells[width:]):
            raise InputError(
                f"cannot read {path}: line {line} has {len(cells)} cells and the headings "
                f"{width}; quote a cell that holds the separator"
            )
    table = [[*cells[:width], *[""] * (width - len(cells))] for _, cells in rows]
    frame = pd.DataFrame(table, index=[line for line, _ in rows], columns=headings, dtype=object)
    frame = frame.loc[:, [heading != "" for heading in headings]]
    frame.attrs[NOTES] = list(notes)
    return frame


def _check_headings(headings: list[str], rows: Sequence[tuple[int, list[Any]]], path: Path) -> None:
    """InputError if the first line is one of numbers, or a title above the headings."""
    if all(map(is_number, headings)):
        raise InputError(f"cannot read {path}: its first line holds numbers, not headings")
    shown, second, third = ([str(x) for x in row if x != ""] for row in _first(headings, rows))
    below = len(second) > len(shown) and not any(map(NUMERIC.match, second))
    if below and any(map(NUMERIC.match, third)):
        raise InputError(
            f"cannot read {path}: its first line is a title, {', '.join(shown)!r:.60}, and no "
            "headings: delete it, or begin it with #"
        )


def _first(headings: list[str], rows: Sequence[tuple[int, list[Any]]]) -> list[list[Any]]:
    """The first three lines; empty ones where there are fewer."""
    return [headings, *(cells for _, cells in rows[:2]), [], []][:3]


def is_number(cell: str) -> bool:
    """Whether a cell is a number as a program writes it."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def with_points(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
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
        _refuse_counts(frame, columns, path)
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


def _refuse_counts(frame: pd.DataFrame, columns: Sequence[int], path: Path) -> None:
    """InputError if a comma, a decimal point elsewhere, looks like none in a column of counts.

    Nobody counts in thousandths, but some write 125,000 steps beside a loss of 3,14.
    """
    for i in columns:
        cells = [str(cell) for cell in frame.iloc[:, i] if "," in str(cell)]
        heading = str(frame.columns[i])
        if all(map(EITHER.fullmatch, cells)) and _counts(heading):
            raise InputError(
                f"{path}: commas are decimal points in this file, and {cells[0]} in {heading} "
                f"could be {cells[0].replace(',', '.')} or {cells[0].replace(',', '')}; write it "
                "without a comma"
            )


def _counts(heading: str) -> bool:
    """Whether a heading means N, D, C or steps."""
    from bayesfit.data.headings import STEP, column_of, meanings  # imports pandas

    found = {heading} | set(meanings([heading], ""))
    return bool(found & {"N", "D", "C"}) or bool(column_of([heading], STEP))


def _has_dots_of_thousands(column: pd.Series) -> bool:
    """Whether all cells are numbers, those with dots of the kind 1.600 or 50.000.000."""
    filled = [str(x) for x in column if x != ""]
    whole = all(DOTS.fullmatch(x) if "." in x else is_number(x) for x in filled)
    return whole and any("." in x for x in filled)


def _has_commas(column: pd.Series) -> bool:
    """Whether all cells are numbers, and some have commas in them."""
    filled = column[column != ""]
    with_commas = filled.str.contains(",", regex=False).any()
    return bool(with_commas) and all(COMMAS.fullmatch(str(x)) for x in filled)
