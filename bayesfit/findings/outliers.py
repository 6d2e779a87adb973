"""Runs that lie far from the fit, named by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.constants import MAD_TO_SD
from bayesfit.findings import Check, Finding
from bayesfit.findings._rows import named
from bayesfit.fitted import EXACT, Fit
from bayesfit.formatting import percent

FAR, ASTRAY = 4.0, 8.0  # sds of what is expected: a long tail has some of the first, not the second
MANY = 0.05  # share beyond FAR from which the scatter is no mere long tail


def look(fit: Fit) -> Iterator[Finding]:
    """One finding about single runs, one about many."""
    off = np.abs(distances(fit))
    astray, share = np.flatnonzero(off > ASTRAY), float(np.mean(off > FAR))
    if share > MANY:
        yield Finding(
            "REVIEW",
            "outliers",
            f"{percent(share)} of the runs lie more than {FAR:.0f} standard deviations from the "
            f"fit, which no long tail explains; farthest are "
            f"{named(fit, np.argsort(-off)[: int(np.sum(off > FAR))])}.",
            "If they went wrong, leave them out or fit with --likelihood contaminated; if they are "
            "of another recipe or tokenizer, give the column that says so as --group.",
        )
    elif len(astray):
        rows = astray[np.argsort(-off[astray])]
        yield Finding(
            "REVIEW",
            "outliers",
            f"Far from the fit, by up to {off.max():.0f} standard deviations of the others: "
            f"{named(fit, rows)}.",
            "Check these rows (a slip of the pen, another unit, a diverged run?); if they went "
            "wrong, leave them out or fit with --likelihood contaminated.",
        )


def distances(fit: Fit) -> np.ndarray:
    """Observed less fitted of each run, in robust standard deviations of all (runs,).

    Not of the run's own predictive band: that has seen the run, and gives way to it.
    """
    to, response = fit.law.link.of, fit.law.response
    off = to(fit.runs[response]) - to(fit.predict(fit.runs)[response].to_numpy())
    # A floor, for a table without scatter: digits of the loss itself.
    scale = max(MAD_TO_SD * float(np.median(np.abs(off))), EXACT)
    known = fit.problem.columns.get("loss_se", np.zeros(1))[: len(off)] ** 2
    return off / np.sqrt(scale**2 + np.maximum(known - np.median(known), 0.0))


check = Check(look=look, order=72)
