"""Whether every refit of the bootstrap converged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding, scattered
from bayesfit.fitted import Fit
from bayesfit.stages import resampled_as_one

FEW = 0.01  # share of refits that may fail before the bootstrap is of no use


def applies(fit: Fit) -> bool:
    """Whether there are refits, and scatter without which they are all the same."""
    there = fit.bootstrap is not None and np.size(fit.bootstrap.stats["converged"]) > 0
    return there and scattered(fit)


def look(fit: Fit) -> Iterator[Finding]:
    """One finding, by the number of refits that did not converge."""
    assert fit.bootstrap is not None
    converged = np.asarray(fit.bootstrap.stats["converged"])
    late = int(np.sum(~converged))
    if late:
        yield Finding(
            "REVIEW" if late < FEW * converged.size else "FAIL",
            "bootstrap",
            f"{late} of {converged.size} refits did not converge.",
            "Prefer the posterior intervals.",
        )
    else:
        unit = resampled_as_one(fit.task.whole)
        what = "" if unit is None else f" of whole sizes ({unit.max() + 1} of them)"
        how = "are one Newton step from the MLE each" if fit.task.is_large else "converged"
        yield Finding("PASS", "bootstrap", f"All {converged.size} refits{what} {how}.")


check = Check(look=look, applies=applies, order=80)
