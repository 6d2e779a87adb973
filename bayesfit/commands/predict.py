"""The loss of any runs, with bands: of the law's surface, and of one run observed."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("predict")
@options.asking
@click.option(
    "--at", multiple=True, metavar="RUN", help="A run, e.g. N=33e9,D=1.4e12; may be repeated."
)
@click.option("--runs", help="Or a table of runs: a CSV, or a data set.")
@click.pass_context
def command(ctx: click.Context, at: tuple[str, ...], runs: str | None, **settings: Any) -> None:
    """The loss of any runs, with bands: of the law's surface, and of one run observed.

    \b
    bayesfit predict results/chinchilla_approach3/pile --at N=33e9,D=1.4e12
    bayesfit predict --model chinchilla_approach3 --data my_runs.csv --runs larger_runs.csv
    """
    from bayesfit.commands._asking import ask

    ask(ctx, "predict", settings, at=at, runs=runs)
