"""An input of the law that is the same in all runs: what it does is the prior's word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import count

SAME = 0.02  # sd of the log of an input below which it does not vary


def look(fit: Fit) -> Iterator[Finding]:
    """One finding an input."""
    for name in fit.law.inputs:
        if name in fit.law.any_value or name not in fit.task.given.columns:
            continue  # a domain that no run was trained on is a choice; what a law makes is its own
        values = fit.runs[name]
        if values.dtype.kind not in "iuf" or np.std(np.log(values)) > SAME:
            continue
        yield Finding(
            "REVIEW",
            "design",
            f"All {len(values)} runs have the same {name}, {count(float(np.median(values)))}: what "
            f"{name} does to the loss, and every optimum, is the prior's word alone.",
            f"Add runs with another {name}, or fit a law that does not read it.",
        )


check = Check(look=look, order=31)
