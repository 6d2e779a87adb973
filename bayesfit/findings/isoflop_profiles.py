"""IsoFLOP profiles that cannot bear an optimum: too few runs, an edge, or a bend downwards."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bayesfit.data import isoflop
from bayesfit.data.runs import Runs
from bayesfit.data.values import listed
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops


def applies(fit: Fit) -> bool:
    """Whether the law is one of the loss that sizes or tokens enter, and the table has both."""
    there = {"N", "C"} <= set(fit.runs.columns)
    return there and fit.law.is_of_loss and tuple(fit.law.inputs) != ("C",)


def look(fit: Fit) -> Iterator[Finding]:
    """Budgets with few runs, and those whose optimum lies outside the sizes trained."""
    table = isoflop.profiles(fit.runs)
    if not table.empty:
        yield from few_runs(table)
        yield from at_an_edge(table)
        yield from downwards(fit.runs)


def few_runs(table: pd.DataFrame) -> Iterator[Finding]:
    """Profiles (`isoflop.profiles`) with hardly more runs than a parabola has parameters."""
    few = table[table["runs"] < isoflop.PARABOLA]
    if len(few):
        yield Finding(
            "REVIEW",
            "isoFLOP",
            f"{len(few)} of {len(table)} isoFLOP profiles have fewer than {isoflop.PARABOLA} runs "
            f"({listed(flops(C) for C in few['budget'])} FLOPs): a parabola goes through them "
            "however they scatter.",
            "Add sizes to these budgets, or leave them out.",
        )


def at_an_edge(table: pd.DataFrame) -> Iterator[Finding]:
    """Profiles whose lowest loss is that of their smallest or largest size."""
    edge = table[table["edge"]]
    if len(edge):
        yield Finding(
            "REVIEW",
            "isoFLOP",
            f"The lowest loss is at an edge of the profile of {listed(map(flops, edge['budget']))} "
            "FLOPs: its optimum lies outside the sizes that were trained.",
            "Add sizes beyond the edge; until then the optimum there is an extrapolation.",
        )


def downwards(runs: Runs) -> Iterator[Finding]:
    """Profiles that are no bowls, and the run to look at."""
    for C, row in isoflop.bent(runs):
        of = ""
        if row >= 0:
            N, loss = (runs[name][row] for name in ("N", "loss"))
            of = f", for its run of {count(N)} parameters has a loss of {loss:.4g}"
        yield Finding(
            "REVIEW",
            "isoFLOP",
            f"The profile of {flops(C)} FLOPs bends down{of}: it has no best size.",
            "Look at that run, which may have diverged, or leave it out." if of else "Add sizes.",
        )


check = Check(look=look, applies=applies, order=40)
