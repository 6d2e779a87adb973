"""What has to be read before any number about a budget: how far out it lies, what priors decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bayesfit import findings
from bayesfit.constants import BEYOND
from bayesfit.extrapolation import measured
from bayesfit.fitted import Fit
from bayesfit.formatting import flops, number

FAR = 1.0  # decades beyond the largest run that need a warning where bands were not counted
PRIORS = ("irreducible", "identified", "prior_sensitivity")  # checks of what the runs leave open


def by_priors(fit: Fit, C: float) -> list[str]:
    """What of the answer about a budget the priors decide, and not the runs.

    Args:
        fit: the whole fit, where the budget is that of one group.
    """
    found = findings.review(fit.about_budget(C), PRIORS)
    return [each.finding for each in found if each.verdict != "PASS"]


def far(fit: Fit, asked: Sequence[float]) -> Iterator[str]:
    """Budgets asked for so far out that nearly nobody has seen bands of the law hold there."""
    below, decades = _decades(fit, asked)
    if below > FAR:
        yield (
            f"{flops(asked[0])} FLOPs are {below:.1f} decades below the smallest run fitted: how "
            "often bands of a law hold was counted on larger runs only."
        )
    counted = measured.measured(fit.law, fit.likelihood)
    if decades <= (FAR if counted is None else counted.usual):
        return
    where = f"{flops(asked[-1])} FLOPs are {decades:.1f} decades beyond the largest run fitted"
    times = f"{where} ({number(10**decades, 2)} times as much)"
    if counted is None:
        yield f"{times}, and nobody has counted how often bands of this law hold."
        return
    yield (
        f"{times}. How often bands of this law hold was counted on runs up to "
        f"{counted.farthest:.1f} decades out, nine in ten of them within {counted.usual:.1f}; "
        f"{'none' if decades > counted.farthest else 'few'} of them lay as far out as this."
    )


def beyond(fit: Fit, asked: Sequence[float]) -> list[str]:
    """How far budgets asked for lie outside the runs, where `far` says nothing."""
    if [*far(fit, asked)]:
        return []
    below, above = (10**x for x in _decades(fit, asked))
    said = []
    if below > BEYOND:
        part = number(1 / below, 2)
        said.append(f"{flops(asked[0])} FLOPs are {part} times the smallest run.")
    if above > BEYOND:
        said.append(f"{flops(asked[-1])} FLOPs are {number(above, 2)} times the largest run.")
    return said


def _decades(fit: Fit, asked: Sequence[float]) -> tuple[float, float]:
    """Decades of compute from the least budget up to the smallest run, and from the largest run up.

    Below zero for budgets among the runs; zero without either.
    """
    if not asked or "C" not in fit.runs.columns:
        return 0.0, 0.0
    C = fit.runs["C"]
    return float(np.log10(C.min() / asked[0])), float(np.log10(asked[-1] / C.max()))
