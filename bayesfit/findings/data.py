"""What looked wrong in the table when it was read and prepared."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit


def look(fit: Fit) -> Iterator[Finding]:
    """One finding for each warning of the table."""
    for warning in fit.runs.warnings:
        sentence = warning if warning.endswith((".", "?")) else f"{warning}."
        yield Finding("REVIEW", "data", sentence, "Look at these rows.")


check = Check(look=look, order=10)
