"""Fit the smaller runs, predict the larger, count; beside what is common practice."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("backtest")
@options.results
@options.law
@options.data
@click.option(
    "--by",
    default="C",
    show_default=True,
    help="Column that orders the runs: C, N, D. One of words is left out word by word.",
)
@options.choosing
@options.sampling
@options.out
@options.printing
@click.pass_context
def command(ctx: click.Context, by: str, **settings: Any) -> None:
    """Fit the smaller runs, predict the larger, count; beside what is common practice.

    \b
    bayesfit backtest results/kaplan_chinchilla/my_runs
    bayesfit backtest --model kaplan_chinchilla --data my_runs.csv --by family
    """
    from bayesfit.commands._asking import backtest

    backtest(ctx, settings, by)
