"""An answer: tables, figures and sentences, which one printer and one writer know how to show.

A question returns an `Answer` and prints nothing; `bayesfit.output` renders it as text, Markdown,
JSON or CSV, and writes it to a folder. A table holds the numbers in full, for files and for Python,
and beside them the cells that a person reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayesfit import formatting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Column = tuple[str, Sequence[str]]  # heading, and what each row says under it


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        frame: every number, as files and Python get it.
        title: one line above it.
        columns: what a person sees; the whole frame if omitted, nothing if empty (files only).
        note: a line under it, which says what a heading means.
    """

    frame: pd.DataFrame
    title: str = ""
    columns: Sequence[Column] | None = None
    note: str = ""

    @property
    def shown(self) -> Sequence[Column]:
        """Headings and cells for a person."""
        return plain_columns(self.frame) if self.columns is None else self.columns


@dataclass(frozen=True)
class Answer:
    """What a question returns.

    A table is an attribute too: `answer.scores` is `answer.tables["scores"].frame`.

    Attributes:
        title: one line.
        tables: name (that of its CSV) -> table, in the order in which to read them.
        sentences: what the tables come to, in words.
        figures: name (that of its PNG) -> a function that draws it when it is wanted.
        facts: further plain values (numbers, words, lists, dicts) for the JSON.
        warnings: sentences that have to be read before any number: they stand first, and bold.
    """

    title: str
    tables: Mapping[str, Table] = field(default_factory=dict)
    sentences: Sequence[str] = ()
    figures: Mapping[str, Callable[[], Figure]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    def after(self, first: Answer) -> Answer:
        """What a person who has read the first part of this answer has not read."""
        tables = {name: x for name, x in self.tables.items() if name not in first.tables}
        said = self.sentences[len(first.sentences) :]
        return replace(self, title="", tables=tables, sentences=said, warnings=())

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name].frame
        there = ", ".join(tables) or "none"
        raise AttributeError(f"this answer has no {name!r}; its tables are {there}")

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *self.tables})

    def __repr__(self) -> str:
        parts = [self.title, *(f"  {sentence}" for sentence in self.warnings)]
        for name, table in self.tables.items():
            parts.append(f"  .{name}: {len(table.frame)} rows of {len(table.frame.columns)}")
        parts += [f"  {sentence}" for sentence in self.sentences]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<h4>{escape(self.title)}</h4>"]
        parts += [f"<p><b>{escape(sentence)}</b></p>" for sentence in self.warnings]
        for table in self.tables.values():
            if table.shown:
                parts += [f"<p><b>{escape(table.title)}</b></p>"] * bool(table.title)
                parts.append(html_table(table.shown))
                parts += [f"<p><small>{escape(table.note)}</small></p>"] * bool(table.note)
        parts += [f"<p>{escape(sentence)}</p>" for sentence in self.sentences]
        return "\n".join(parts)

    def plain(self) -> dict[str, Any]:
        """The answer as JSON can hold it: NaN is null, infinity the word "Infinity"."""
        tables = {name: plain(t.frame.reset_index(drop=_unnamed(t.frame)).to_dict("records"))
                  for name, t in self.tables.items()}  # fmt: skip
        facts = plain(dict(self.facts))
        return dict(
            title=self.title,
            warnings=[*self.warnings, *facts.pop("warnings", [])],  # those of a table are facts
            **facts,
            sentences=list(self.sentences),
            tables=tables,
        )


def _unnamed(frame: pd.DataFrame) -> bool:
    """Whether the index is a mere count of rows."""
    return frame.index.name is None and isinstance(frame.index, pd.RangeIndex)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): plain(x) for name, x in value.items()}
    if isinstance(value, (str, bool, type(None))):
        return value
    if hasattr(value, "tolist"):  # numpy: a number or an array
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(x) for x in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, (int, float)) else str(value)


def plain_columns(frame: pd.DataFrame) -> list[Column]:
    """A frame as headings and cells: numbers with three digits, words as they are."""
    frame = frame if _unnamed(frame) else frame.reset_index()
    return [(str(name), [say(x) for x in frame[name]]) for name in frame.columns]


def say(value: Any) -> str:
    """One cell of a table that has no words of its own."""
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        return str(value)
    return formatting.number(float(value))


def html_table(columns: Sequence[Column]) -> str:
    """Headings and cells as an HTML table."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading, _ in columns)
    rows = zip(*(cells for _, cells in columns), strict=True)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
