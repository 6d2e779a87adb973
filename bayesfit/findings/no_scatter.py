"""Losses that lie on the law to the digit, as computed ones do."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit


def look(fit: Fit) -> Iterator[Finding]:
    """Whether there is any scatter to learn."""
    if fit.without_scatter:
        yield Finding(
            "REVIEW",
            "scatter",
            "Every run lies on the law to a millionth: these losses look computed, not measured. "
            "The estimate is exact, and there is no scatter to learn.",
            "Use the MLE. Bands need measured losses: do not read those of the posterior, whose "
            "sampler has nothing to move in.",
        )


check = Check(look=look, order=71)
