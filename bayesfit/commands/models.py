"""List the laws by family: formula, inputs, default data and source."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import click

from bayesfit.commands import _options as options

HEADINGS = ("law", "family", "formula", "inputs", "default data", "source")


@click.command("models")
@options.out
@options.printing
def command(out: Path | None, form: str, as_json: bool) -> None:
    """List the laws by family: formula, inputs, default data and source."""
    from bayesfit.commands._listing import show
    from bayesfit.output import console

    rows = sorted(_rows(), key=lambda row: (row[1], row[0]))
    form = "json" if as_json else form
    if form == "text":
        for family, laws in groupby(rows, key=lambda row: row[1]):
            names, about = zip(*((row[0], _in_words(row)) for row in laws), strict=True)
            console.listing([(f"{family}:", names), ("", about)])
    if form != "text" or out is not None:
        show("models", HEADINGS, rows, out, form, printed=form == "text")


def _rows() -> Iterable[tuple[str, ...]]:
    """A cell under each heading for each law; none is imported."""
    from bayesfit.models import cited, declared, describe, names

    for name in names():
        inputs = ", ".join(declared(name, "inputs") or ("those of the table",))
        family, data = (str(declared(name, x) or "") for x in ("family", "default_data"))
        yield name, family, describe(name), inputs, data, cited(name)


def _in_words(row: tuple[str, ...]) -> str:
    _, _, formula, inputs, data, source = row
    return f"{formula}\nreads {inputs}; by default {data}; {source}"
