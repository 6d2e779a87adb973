"""Conditions on a table, such as ``N < 5e9 and family == 'Pythia'``, read without evaluating them.

The grammar is small on purpose: comparisons of a column with a number or a quoted word, joined by
`and`. A condition comes from a command line or from a saved file, and nothing of it is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesfit.errors import InputError

_COMPARISON = re.compile(
    r"""\s*(?P<column>[^\s<>=!'"][^<>=!'"]*?)\s*(?P<sign><=|>=|==|!=|<|>)
        \s*(?P<value>'[^']*'|"[^"]*"|[^\s<>=!'"]+)(?:\s+and\s+|\s*$)""",
    re.VERBOSE,
)
_SIGNS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def holds(condition: str, table: pd.DataFrame, name: str) -> np.ndarray:
    """Where a condition holds, a boolean for each row (rows,).

    Args:
        condition: comparisons joined by `and`.
        table: the columns that the condition may name.
        name: what to call the table in a complaint.

    Raises:
        InputError: the condition cannot be read, names a column that is not there, or compares a
            number with a word.
    """
    found = np.ones(len(table), dtype=bool)
    for column, sign, value in _comparisons(condition):
        if column not in table:
            raise InputError(
                f"{condition!r} names the column {column!r}, which {name} has not; "
                f"it has {', '.join(map(str, table.columns))}"
            )
        found &= _compare(table[column], sign, value, condition)
    return found


def _comparisons(condition: str) -> Iterator[tuple[str, str, str]]:
    """(column, sign, value) of each comparison."""
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
