"""How large a model a budget should train, on how many tokens, and the loss of building it."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("optimum")
@options.asking
@options.flops
@options.planning
@click.pass_context
def command(ctx: click.Context, given: tuple[str, ...], **settings: Any) -> None:
    """How large a model a budget should train, on how many tokens, and its loss.

    \b
    bayesfit optimum results/chinchilla_approach3/pile --flops 1e25
    bayesfit optimum --model chinchilla_approach3 --data my_runs.csv --flops 1e25 --largest-D 15e12
    """
    from bayesfit.commands._asking import ask

    asked = {name: settings.pop(name) for name in ("flops", *options.PLANNING)}
    ask(ctx, "optimum", settings, given=",".join(given), **asked)
