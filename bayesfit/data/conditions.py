"""Conditions on a table, such as ``N < 5e9 and family == 'Pythia'``, read without evaluating them.

The grammar is small on purpose, for a condition comes from a command line or from a saved file, and
nothing of it is ever run:

    condition:  every or every ...         every:  part and part ...
    part:       not part | (condition) | column sign value | column in [value, value ...]

A value is a number or a word; a word with spaces in it is quoted, and so is, by backticks, a column
whose name holds a sign or a bracket. A column may be called as the file called it, and is then in
the unit of its heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from bayesfit.data.columns import in_units
from bayesfit.data.headings import Meaning
from bayesfit.data.quantities import numbers
from bayesfit.errors import InputError

_SIGNS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>'[^']*'|"[^"]*"|`[^`]*`)|(?P<sign><=|>=|==|!=|<|>)|(?P<mark>[()\[\],])
        |(?P<word>[^\s<>=!'"`()\[\],]+))\s*""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]"}


def holds(
    condition: str, table: pd.DataFrame, name: str, headings: Iterable[Meaning] = ()
) -> np.ndarray:
    """Where a condition holds, a boolean for each row (rows,).

    Args:
        condition: as the grammar above says.
        table: the columns that the condition may name.
        name: what to call the table in a complaint.
        headings: what columns of it were called before, and in which unit they were.

    Raises:
        InputError: the condition cannot be read, names a column that is not there, or compares a
            number with a word.
    """
    if not isinstance(condition, str):
        raise InputError(f"a condition is text such as 'N < 5e9', not {condition!r:.60}")
    reading = _Reading(condition, table, name, headings)
    try:
        found = reading.either()
    except RecursionError as error:
        raise reading.unreadable() from error
    if reading.rest:
        raise reading.unreadable()
    return found


class _Reading:
    """What is left to read of a condition; each method reads a part of it and says where it holds.

    Attributes:
        rest: tokens, the next one last.
    """

    def __init__(
        self, condition: str, table: pd.DataFrame, name: str, headings: Iterable[Meaning]
    ) -> None:
        self.table, self.name = table, name
        self.meant = {x.heading: x for x in headings if x.column in table}
        self.shown = repr(condition if len(condition) <= 80 else f"{condition[:77]}...")
        tokens, position = [], 0
        while position < len(condition):
            match = _TOKEN.match(condition, position)
            if not match:
                raise self.unreadable()
            tokens.append(match.group().strip())
            position = match.end()
        self.rest = tokens[::-1]

    def unreadable(self) -> InputError:
        return InputError(
            f"cannot read the condition {self.shown}: write comparisons joined by 'and' or "
            "'or', such as N < 5e9 and family == 'Pythia'"
        )

    def comes(self, *tokens: str) -> bool:
        """Whether the next token is one of these; if so, it is taken."""
        there = bool(self.rest) and self.rest[-1] in tokens
        if there:
            self.rest.pop()
        return there

    def take(self) -> str:
        if not self.rest:
            raise self.unreadable()
        return self.rest.pop()

    def either(self) -> np.ndarray:
        found = self.every()
        while self.comes("or"):
            found = found | self.every()
        return found

    def every(self) -> np.ndarray:
        found = self.part()
        while self.comes("and"):
            found = found & self.part()
        return found

    def part(self) -> np.ndarray:
        if self.comes("not"):
            return ~self.part()
        if self.comes("("):
            found = self.either()
            if not self.comes(")"):
                raise self.unreadable()
            return found
        column = self.column()
        if self.comes("in"):
            return self.among(column)
        if self.comes("not"):
            if not self.comes("in"):
                raise self.unreadable()
            return ~self.among(column)
        sign = self.take()
        if sign not in _SIGNS:
            raise self.unreadable()
        return self.compared(column, sign, self.value())

    def column(self) -> Meaning:
        """The column named by the words up to a sign, as itself or by its heading."""
        words = []
        while self.rest and self.rest[-1] not in (*_SIGNS, *"()[],", "in", "not"):
            words.append(self.rest.pop())
        name = " ".join(words)
        name = name[1:-1] if name[:1] == "`" else name
        if not name or name[0] in "'\"":
            raise self.unreadable()
        if name in self.table:
            return Meaning(name, name)
        if name not in self.meant:
            raise InputError(
                f"{self.shown} names the column {name!r}, which {self.name} has not; "
                f"it has {', '.join(map(str, self.table.columns[:20]))}"
            )
        return self.meant[name]

    def value(self) -> str:
        found = self.take()
        if found in (*_SIGNS, *"()[],", "and", "or", "in", "not"):
            raise self.unreadable()
        return found

    def among(self, column: Meaning) -> np.ndarray:
        """Where a column has one of the values of a list."""
        closing = _CLOSING.get(self.take(), "")
        found = np.zeros(len(self.table), bool)
        while True:
            found |= self.compared(column, "==", self.value())
            if not self.comes(","):
                break
        if not closing or not self.comes(closing):
            raise self.unreadable()
        return found

    def compared(self, meant: Meaning, sign: str, value: str) -> np.ndarray:
        """Where one comparison holds: numbers with a number, text with a word by == or !=."""
        column, word = self.table[meant.column], value[1:-1] if value[0] in "'\"`" else value
        if not pd.api.types.is_numeric_dtype(column):
            if sign not in ("==", "!="):
                raise InputError(
                    f"{meant.heading!r} in {self.shown} is text: compare it by == or !="
                )
            return _SIGNS[sign](column.to_numpy(object), word).astype(bool)
        try:  # by Python itself, which gives every digit of a float back
            read, own = np.array([float(word)]), np.zeros(1, bool)
        except ValueError:
            read, own, _ = numbers(pd.Series([word]), meant.column)  # N < 1.3B
        number = float(in_units(read, own, meant)[0])
        if np.isnan(number):
            raise InputError(f"{meant.heading!r} in {self.shown} is a number: {value} is not")
        return _SIGNS[sign](column.to_numpy(float), number)
