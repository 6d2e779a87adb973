"""Columns out of the names of runs, by a pattern: ``run_{N}_{lr}`` reads run_1.3B_3e-4.

A field in braces is a column and takes as little as it can; a star stands for anything. Numbers may
have units, as in any cell of a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bayesfit.errors import InputError

_FIELD = re.compile(r"\{([^{}]+)\}|(\*)")
_UNIT = re.compile(r"[kmbt](?![a-z0-9])", re.IGNORECASE)  # of a number before it
_SIZE = re.compile(r"(?<![a-z0-9.])\d+(\.\d+)?[kmbt](?![a-z0-9])", re.IGNORECASE)


def read_names(names: Sequence[str], pattern: str) -> dict[str, list[str]]:
    """Column -> its text for each name.

    Args:
        names: of runs; where the pattern has no slash, only what stands after the last one counts.
        pattern: text with fields in braces, such as ``{N}-seed{seed}-*``.

    Raises:
        InputError: the pattern has no field, or one twice, or a name that is not of its form.
    """
    fields = [match[1].strip() for match in _FIELD.finditer(pattern) if match[1]]
    braces = {"{", "}"} & set(_FIELD.sub("", pattern))
    if not fields or not all(fields) or len(set(fields)) < len(fields) or braces:
        raise InputError(
            f"cannot read the pattern {pattern!r}: write names as run_{{N}}_{{lr}}, with a "
            "different column in each pair of braces"
        )
    form = re.compile(_as_regex(pattern), re.DOTALL)
    rows = []
    for name in names:
        match = form.fullmatch(name if "/" in pattern else name.rpartition("/")[2])
        if match is None:
            raise InputError(
                f"the run {name!r} is not named as {pattern!r} says: write a * where names differ, "
                "or leave that run out"
            )
        torn = _torn(match)
        if torn:
            raise InputError(
                f"{pattern!r} reads {torn} out of the middle of a number of the run {name!r}: let "
                "fields end at a sign that no number has, such as _"
            )
        rows.append(match.groups())
    return {field: [row[i] for row in rows] for i, field in enumerate(fields)}


def _torn(match: re.Match[str]) -> str:
    """A field that begins or ends inside a number; "" if none does."""
    text = match.string
    for i in range(1, match.re.groups + 1):
        start, end = match.span(i)
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if (before.isdigit() and text[start].isdigit()) or (
            text[end - 1].isdigit() and (after.isdigit() or _UNIT.match(text, end))
        ):
            return repr(match[i])
    return ""


def _as_regex(pattern: str) -> str:
    """The pattern with its fields as groups."""
    found, end = "", 0
    for match in _FIELD.finditer(pattern):
        found += re.escape(pattern[end : match.start()]) + ("(.+?)" if match[1] else ".*?")
        end = match.end()
    return found + re.escape(pattern[end:])


def example(name: str) -> str:
    """A pattern that may fit a name that holds a number of parameters; "" for any other."""
    last = name.rpartition("/")[2]
    size = _SIZE.search(last)
    if size is None:
        return ""
    before, after = (re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "*", x) for x in _around(last, size))
    return f"{before}{{N}}{after}"


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    return text[: match.start()], text[match.end() :]
