"""Lay laws side by side: exponents, N*, D*, scores and weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("compare")
@click.argument("results", nargs=-1, type=options.FOLDER)
@click.option(
    "--models",
    help="Or laws or law files, with commas between them, to be fitted.",
    shell_complete=options.named("law"),
)
@options.data
@options.flops
@options.choosing
@options.sampling
@click.option("--out", type=options.FOLDER, help="Folder [with --models: results/compare/DATA].")
@options.printing
@click.pass_context
def command(
    ctx: click.Context,
    results: tuple[Path, ...],
    models: str | None,
    flops: tuple[float, ...],
    **settings: Any,
) -> None:
    """Lay laws side by side: exponents, N*, D*, scores and weights.

    \b
    bayesfit compare results/chinchilla_approach3/pile results/kaplan_chinchilla/pile
    bayesfit compare --models chinchilla_approach3,kaplan_chinchilla --data my_runs.csv
    """
    from bayesfit.commands._comparing import compare

    compare(ctx, results, models, flops, settings)
