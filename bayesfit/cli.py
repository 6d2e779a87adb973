"""The command `bayesfit`: parse, call, print; nothing else.

Whatever imports jax, pandas or matplotlib is imported inside a command, so that `--help` answers
at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bayesfit import __version__
from bayesfit.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table


class Commands(click.Group):
    """A group in which bad input ends as one sentence and exit code 2, in every command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"error: {' '.join(str(error).split())}", err=True)
            ctx.exit(2)


@click.group(cls=Commands, context_settings=dict(help_option_names=["-h", "--help"]))
@click.version_option(__version__, prog_name="bayesfit")
def main() -> None:
    """Fit neural scaling laws to tables of training runs, and say how sure."""


@main.command()
def models() -> None:
    """List the laws: name, formula, and the data each is fitted to by default."""
    from bayesfit.models import default_data, describe, names

    rows = [(name, describe(name), default_data(name)) for name in names()]
    _show(("law", "what it says", "default data"), rows)


@main.command()
def data() -> None:
    """List the built-in tables of runs, and where each comes from."""
    from bayesfit.datasets import describe, names

    sources = [(name, describe(name)) for name in names()]
    rows = [
        (name, str(s.rows), s.what, s.citation, "fetched on first use" if s.url else "built in")
        for name, s in sources
    ]
    _show(("data", "runs", "what", "source", "kept"), rows)


def _show(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table: Table = Table(box=None, pad_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)
