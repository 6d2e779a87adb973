"""Look a table over before anything is fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _options as options


@click.command("check")
@click.argument("table")
@click.option("--model", help="A law: what could the table say of its parameters?")
@options.columns
@options.where
@options.out
@options.printing
def command(table: str, model: str | None, out: Path | None, **settings: Any) -> None:
    """Look a table over before anything is fitted.

    What its headings were read as, which runs are left out, what looks wrong, its budgets, and the
    laws that it has columns for.

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
    asking.deliver(check(fits.chosen(fits.table_of(table, given), given), law), given)
