"""Tokens that each size needs, 400M to 10T: by Kaplan, by Hoffmann, and by a fit."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("tokens")
@options.asking
@click.option("--sizes", help="Other sizes, e.g. 7e9,70e9.")
@click.pass_context
def command(ctx: click.Context, sizes: str | None, **settings: Any) -> None:
    """Tokens that each size needs, 400M to 10T: by Kaplan, by Hoffmann, and by a fit.

    \b
    bayesfit tokens results/chinchilla_approach3/pile
    bayesfit tokens --model chinchilla_approach3 --data pile
    """
    from bayesfit.commands._asking import ask

    ask(ctx, "tokens", settings, sizes=sizes)
