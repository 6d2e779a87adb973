"""N and D that rise together, under a law that reads only one of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit

SHARED = 0.5  # of the variance of one that goes with the other


def applies(fit: Fit) -> bool:
    """Whether the law reads one of N and D, and the table has both."""
    read = {"N", "D"} & set(fit.law.inputs)
    return len(read) == 1 and {"N", "D"} <= set(fit.runs.columns)


def look(fit: Fit) -> Iterator[Finding]:
    """Whether the exponent of the one is really that of both."""
    if not rise_together(fit.runs):
        return
    seen, unseen = ("N", "D") if "N" in fit.law.inputs else ("D", "N")
    yield Finding(
        "REVIEW",
        "design",
        f"{unseen} rises with {seen} in these runs, and the law does not see it: the exponent of "
        f"{seen} is that of both together.",
        f"Compare it with that of runs that all have ample {unseen}, or fit a law of N and D.",
    )


def rise_together(runs: Runs) -> bool:
    """Whether N and D both vary, and more than half of the variance of one goes with the other."""
    N, D = np.log(runs["N"]), np.log(runs["D"])
    if min(np.std(N), np.std(D)) < 1e-9:
        return False
    return bool(np.corrcoef(N, D)[0, 1] > SHARED**0.5)


check = Check(look=look, applies=applies, order=20)
