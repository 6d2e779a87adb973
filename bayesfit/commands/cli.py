"""The command `bayesfit`: parse, call, print; nothing else.

Whatever imports jax, pandas or matplotlib is imported inside a command, so that `--help` answers
at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bayesfit import __version__
from bayesfit.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table


QUICK = dict(chains=8, draws=200, bootstrap=200)


class Commands(click.Group):
    """A group in which bad input ends as one sentence and exit code 2, in every command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"error: {' '.join(str(error).split())}", err=True)
            ctx.exit(2)


@click.group(cls=Commands, context_settings=dict(help_option_names=["-h", "--help"]))
@click.version_option(__version__, prog_name="bayesfit")
def main() -> None:
    """Fit neural scaling laws to tables of training runs, and say how sure."""


# Options that several commands share.
_model = click.option(
    "--model", required=True, help="A law (see `bayesfit models`), or a law file."
)
_data = click.option(
    "--data", "table", help="A data set (see `bayesfit data`), or a CSV with N, D, loss."
)
_likelihood = click.option(
    "--likelihood",
    help="student_t, graded_t, shared_t, normal or contaminated [the law's own].",
)
_seed = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every random number."
)
_discrepancy = click.option(
    "--discrepancy",
    help="Where the shortfall is learned: inner, reference or none [the law's own].",
)


@main.command()
@_model
@_data
@click.option(
    "--train",
    metavar="CONDITION",
    help="Fit these runs only, e.g. 'N < 5e9', and score the others.",
)
@click.option(
    "--flops", type=float, multiple=True, help="A further budget, in FLOPs; may be repeated."
)
@click.option("--out", type=click.Path(path_type=Path), help="Output folder [results/MODEL/DATA].")
@click.option("--group", metavar="COLUMN", help="Pool the law's parameters over these groups.")
@click.option(
    "--vary",
    metavar="NAMES",
    help="With --group: parameters at the reference run that differ, e.g. L_ref,alpha [all].",
)
@click.option(
    "--loss-step",
    type=click.FloatRange(0, min_open=True),
    help="Losses were rounded to this, in nats (digitised tables).",
)
@_discrepancy
@_likelihood
@click.option(
    "--chains", type=click.IntRange(2), default=16, show_default=True, help="NUTS chains."
)
@click.option(
    "--draws", type=click.IntRange(100), default=500, show_default=True, help="Draws of each chain."
)
@click.option(
    "--bootstrap",
    type=click.IntRange(50),
    default=1000,
    show_default=True,
    help="Bootstrap refits.",
)
@_seed
@click.option("--quick", is_flag=True, help="A first look: 8 chains of 200 draws, 200 refits.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "gpu", "tpu"]),
    help="Where to compute [the best there is].",
)
@click.option("--distributed", is_flag=True, help="Share the work with the job's other processes.")
@click.pass_context
def run(
    ctx: click.Context,
    model: str,
    table: str | None,
    out: Path | None,
    quick: bool,
    device: str | None,
    distributed: bool,
    **options: Any,
) -> None:
    """Fit a law to runs both ways; write tables, draws, figures and a report.

    \b
    bayesfit run --model chinchilla_approach3
    bayesfit run --model chinchilla_approach3 --data my_runs.csv --flops 1e25
    bayesfit run --model path/to/my_law.py --data pile --train "N < 5e9"
    """
    from bayesfit.inference import devices

    devices.choose(device, distributed)
    from bayesfit.commands.work import run as do

    if quick:
        given = ctx.get_parameter_source
        options |= {k: v for k, v in QUICK.items() if given(k) is ParameterSource.DEFAULT}
    do(model, table, out, command=" ".join(["bayesfit", *sys.argv[1:]]), **options)


@main.command()
@_model
@_data
@click.option(
    "--flops", type=float, default=1e25, show_default=True, help="The budget of N*, in FLOPs."
)
@click.option(
    "--top",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many runs to list, and to leave out together.",
)
@click.option("--all-runs", is_flag=True, help="With those a built-in table leaves out of fits.")
@_likelihood
@_seed
def check(model: str, table: str | None, **options: Any) -> None:
    """List the runs that N*, a and E hang on most, and what they would be without.

    \b
    bayesfit check --model chinchilla_approach3 --data my_runs.csv --flops 1e25
    bayesfit check --model chinchilla_approach3 --data chinchilla --all-runs
    """
    from bayesfit.commands.work import check as do

    do(model, table, **options)


@main.command()
@click.option("--models", required=True, help="Laws or law files, with commas between them.")
@_data
@click.option(
    "--flops", type=float, multiple=True, help="A further budget, in FLOPs; may be repeated."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder [results/compare/DATA].")
@_likelihood
@_discrepancy
@_seed
def compare(models: str, table: str | None, out: Path | None, **options: Any) -> None:
    """Lay laws side by side: exponents, N*, D*, scores, weights, and the laws averaged.

    \b
    bayesfit compare --models chinchilla_approach3,kaplan_chinchilla --data my_runs.csv
    """
    from bayesfit.inference import devices

    devices.choose(None)
    from bayesfit.commands.work import compare as do

    do(models, table, out, **options)


@main.command()
@_model
@_data
@click.option(
    "--by",
    default="C",
    show_default=True,
    help="Column that orders the runs: C, N, D. One of words is left out word by word.",
)
@_likelihood
@_discrepancy
@click.option("--out", type=click.Path(path_type=Path), help="Folder for a CSV and a figure.")
@_seed
def backtest(model: str, table: str | None, **options: Any) -> None:
    """Fit the smaller runs, predict the larger, count; beside what is common practice.

    \b
    bayesfit backtest --model kaplan_chinchilla --data my_runs.csv --out results/backtest
    bayesfit backtest --model kaplan_chinchilla --data my_runs.csv --by family
    """
    from bayesfit.inference import devices

    devices.choose(None)
    from bayesfit.commands.work import backtest as do

    do(model, table, **options)


@main.command()
@_model
@_data
@_likelihood
@click.option("--out", type=click.Path(path_type=Path), help="Write the table to a CSV.")
@_seed
def tokens(model: str, table: str | None, **options: Any) -> None:
    """Tokens that each size needs, 400M to 10T: by Kaplan, by Hoffmann, and by a fit.

    \b
    bayesfit tokens --model chinchilla_approach3 --data pile
    """
    from bayesfit.inference import devices

    devices.choose(None)
    from bayesfit.commands.work import tokens as do

    do(model, table, **options)


@main.command()
def models() -> None:
    """List the laws: name, formula, and the data each is fitted to by default."""
    from bayesfit.models import default_data, describe, names

    rows = [(name, describe(name), default_data(name)) for name in names()]
    _show(("law", "what it says", "default data"), rows)


@main.command()
def data() -> None:
    """List the built-in tables of runs, and where each comes from."""
    from bayesfit.datasets import describe, names

    sources = [(name, describe(name)) for name in names()]
    rows = [(name, str(s.rows), s.what, s.citation, s.kept) for name, s in sources]
    _show(("data", "runs", "what", "source", "kept"), rows)


def _show(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table: Table = Table(box=None, pad_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)
