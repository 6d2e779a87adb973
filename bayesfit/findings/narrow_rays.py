"""Tokens per parameter that hardly vary, measured by the fitted exponent of D."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding, _rays
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

NARROW = 0.1  # spread of (D/N)^-exponent over its mean below which N and D are hardly separated


def applies(fit: Fit) -> bool:
    """Whether the law is one of the loss in N and D that declares the exponent of D."""
    reads = fit.law.is_of_loss and set(fit.law.inputs) == {"N", "D"}
    exponent = fit.law.role("exponent_D", fit.estimate)
    # One ray has a check of its own.
    return reads and exponent is not None and not _rays.is_one_ray(fit.runs)


def look(fit: Fit) -> Iterator[Finding]:
    """Whether the terms of N and D differ enough over the table; groups by their mean exponent."""
    exponent = float(np.mean(fit.estimate[fit.law.roles["exponent_D"]]))
    spread = _rays.diversity(fit.runs, exponent)
    if spread > NARROW:
        return
    yield Finding(
        "REVIEW",
        "design",
        f"Tokens per parameter vary so little that (D/N)^-{exponent:.2g} has a spread of "
        f"{percent(spread)} of its mean: the terms of N and D are hardly separated (Kricheli, "
        "arXiv:2605.08541).",
        "Add runs with other tokens per parameter before you choose N and D from this fit.",
    )


check = Check(look=look, applies=applies, order=50)
