"""What a budget should build, what that is worth, and what it costs: for a proposal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _options as options

FORMS = ("eurohpc", "nairr", "ncar")  # `bayesfit.output.forms`, which imports what is heavy


@click.command("budget")
@click.argument("results", nargs=-1, type=options.FOLDER)
@options.to_fit
@options.printing_as(*options.FORMATS, *FORMS)
@click.option("--flops", type=options.POSITIVE, help="The budget, in FLOPs.")
@click.option("--gpu-hours", type=options.POSITIVE, help="The budget in hours of one accelerator.")
@click.option("--node-hours", type=options.POSITIVE, help="The budget in node-hours.")
@click.option("--dollars", type=options.POSITIVE, help="The budget in dollars.")
@click.option("--gpu", default="h100", show_default=True, help="The accelerator.")
@click.option("--mfu", help="Model FLOPs utilisation, e.g. 0.4 or 0.3-0.45 [0.3-0.45].")
@click.option("--price", help="Dollars an hour of one accelerator, e.g. 2.95 or 2-5.")
@click.option(
    "--per-node", type=click.IntRange(1), default=8, show_default=True, help="Accelerators a node."
)
@click.option("--gpus", type=click.IntRange(1), help="How many run at once.")
@click.option("--target", type=options.POSITIVE, help="A loss that has to be reached.")
@click.option(
    "--against",
    multiple=True,
    metavar="N=..,D=..",
    help="Another plan, e.g. N=70e9,D=1.4e12; may be repeated.",
)
@click.option("--within", metavar="LABEL", help="The group that is trained, of a pooled fit.")
@options.planning
@click.pass_context
def command(
    ctx: click.Context,
    results: tuple[Path, ...],
    given: tuple[str, ...],
    against: tuple[str, ...],
    **settings: Any,
) -> None:
    """What a budget should build, what that is worth, and what it costs: for a proposal.

    \b
    bayesfit budget results/chinchilla_approach3/pile --flops 3.8e25 --out proposal
    bayesfit budget results/chinchilla_approach3/pile --gpu-hours 2e6 --gpu h100 --mfu .4

    Of several folders the first is answered for; how far the laws of the others lie from it is a
    band of its own.
    """
    from bayesfit.commands._budgeting import budget

    own = ("flops", "gpu_hours", "node_hours", "dollars", "gpu", "mfu", "price", "per_node", "gpus",
           "target", "within", *options.PLANNING)  # fmt: skip
    asked = {name: settings.pop(name) for name in own}
    settings["results"] = results[0] if results else None
    budget(ctx, settings, beside=results[1:], given=",".join(given), against=against, **asked)
