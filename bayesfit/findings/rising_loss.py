"""A loss that rises with N, D or C: columns that changed places, or a score given as a loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from bayesfit.data.runs import Runs
from bayesfit.findings import Check, Finding, _rays
from bayesfit.fitted import Fit

SURELY = 3.0  # standard errors above nought


def applies(fit: Fit) -> bool:
    """Whether the law explains a loss by some of N, D and C."""
    return fit.law.is_of_loss and bool({"N", "D", "C"} & set(fit.law.inputs))


def look(fit: Fit) -> Iterator[Finding]:
    """One finding for each input that the loss rises with."""
    inputs = [name for name in ("N", "D", "C") if name in fit.law.inputs]
    if {"N", "D"} <= set(inputs) and _rays.is_one_ray(fit.runs):
        inputs.remove("D")
    for name, slope in rises(fit.runs, inputs, fit.law.response).items():
        if slope > SURELY:
            yield Finding(
                "REVIEW",
                "data",
                f"The {fit.law.response} rises with {name} in these runs, where the law says that "
                "it falls.",
                f"See whether {name} and {fit.law.response} are the columns that they are taken "
                "for (a score is no loss), and whether larger runs were trained as well as "
                "small ones.",
            )


def rises(runs: Runs, inputs: list[str], response: str) -> dict[str, float]:
    """Slope of the response on each input at given others, by ranks, in standard errors.

    Ranks, so that no single run decides.
    """
    varied = [name for name in inputs if np.ptp(np.log(runs[name])) > 1e-9]
    n = len(runs)
    if not varied or n < len(varied) + 3:
        return {}
    x = np.column_stack([np.ones(n), *(rankdata(runs[name]) for name in varied)])
    y = rankdata(runs[response])
    slopes, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    if rank < x.shape[1]:
        return {}
    left = y - x @ slopes
    variance = max(left @ left / (n - x.shape[1]), 1e-12) * np.linalg.inv(x.T @ x)
    errors = np.sqrt(np.diag(variance))
    return dict(zip(varied, (slopes / errors)[1:].tolist(), strict=True))


check = Check(look=look, applies=applies, order=15)
