"""How large a model a budget should train, on how many tokens, and the loss of building it."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("optimum")
@options.asking
@options.flops
@click.option(
    "--given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input of the law beside N and D, e.g. experts=64; experts=1,8,64 chooses the best.",
)
@click.option("--largest-N", "largest_N", type=options.POSITIVE, help="The most parameters.")
@click.option("--largest-D", "largest_D", type=options.POSITIVE, help="The most tokens there are.")
@click.option(
    "--memory", type=options.POSITIVE, help="The most parameters in memory, all experts included."
)
@click.option("--sizes", help="The only sizes that can be built, e.g. 1e9,7e9,70e9.")
@click.option(
    "--inference-tokens",
    type=options.POSITIVE,
    help="Tokens to be served, paid from the same budget.",
)
@click.pass_context
def command(ctx: click.Context, given: tuple[str, ...], **settings: Any) -> None:
    """How large a model a budget should train, on how many tokens, and its loss.

    \b
    bayesfit optimum results/chinchilla_approach3/pile --flops 1e25
    bayesfit optimum --model chinchilla_approach3 --data my_runs.csv --flops 1e25 --largest-D 15e12
    """
    from bayesfit.commands._asking import ask

    names = ("flops", "largest_N", "largest_D", "memory", "sizes", "inference_tokens")
    asked = {name: settings.pop(name) for name in names}
    ask(ctx, "optimum", settings, given=",".join(given), **asked)
