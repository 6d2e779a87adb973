"""Ask a fit any question by its name, also one of yours."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


class Asking(click.Command):
    """Its help lists the questions there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The questions, the first line of the file of each; nothing is imported."""
        from bayesfit import discovery

        with formatter.section("Questions"):
            names = discovery.names("question")
            formatter.write_dl([(name, discovery.describe("question", name)) for name in names])


@click.command("ask", cls=Asking)
@click.argument("question", shell_complete=options.named("question"))
@options.asking
@click.option(
    "--with",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the question, e.g. flops=1e25; may be repeated.",
)
@click.pass_context
def command(ctx: click.Context, question: str, pairs: tuple[str, ...], **settings: Any) -> None:
    """Ask a fit any question by its name, also one of yours.

    \b
    bayesfit ask optimum results/chinchilla_approach3/pile --with flops=1e25
    bayesfit ask my_question --model chinchilla_approach3 --with top=3
    """
    from bayesfit.commands._asking import ask, read_pairs

    ask(ctx, question, settings, **read_pairs(pairs))
