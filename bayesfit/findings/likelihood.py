"""What the likelihood itself has to report about the table, such as runs that it down-weights."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.law import View


def look(fit: Fit) -> Iterator[Finding]:
    """One finding for each remark of the likelihood."""
    problem = fit.problem
    runs = View(**problem.columns, weight=problem.weights)
    for remark in fit.likelihood.remarks(fit.posterior.flat, runs):
        yield Finding("PASS", "likelihood", remark)


check = Check(look=look, order=120)
