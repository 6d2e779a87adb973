"""Draws of the posterior that have no best size for a budget."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bayesfit.constants import BUDGETS, UNSEEN
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import flops, percent


def applies(fit: Fit) -> bool:
    """Whether the law answers with a size for a budget alone, with nothing else given."""
    return fit.law.is_allocation and not fit.law.given


def look(fit: Fit) -> Iterator[Finding]:
    """The share of draws without a valley at the largest standard budget, of each group."""
    table = fit.optimum(BUDGETS)
    table = table[(table["C"] == BUDGETS[-1]) & (table["without_optimum"] > 0)]
    if len(table):
        yield Finding(
            "REVIEW",
            "optimum",
            f"{_shares(table, fit.law.group)} of the draws have no best size for "
            f"{flops(BUDGETS[-1])} FLOPs: over the sizes that spend it, their loss has no lowest "
            "point. They count as infinite in the bands of N* and D*.",
            "Plan with the largest N that you could train, or with another law.",
        )


def _shares(table: pd.DataFrame, group: str) -> str:
    """The shares in words; of groups, each with its name."""
    if group not in table:
        return percent(table["without_optimum"].iloc[0])
    labels = [f"{group} not seen" if x == UNSEEN else str(x) for x in table[group]]
    shares = map(percent, table["without_optimum"])
    return ", ".join(f"{share} ({x})" for share, x in zip(shares, labels, strict=True))


check = Check(look=look, applies=applies, order=130)
