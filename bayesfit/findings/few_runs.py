"""Hardly more runs than the law has parameters."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit

SPARE = 3  # runs beyond one a parameter that scatter is learned from, at least


def look(fit: Fit) -> Iterator[Finding]:
    """Whether the runs can tell the law from the scatter."""
    runs, parameters = len(fit.runs), fit.problem.law_dimension
    if fit.law.group or runs >= parameters + SPARE:
        return
    yield Finding(
        "REVIEW",
        "design",
        f"There are {runs} runs for the {parameters} parameters of the law: they hardly tell it "
        "from the scatter, and the priors do much of the work.",
        "Add runs, or fit a law with fewer parameters.",
    )


check = Check(look=look, order=32)
