"""Fit a law to runs both ways; write tables, draws, figures and a report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _options as options
from bayesfit.constants import MOST


@click.command("run")
@options.law
@options.data
@options.choosing
@options.flops
@click.option("--out", type=options.FOLDER, help="Output folder [results/MODEL/DATA].")
@options.sampling
@click.option(
    "--bootstrap",
    type=click.IntRange(50, MOST["bootstrap"]),
    default=1000,
    show_default=True,
    help="Bootstrap refits.",
)
@click.option("--resume", is_flag=True, help="Go on from the last stage that was finished.")
@click.option("--no-figures", is_flag=True, help="Draw none, which is most of the wait.")
@click.option("--distributed", is_flag=True, help="Share the work with the job's other processes.")
@options.printing
@click.pass_context
def command(
    ctx: click.Context,
    flops: tuple[float, ...],
    out: Path | None,
    resume: bool,
    no_figures: bool,
    **given: Any,
) -> None:
    """Fit a law to runs both ways; write tables, draws, figures and a report.

    \b
    bayesfit run --model chinchilla_approach3
    bayesfit run --model chinchilla_approach3 --data my_runs.csv --flops 1e25
    bayesfit run --model path/to/my_law.py --data pile --train "N < 5e9"
    """
    from bayesfit.commands._running import run

    command_line = " ".join(["bayesfit", *sys.argv[1:]])
    run(
        ctx, given, flops=flops, out=out, resume=resume, figures=not no_figures,
        command=command_line,
    )  # fmt: skip
