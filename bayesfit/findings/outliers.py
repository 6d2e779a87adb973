"""Runs that lie far from what the fit expects of them, named by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding
from bayesfit.findings._rows import named
from bayesfit.fitted import Fit
from bayesfit.formatting import percent
from bayesfit.prediction.surface import log_observed, log_surface

FAR, ASTRAY = 4.0, 8.0  # sds of what is expected: a long tail has some of the first, not the second
MANY = 0.05  # share beyond FAR from which the scatter is no mere long tail
DRAWS = 1000
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
    columns = fit.problem.inputs(fit.runs)
    values = fit.posterior.thin(DRAWS)
    surface = log_surface(*fit.drawn(DRAWS), columns)
    again = log_observed(fit.problem, values, surface, columns, fit.seed)
    low, middle, high = np.quantile(again, [0.1, 0.5, 0.9], axis=0)
    observed = fit.law.link.of(fit.runs[fit.law.response])
    # A floor, for a table without scatter: digits of the loss itself.
    return (observed - middle) / np.maximum(0.5 * (high - low) / HALF80, 1e-9)


check = Check(look=look, order=72)
