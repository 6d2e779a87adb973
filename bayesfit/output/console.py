"""The one printer: an answer as text within the width of the screen, Markdown, JSON or CSV.

stdout holds the answer and nothing else; how far the work is goes to stderr
(`bayesfit.output.progress`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table as Grid
from rich.text import Text

from bayesfit.errors import InputError
from bayesfit.text import in_cell

if TYPE_CHECKING:
    import pandas as pd

    from bayesfit.answers import Answer, Column, Table
    from bayesfit.data.runs import Runs

FORMATS = ("text", "markdown", "json", "csv")
GAP = 2  # between two columns of a table
COLOURS = {"PASS": "green", "REVIEW": "yellow", "FAIL": "bold red"}


class _Screen(Console):
    """A console whose reader may go, as `head` does, without the files that are to be written."""

    def on_broken_pipe(self) -> None:
        """Print nothing more, and go on."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def screen(*, quiet: bool = False, stderr: bool = False) -> Console:
    """A console on which the labels of a table are never markup, emoji or highlighted."""
    return _Screen(highlight=False, markup=False, emoji=False, quiet=quiet, stderr=stderr)


def show(answer: Answer, form: str = "text", console: Console | None = None) -> None:
    """Print an answer.

    Args:
        form: one of FORMATS.
        console: where; stdout if omitted.

    Raises:
        InputError: there is no such format.
    """
    if form not in FORMATS:
        raise InputError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
    console = console or screen()
    if form == "text":
        _show_text(answer, console)
    elif not console.quiet:
        plain = dict(markdown=markdown, json=as_json, csv=as_csv)[form]
        try:
            console.file.write(plain(answer) + "\n")
            console.file.flush()
        except BrokenPipeError:
            console.on_broken_pipe()


# -- text ----------------------------------------------------------------------------------------


def _show_text(answer: Answer, console: Console) -> None:
    if answer.title:
        console.print(Text(answer.title, style="bold"))
    for sentence in answer.warnings:
        console.print(Text(sentence, style=COLOURS["FAIL"]))
    for table in answer.tables.values():
        if table.shown:
            _show_table(table, console)
    for sentence in answer.sentences:
        console.print(_sentence(sentence))


def _show_table(table: Table, console: Console) -> None:
    if table.title:
        console.print(Text(table.title, style="bold"))
    console.print(in_width(table.shown, console.width))
    if table.note:
        console.print(Text(table.note, style="dim"))
        console.print()


def _sentence(sentence: str) -> Text | Grid:
    """A sentence; that of a finding with its verdict at the side, in colour."""
    verdict, colon, rest = sentence.partition(": ")
    if not colon or verdict not in COLOURS:
        return Text(sentence)
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"{verdict:<6}", style=COLOURS[verdict]), Text(rest))
    return grid


def in_width(columns: Sequence[Column], width: int) -> Group:
    """Columns as one table, or as several under each other that repeat the first column."""
    first, *others = columns
    tables, room = [[first]], width - _needed(first)
    for column in others:
        if GAP + _needed(column) > room and len(tables[-1]) > 1:
            tables.append([first])
            room = width - _needed(first)
        tables[-1].append(column)
        room -= GAP + _needed(column)
    return Group(*(part for table in tables for part in (_grid(table, width), Text())))


def _needed(column: Column) -> int:
    heading, cells = column
    return max(map(len, (heading, *cells)))


def _grid(columns: Sequence[Column], width: int) -> Grid:
    """A table of which the first column is folded if need be: or the widest, where two are left."""
    table = Grid(box=None, pad_edge=False, header_style="bold")
    needed = list(map(_needed, columns))
    folded = needed.index(max(needed)) if sum(needed) + GAP * (len(needed) - 1) > width else 0
    for position, (heading, _) in enumerate(columns):
        right = "right" if position and position != folded else "left"
        table.add_column(Text(heading), justify=right, no_wrap=position != folded, overflow="fold")
    for cells in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*map(Text, cells))  # a label in brackets is no markup
    return table


def listing(columns: Sequence[Column], console: Console | None = None) -> None:
    """Columns of words, which are folded within the width; the first is a name and is not."""
    table = Grid(box=None, pad_edge=False)
    for position, (heading, _) in enumerate(columns):
        table.add_column(Text(heading), no_wrap=position == 0, overflow="fold")
    for cells in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*map(Text, cells))
    (console or screen()).print(table)


def opening(console: Console, law: str, runs: Runs) -> None:
    """What is about to be fitted to what, and what was left out.

    Args:
        law: its formula.
    """
    console.print(Text(law, style="bold"))
    label = "SIMULATED " if runs.simulated else ""
    console.print(Text(f"{label}{runs.name}: {len(runs)} runs ({runs.source})"))
    for sentence in (*runs.left_out, *runs.notes):
        console.print(Text(f"  {sentence}", style="dim"))
    console.print()


# -- the other formats ---------------------------------------------------------------------------


def markdown(answer: Answer) -> str:
    """The answer as Markdown, to paste into a proposal."""
    parts = [f"## {as_markdown(answer.title)}"]
    parts += [f"**{as_markdown(sentence)}**" for sentence in answer.warnings]
    for table in answer.tables.values():
        if table.shown:
            parts += [f"**{as_markdown(table.title)}**"] * bool(table.title)
            parts.append(markdown_table(table))
    if answer.sentences:
        parts.append("\n".join(f"- {as_markdown(sentence)}" for sentence in answer.sentences))
    return "\n\n".join(parts)


def markdown_table(table: Table) -> str:
    """What a person sees of a table as Markdown, and the line that explains its headings."""
    note = ["", f"*{as_markdown(table.note)}*"] if table.note else []
    return "\n".join([markdown_columns(table.shown), *note])


def markdown_columns(columns: Sequence[Column]) -> str:
    """Headings and cells as a table of Markdown."""
    headings = [as_markdown(heading) for heading, _ in columns]
    rows = zip(*([as_markdown(cell) for cell in cells] for _, cells in columns), strict=True)
    rule = [":--", *["--:"] * (len(columns) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def as_markdown(text: str) -> str:
    """Text as Markdown shows it, whatever signs a label in it has."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def as_json(answer: Answer) -> str:
    """The answer as JSON, with every number in full."""
    return json.dumps(answer.plain(), indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(answer: Answer) -> str:
    """The tables in full; of several, each under a line with its name."""
    tables = {n: table_csv(table) for n, table in answer.tables.items() if len(table.frame)}
    if len(tables) == 1:
        return next(iter(tables.values())).rstrip("\n")
    return "\n".join(f"# {name}\n{text}" for name, text in tables.items()).rstrip("\n")


def _cells(column: pd.Series) -> pd.Series:
    """A column whose words a spreadsheet takes for words; numbers stay numbers."""
    if column.dtype.kind in "biuf":
        return column
    return column.map(lambda x: in_cell(x) if isinstance(x, str) else x)


def table_csv(table: Table) -> str:
    """One table as CSV; its index is a column if it has a name."""
    frame = table.frame if table.frame.index.name is None else table.frame.reset_index()
    cells = {in_cell(str(name)): _cells(frame[name]) for name in frame.columns}
    frame = frame.iloc[:, :0].assign(**cells)
    return frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")
