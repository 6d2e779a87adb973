"""Text that comes from tables and files is data: it steers no terminal and no spreadsheet."""

from __future__ import annotations

import re

# Escape sequences of terminals: colours, titles of windows, and what is left of others.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)", re.S
)
# Control characters, marks that turn the direction of writing, and halves of characters.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# Marks of width none, which stand in headings by mistake; in words some of them mean something.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_FORMULA = re.compile(r"[\t\r\n ]*[=+\-@]")


def printable(text: str) -> str:
    """Text without the characters that steer a terminal; each run of them is one space or none."""
    if text.isprintable():
        return text
    return _CONTROLS.sub(" ", _ESCAPES.sub("", text)).strip()


def as_heading(text: str) -> str:
    """A heading without what nobody sees, such as the mark of UTF-8 that some programs repeat."""
    return printable(_INVISIBLE.sub("", text))


def in_cell(text: str) -> str:
    """Text of a CSV cell, marked as text where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
