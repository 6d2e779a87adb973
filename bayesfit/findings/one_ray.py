"""A table whose runs all have the same tokens per parameter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding, _rays
from bayesfit.fitted import Fit


def look(fit: Fit) -> Iterator[Finding]:
    """Whether the exponents of N and D can be separated at all."""
    if not _rays.is_one_ray(fit.runs):
        return
    yield Finding(
        "REVIEW",
        "design",
        f"All {len(fit.runs)} runs have nearly the same tokens per parameter, "
        f"{np.median(fit.runs['D'] / fit.runs['N']):.3g}: they lie on one ray D = kN, where the "
        "exponents of N and D cannot be separated (Kricheli, arXiv:2605.08541).",
        "Believe losses along that ray only; add runs with other tokens per parameter before you "
        "choose N and D from this fit.",
    )


check = Check(look=look, applies=_rays.reads_both, order=30)
