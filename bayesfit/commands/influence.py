"""The most influential runs, and what N* and the parameters would be without them."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("influence")
@options.asking
@click.option("--all-runs", is_flag=True, help="With those a built-in table leaves out of fits.")
@click.option(
    "--flops",
    type=options.POSITIVE,
    default=1e25,
    show_default=True,
    help="The budget of N*, in FLOPs.",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many runs to list, and to leave out together.",
)
@click.pass_context
def command(ctx: click.Context, flops: float, top: int, **settings: Any) -> None:
    """The most influential runs, and what N* and the parameters would be without them.

    \b
    bayesfit influence results/chinchilla_approach3/pile --flops 1e25
    bayesfit influence --model chinchilla_approach3 --data chinchilla --all-runs
    """
    from bayesfit.commands._asking import ask

    ask(ctx, "influence", settings, flops=flops, top=top)
