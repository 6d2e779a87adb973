"""Is recipe B better than A, and by how much compute?"""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("speedup")
@options.asking
@click.option(
    "--of", help="The recipe in doubt, a label of the group [of two, that with fewer runs]."
)
@click.option("--over", help="The recipe that it would replace [that with more runs].")
@options.flops
@click.pass_context
def command(ctx: click.Context, of: str | None, over: str | None, **settings: Any) -> None:
    """Is recipe B better than A, and by how much compute?

    \b
    bayesfit speedup --model chinchilla_approach3 --data my_runs.csv --group recipe --flops 1e22
    bayesfit speedup results/chinchilla_approach3/my_runs --of new --over old
    """
    from bayesfit.commands._asking import ask

    ask(ctx, "speedup", settings, of=of, over=over, flops=settings.pop("flops"))
