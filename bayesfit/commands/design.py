"""Which runs to pay for next: those that narrow a band most for their FLOPs."""

from __future__ import annotations

from typing import Any

import click

from bayesfit.commands import _options as options


def _one(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The one target; of two the last would be planned for, without a word of the first."""
    if len(given) > 1:
        ctx.fail("--target is given twice: a design is for one target, so ask once for each.")
    return given[0] if given else None


@click.command("design")
@options.asking
@click.option(
    "--target",
    multiple=True,
    callback=_one,
    help="What it is about: C=1e25, or one run, N=70e9,D=1.4e12.",
)
@click.option(
    "--quantity",
    default="loss",
    show_default=True,
    help="loss, N, D, tokens_per_parameter, speedup, law, or a parameter such as alpha.",
)
@click.option("--allowance", type=options.POSITIVE, help="What may be spent, in FLOPs.")
@click.option("--runs", type=click.IntRange(1, 200), help="At most so many runs [12].")
@click.option("--pool", help="The runs that could be bought, as a table; each once.")
@click.option("--price", metavar="COLUMN", help="What a run of the pool costs [its FLOPs].")
@click.option("--N", "N", metavar="LOW-HIGH", help="Sizes of runs, e.g. 1e8-1e10.")
@click.option("--D", "D", metavar="LOW-HIGH", help="Tokens of runs, e.g. 1e9-1e11.")
@click.option("--tokens-per-parameter", metavar="LOW-HIGH", help="Of runs, e.g. 5-200.")
@click.option("--within", metavar="LABEL", help="The group that is asked about, of a pooled fit.")
@click.option("--of", help="With --quantity speedup: the recipe in doubt.")
@click.option("--over", help="With --quantity speedup: the recipe that it would replace.")
@click.option("--against", type=options.FOLDER, help="With --quantity law: results of the rival.")
@click.option(
    "--around",
    metavar="RUN",
    help="Before any run: a reference run of --model, e.g. N=1e8,D=2e9,loss=3.3.",
)
@options.planning
@click.pass_context
def command(
    ctx: click.Context, given: tuple[str, ...], around: str | None, **settings: Any
) -> None:
    """Which runs to pay for next: those that narrow a band most for their FLOPs.

    \b
    bayesfit design results/chinchilla_approach3/pile --target C=1e25 --allowance 3e21
    bayesfit design results/kaplan_chinchilla/mine --target C=1e24 --quantity N --pool offers.csv
    bayesfit design --model kaplan_chinchilla --around N=1e8,D=2e9,loss=3.3 --N 1e7-1e9 ...
    """
    from bayesfit.commands._asking import ask, ask_priors

    own = ("target", "quantity", "allowance", "runs", "pool", "price", "N", "D",
           "tokens_per_parameter", "within", "of", "over", "against",
           *options.PLANNING)  # fmt: skip
    asked = {name: settings.pop(name) for name in own}
    asked["given"] = ",".join(given)
    if around is not None:
        return ask_priors(ctx, "design", settings, around, **asked)
    return ask(ctx, "design", settings, **asked)
