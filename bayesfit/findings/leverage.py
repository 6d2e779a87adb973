"""Runs that the MLE follows wherever they lie, for no other run is near."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding
from bayesfit.findings._rows import named
from bayesfit.fitted import Fit
from bayesfit.problem import slopes_of

ALONE = 0.9  # leverage, from 0 to 1, from which the fit follows a run wherever it lies


def look(fit: Fit) -> Iterator[Finding]:
    """One finding: the runs whose own loss decides what the MLE has for them."""
    found = leverage(fit)
    rows = np.flatnonzero(found > ALONE)
    if len(rows) and len(found) > fit.problem.law_dimension:
        rows = rows[np.argsort(-found[rows])]
        several = len(rows) > 1
        yield Finding(
            "REVIEW",
            "leverage",
            f"The MLE follows {named(fit, rows)} wherever {'they lie' if several else 'it lies'}: "
            f"no other run is near (leverage above {ALONE:g} of 1).",
            "Check the inputs of these rows; if they are right, add runs beside them.",
        )


def leverage(fit: Fit) -> np.ndarray:
    """How far each fitted loss follows its own run, by the slopes at the MLE (runs,)."""
    slopes = slopes_of(fit.problem, fit.mle.best().q)[: len(fit.runs), ~fit.problem.random]
    size = np.linalg.norm(slopes, axis=0)
    scaled = slopes[:, size > 0] / size[size > 0]
    u, s, _ = np.linalg.svd(scaled, full_matrices=False)
    return np.sum(u[:, s > 1e-8 * s[0]] ** 2, axis=1)


check = Check(look=look, order=73)
