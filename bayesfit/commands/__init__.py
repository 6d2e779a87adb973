"""The command `bayesfit`: one command a file, loaded when it is called.

A file ends with `command = ...`, a `click.Command`, and imports only click: what needs jax, pandas
or matplotlib is imported inside the function, so that `--help` answers at once. A file in the
sub-folder `commands/` of a folder in BAYESFIT_PLUGINS is one more.
"""

from __future__ import annotations

import errno
import os
from itertools import pairwise
from typing import Any

import click

from bayesfit import __version__, discovery
from bayesfit.errors import InputError
from bayesfit.text import printable

LAWS = {"--model", "--models"}  # options whose values are laws
AS_IT_IS = {"--help", "-h", "--device", "--distributed"}  # that leave jax as it is


class Commands(click.Group):
    """A group of the commands that have a file; bad input ends as one sentence and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names; nothing is imported."""
        return sorted({*discovery.names("command"), *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name in discovery.names("command"):
            return discovery.load("command", cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line for each, the first of its file; nothing is imported."""
        rows = [(name, discovery.describe("command", name)) for name in discovery.names("command")]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command and what is left for it; nothing that is given may be empty."""
        asked = (
            () if ctx.resilient_parsing else args
        )  # a shell completes lines that have no sense yet
        for before, text in zip(("", *asked), asked, strict=False):
            name, equals, value = text.partition("=")
            is_option = bool(equals) and name.startswith("--")
            if not (value if is_option else text).strip():
                after = f"what follows {before}" if before.startswith("-") else "an argument"
                called = name if is_option else after
                ctx.fail(f"{called} is empty: give it a value, or leave it out.")
        found = super().resolve_command(ctx, args)
        ours = __name__ in getattr(found[1] and found[1].callback, "__module__", "")
        if ours and not ctx.resilient_parsing:
            _read_ahead(args)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"error: {printable(' '.join(str(error).split()))}", err=True)
            ctx.exit(2)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            click.echo(f"error: {error.strerror}: make room, and begin again", err=True)
            os._exit(2)  # what is left to print would be tried once more, and fail


def _read_ahead(args: list[str]) -> None:
    """Have the programs read that the last such command used, where jax is the machine's own.

    Such a command is one of the same name and laws; its tables may be others.
    """
    words = []
    for text in args:
        name, equals, value = text.partition("=")
        words += [name, value] if equals else [text]
    if not AS_IT_IS.isdisjoint(words):
        return
    from bayesfit import ahead

    laws = [law for option, law in pairwise(words) if option in LAWS]
    ahead.begin(args[0], *laws)


@click.group("bayesfit", cls=Commands, context_settings=dict(help_option_names=["-h", "--help"]))
@click.version_option(__version__, prog_name="bayesfit")
def main() -> None:
    """Fit neural scaling laws to tables of training runs, and say how sure."""
