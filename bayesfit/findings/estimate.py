"""Whether the search for the MLE arrived, and whether its starts agree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding, scattered
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

GRADIENT = 1e-4  # norm of the gradient of the log objective above which it has not converged
SAME = 1e-6  # relative difference of objectives of one optimum
AGREE = 0.5  # share of the starts that should find the lowest objective


def look(fit: Fit) -> Iterator[Finding]:
    """One finding, by the gradient at the best start and by how many others reached it."""
    best = fit.mle.best()
    arrived = float(np.mean(fit.mle.objective <= best.objective * (1 + SAME) + 1e-15))
    norm = f"the gradient of its log objective has norm {best.gradient_norm:.1e}"
    if best.gradient_norm > GRADIENT:
        yield Finding(
            "FAIL", "MLE", f"The best start did not converge: {norm}.", "Give more --starts."
        )
    elif arrived < AGREE:
        yield Finding(
            "REVIEW",
            "MLE",
            f"Only {percent(arrived)} of the starts that were run to the end reached the lowest "
            "objective; the surface has several valleys.",
            "Read the MLE with care; the posterior averages over them.",
        )
    else:
        agree = f"{percent(arrived)} of the starts agree on the optimum"
        yield Finding("PASS", "MLE", f"{agree}; {norm}.")


check = Check(look=look, applies=scattered, order=70)
