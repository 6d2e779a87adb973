"""List the built-in tables of runs, and where each comes from."""

from __future__ import annotations

from pathlib import Path

import click

from bayesfit.commands import _options as options


@click.command("data")
@options.out
@options.printing
def command(out: Path | None, form: str, as_json: bool) -> None:
    """List the built-in tables of runs, and where each comes from."""
    from bayesfit.commands._listing import show
    from bayesfit.datasets import describe, names

    sources = [(name, describe(name)) for name in names()]
    rows = [(name, str(s.rows), s.what, s.citation, s.kept) for name, s in sources]
    headings = ("data", "rows", "what", "source", "kept")
    show("data", headings, rows, out, "json" if as_json else form)
