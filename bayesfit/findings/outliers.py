"""Runs that lie far from what the fit expects of them, named by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding
from bayesfit.findings._rows import named
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

FAR, ASTRAY = 4.0, 8.0  # sds of what is expected: a long tail has some of the first, not the second
MANY = 0.05  # share beyond FAR from which the scatter is no mere long tail
HALF80 = 1.2816  # of a normal, in sds


def look(fit: Fit) -> Iterator[Finding]:
    """One finding about single runs, one about many."""
    off = np.abs(distances(fit))
    astray, share = np.flatnonzero(off > ASTRAY), float(np.mean(off > FAR))
    if share > MANY:
        yield Finding(
            "REVIEW",
            "outliers",
            f"{percent(share)} of the runs lie more than {FAR:.0f} standard deviations from what "
            f"the fit expects of them, which no long tail explains; farthest is "
            f"{named(fit, [int(np.argmax(off))])}.",
            "Look for two kinds of runs in one table (recipes, tokenizers, diverged runs): fit "
            "them apart, or give the column that tells them apart as --group.",
        )
    elif len(astray):
        rows = astray[np.argsort(-off[astray])]
        yield Finding(
            "REVIEW",
            "outliers",
            f"Far from what the fit expects, by up to {off.max():.0f} standard deviations: "
            f"{named(fit, rows)}. The fit gives them little weight.",
            "Check these rows: a slip of the pen, another unit, a diverged run?",
        )


def distances(fit: Fit) -> np.ndarray:
    """Observed less expected of each run, in standard deviations of what is expected (runs,)."""
    expected, to = fit.predict(fit.runs), fit.law.link.of
    low, middle, high = (
        to(expected[f"observed{end}"].to_numpy()) for end in ("_lo80", "", "_hi80")
    )
    # A floor, for a table without scatter: digits of the loss itself.
    sd = np.maximum(0.5 * (high - low) / HALF80, 1e-9)
    return (to(fit.runs[fit.law.response]) - middle) / sd


check = Check(look=look, order=72)
