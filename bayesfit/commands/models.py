"""List the laws: name, formula, and the data each is fitted to by default."""

from __future__ import annotations

from pathlib import Path

import click

from bayesfit.commands import _options as options


@click.command("models")
@options.out
@options.printing
def command(out: Path | None, form: str, as_json: bool) -> None:
    """List the laws: name, formula, and the data each is fitted to by default."""
    from bayesfit.commands._listing import show
    from bayesfit.models import default_data, describe, names

    rows = [(name, describe(name), default_data(name)) for name in names()]
    show("models", ("law", "formula", "default data"), rows, out, "json" if as_json else form)
