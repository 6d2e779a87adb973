"""Parameters that the runs say little about: their posterior is nearly the prior."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bayesfit.findings import Check, Finding
from bayesfit.findings._spread import spread_of_refits, spread_ratio
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

WEAK = 0.7  # spread over that of the prior above which the data say little
NAMED = 6  # groups of a parameter that a sentence names


def look(fit: Fit) -> Iterator[Finding]:
    """One finding a parameter; one for all values of groups, one for all spreads of groups."""
    ratios = spread_ratio(fit)
    weak = ratios[ratios > WEAK]
    of_group = [name for name in map(str, weak.index) if "[" in name]
    random = fit.law.random if fit.law.group else ()  # of a law without groups, mere parameters
    spreads = [name for name in map(str, weak.index) if name in random]
    for name in map(str, weak.index):
        if name not in of_group and name not in spreads:
            yield _parameter(fit, name, weak[name])
    if spreads:
        yield _spreads(weak[spreads])
    if of_group:
        yield _of_groups(weak[of_group], len(fit.labels))
    alone = spread_of_refits(fit)
    leaning = alone[(alone > WEAK) & ~alone.index.isin(weak.index) & alone.index.isin(ratios.index)]
    for name in map(str, leaning.index):
        yield _leaning(fit, name, ratios[name], leaning[name])
    if weak.empty and leaning.empty and len(ratios):
        yield Finding(
            "PASS",
            "identifiability",
            f"Every parameter is at most {percent(ratios.max())} as wide as its prior.",
        )


def _parameter(fit: Fit, name: str, ratio: float) -> Finding:
    return Finding(
        "REVIEW",
        name,
        f"{name} ({fit.law.symbols.get(name, 'a parameter of the law')}) is weakly identified: its "
        f"posterior is {percent(ratio)} as wide as the prior.",
        "Treat its value as an assumption; the pair plot shows what is correlated with it.",
    )


def _leaning(fit: Fit, name: str, ratio: float, alone: float) -> Finding:
    return Finding(
        "REVIEW",
        name,
        f"{name} ({fit.law.symbols.get(name, 'a parameter of the law')}) leans on its prior: the "
        f"posterior is {percent(ratio)} as wide as the prior, and refits, which have none, spread "
        f"{percent(alone)} as wide.",
        "The runs alone leave it open: look at its prior (`--prior` takes another).",
    )


def _spreads(weak: pd.Series) -> Finding:
    """How far groups differ, which a few groups say little about."""
    named = ", ".join(f"{name} ({percent(ratio)})" for name, ratio in weak.items())
    return Finding(
        "REVIEW",
        "groups",
        f"How far groups differ is weakly identified: the posterior is nearly as wide as the prior "
        f"for {named}. These spreads set the band of a group that is not in the table.",
        "Treat that band as an assumption; more groups would narrow it.",
    )


def _of_groups(weak: pd.Series, groups: int) -> Finding:
    """Values of single groups, by parameter."""
    where: dict[str, list[str]] = {}
    for label in map(str, weak.index):
        name, _, group = label.removesuffix("]").partition("[")
        where.setdefault(name, []).append(group)
    named = "; ".join(f"{name} for {_names(found, groups)}" for name, found in where.items())
    return Finding(
        "REVIEW",
        "groups",
        f"Weakly identified in single groups, with a posterior more than {percent(WEAK)} as wide "
        f"as the prior: {named}.",
        "These groups lean on the others and on the prior; add runs to them.",
    )


def _names(found: list[str], groups: int) -> str:
    if len(found) == groups:
        return "every group"
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")


check = Check(look=look, order=100)
