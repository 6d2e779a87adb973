"""Look a table over before anything is fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("check")
@click.argument("table", shell_complete=options.data_sets)
@click.option(
    "--model",
    help="A law: what could the table say of its parameters?",
    shell_complete=options.named("law"),
)
@click.option(
    "--laws/--no-laws",
    default=True,
    help="Without --model: what could it say of each law? Takes some seconds.",
)
@options.columns
@options.where
@options.out
@options.printing
def command(table: str, model: str | None, laws: bool, out: Path | None, **settings: Any) -> None:
    """Look a table over before anything is fitted.

    What its headings were read as, which runs are left out, what looks wrong, its budgets, and how
    well each law that it has columns for could know its exponents and N*.

    \b
    bayesfit check my_runs.csv
    bayesfit check my_runs.csv --model chinchilla_approach3 --map loss=eval/c4_loss
    """
    from bayesfit.commands import _asking as asking
    from bayesfit.commands import _fitting as fits
    from bayesfit.questions._check import check

    given = settings | dict(table=table, out=out)
    asking.check_out(given)
    law = None if model is None else fits.law_of(model)
    runs = fits.chosen(fits.table_of(table, given), given)
    first = check(runs, law)
    if law is not None or not laws:
        return asking.deliver(first, given)
    return asking.look_over(first, runs, given)
