"""How a table of runs looks in a Python session: one line, or a card with the first rows."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from bayesfit.formatting import count, flops, number, several

if TYPE_CHECKING:
    from bayesfit.data.runs import Runs

ROWS = 8  # of a card

_FORMATS: dict[str, Callable[[float], str]] = {
    "N": count,
    "D": count,
    "C": flops,
    "loss": lambda x: number(x, 4),
}


def summary(runs: Runs) -> str:
    """ "pile: 29 runs, N 70M to 20B, C 3e18 to 6e22 FLOPs"."""
    label = " (SIMULATED)" if runs.simulated else ""
    units = runs.units
    count_of_runs = len(runs) if units is None else len(units.names)
    many = several(count_of_runs, "run")
    many += "" if units is None else f" in {len(runs)} rows"
    N = _between(runs, "N", lambda x: count(x, 2), "")
    C = _between(runs, "C", lambda x: flops(x, 1), " FLOPs")
    return f"{runs.name}{label}: {many}{N}{C}"


def _between(runs: Runs, column: str, say: Callable[[float], str], unit: str) -> str:
    """ ", N 70M to 20B"; nothing of a table without rows."""
    if column not in runs.columns or not len(runs):
        return ""
    low, high = say(float(runs.table[column].min())), say(float(runs.table[column].max()))
    return f", {column} {low}{unit}" if low == high else f", {column} {low} to {high}{unit}"


def as_html(runs: Runs) -> str:
    """The summary, the first rows, the source, and what there is to know about the table."""
    head = runs.table.head(ROWS)
    formats: Any = {name: say for name, say in _FORMATS.items() if name in head}
    more = len(runs) - len(head)
    parts = [
        f"<p><strong>Runs</strong> {escape(summary(runs))}<br>",
        f"<small>{escape(runs.source)}</small></p>",
        head.to_html(index=False, border=0, formatters=formats, na_rep="", max_cols=14),
        f"<p><small>and {more} more rows</small></p>" if more else "",
        *(_listing(title, sentences) for title, sentences in _about(runs) if sentences),
    ]
    return f"<div>{''.join(parts)}</div>"


def _about(runs: Runs) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("Warnings", runs.warnings), ("Left out", runs.left_out), ("Notes", runs.notes)


def _listing(title: str, sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<p>{title}:</p><ul>{items}</ul>"
