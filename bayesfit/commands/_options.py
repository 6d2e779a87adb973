"""Options that several commands share. Only click is imported here: `--help` answers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from bayesfit import discovery
from bayesfit.constants import LEAST_RUNS, MOST, MOST_RUNS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
FORMATS = ("text", "markdown", "json", "csv")
SEEDS = click.IntRange(0, MOST["seed"])


class Number(click.FloatRange):
    """A finite number: nan passes every bound of click's, and infinity those from below."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


POSITIVE = Number(0, min_open=True)
FOLDER = click.Path(path_type=Path)


def several(*options: Decorator) -> Decorator:
    """Options as one decorator, in the order in which `--help` lists them."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def named(kind: str) -> Complete:
    """What the shell offers for the name of an addition: those there are, or else files.

    Args:
        kind: of `bayesfit.discovery.KINDS`; nothing of it is imported.
    """

    def offered(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return _names_or_files(discovery.names(kind), incomplete)

    return offered


def data_sets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the shell offers for a table: the built-in ones, or else files."""
    from bayesfit.datasets import names

    return _names_or_files(names(), incomplete)


def _names_or_files(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Names that begin so; files where none does, for a shell shows the one or the other.

    The last of several names with commas between them is completed.
    """
    before, comma, begun = incomplete.rpartition(",")
    found = [CompletionItem(before + comma + name) for name in names if name.startswith(begun)]
    return found or [CompletionItem(incomplete, type="file")]


law = click.option(
    "--model", help="A law (see `bayesfit models`), or a law file.", shell_complete=named("law")
)
data = click.option(
    "--data",
    "table",
    help="A data set (see `bayesfit data`), a file of runs, or a folder of them.",
    shell_complete=data_sets,
)
results = click.argument("results", required=False, type=FOLDER)
flops = click.option(
    "--flops", type=POSITIVE, multiple=True, help="A budget to ask for, in FLOPs; may be repeated."
)
seed = click.option(
    "--seed", type=SEEDS, default=0, show_default=True, help="Of every random number."
)
likelihood = click.option(
    "--likelihood",
    help="misfit_t, shared_t, graded_t, student_t, normal or contaminated; of curves "
    "misfit_curve or curve_normal [the law's own].",
    shell_complete=named("likelihood"),
)
out = click.option("--out", type=FOLDER, help="Write tables, figures and answer.json there.")


def printing_as(*formats: str) -> Decorator:
    """How the answer is printed, one of the formats."""
    return several(
        click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="How the answer is printed.",
        ),
        click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
    )


printing = printing_as(*FORMATS)

columns = several(  # how the table is read
    click.option(
        "--map",
        "columns",
        multiple=True,
        metavar="NAME=HEADING",
        help="What a heading of the table means, e.g. 'loss=eval/c4_loss', or a number that all "
        "runs share, e.g. seq_len=2048; may be repeated.",
    ),
    click.option(
        "--names",
        metavar="PATTERN",
        help="Columns that the names of the runs hold, or of their files, e.g. 'run_{N}_{lr}'.",
    ),
)
where = click.option(
    "--where",
    metavar="CONDITION",
    help="Take these runs of the table only, e.g. 'C < 1e21 and family in [a, b]'.",
)

choosing = several(  # the runs that are fitted
    columns,
    where,
    click.option(
        "--train",
        metavar="CONDITION",
        help="Fit these runs only, e.g. 'N < 5e9', and score the others.",
    ),
    click.option("--group", metavar="COLUMN", help="Pool the law's parameters over these groups."),
    click.option(
        "--vary",
        metavar="NAMES",
        help="With --group: parameters at the reference run that differ, e.g. L_ref,alpha [all].",
    ),
    click.option(
        "--loss-step",
        type=POSITIVE,
        help="Losses were rounded to this, in nats (digitised tables).",
    ),
)

sampling = several(  # how they are fitted
    likelihood,
    click.option(
        "--prior",
        "priors",
        multiple=True,
        metavar="NAME=PRIOR",
        help="Another prior, e.g. 'alpha=LogNormal(-1, 0.3)'; may be repeated.",
    ),
    click.option(
        "--starts",
        type=click.IntRange(1, MOST["starts"]),
        default=128,
        show_default=True,
        help="Points from which the MLE is looked for.",
    ),
    click.option(
        "--chains",
        type=click.IntRange(2, MOST["chains"]),
        default=16,
        show_default=True,
        help="NUTS chains.",
    ),
    click.option(
        "--draws",
        type=click.IntRange(100, MOST["draws"]),
        default=500,
        show_default=True,
        help="Draws of each chain.",
    ),
    click.option(
        "--target-accept",
        type=Number(0.5, 0.999),
        help="Acceptance rate that NUTS aims at; nearer to 1 takes smaller steps.",
    ),
    click.option(
        "--most-runs",
        type=click.IntRange(LEAST_RUNS, MOST["most_runs"]),
        default=MOST_RUNS,
        show_default=True,
        help="Of a larger table, the posterior, checks and figures take this many runs.",
    ),
    seed,
    click.option("--quick", is_flag=True, help="A first look: 8 chains of 200 draws, 200 refits."),
    click.option(
        "--device",
        type=click.Choice(["cpu", "gpu", "tpu"]),
        help="Where to compute [the best there is].",
    ),
)

PLANNING = ("cost", "largest_N", "largest_D", "memory", "sizes", "inference_tokens")
planning = several(  # what constrains a budget; `given` beside them
    click.option(
        "--given",
        multiple=True,
        metavar="NAME=VALUE",
        help="An input beside N and D, e.g. experts=64; experts=1,8,64 chooses the best.",
    ),
    click.option(
        "--cost",
        metavar="RULE",
        help="FLOPs of training, e.g. '6*N*D + 2e9*D'; or measured: C/(N D) of the runs "
        "[the law's own].",
    ),
    click.option("--largest-N", "largest_N", type=POSITIVE, help="The most parameters."),
    click.option("--largest-D", "largest_D", type=POSITIVE, help="The most tokens there are."),
    click.option(
        "--memory", type=POSITIVE, help="The most parameters in memory, all experts included."
    ),
    click.option("--sizes", help="The only sizes that can be built, e.g. 1e9,7e9,70e9."),
    click.option(
        "--inference-tokens",
        type=POSITIVE,
        help="Tokens to be served, paid from the same budget.",
    ),
)

# Of a command that asks one fit a question: a folder of results, or what to fit.
to_fit = several(law, data, choosing, sampling, out)
fitting = several(results, to_fit)
asking = several(fitting, printing)
