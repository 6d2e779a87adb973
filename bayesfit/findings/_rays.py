"""How much tokens per parameter vary in a table: what separates the terms of N and D.

Runs on one ray D = kN cannot separate the exponents (Kricheli et al. 2026, arXiv:2605.08541).
"""

from __future__ import annotations

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.fitted import Fit

ONE_RAY = 0.02  # sd of log(D/N) over sd of log N below which a table is one ray


def reads_both(fit: Fit) -> bool:
    """Whether the law reads N and D."""
    return {"N", "D"} <= set(fit.law.inputs)


def is_one_ray(runs: Runs) -> bool:
    """Whether all runs have nearly the same tokens per parameter."""
    ratio, size = np.log(runs["D"] / runs["N"]), np.log(runs["N"])
    return bool(np.std(ratio) < ONE_RAY * np.std(size) + 1e-9)


def diversity(runs: Runs, exponent: float) -> float:
    """Spread of k^-exponent over its mean, k = D/N: what separates the terms of N and D.

    On one ray it is 0, and standard errors grow as its inverse.

    Args:
        exponent: of D in the loss.
    """
    share = (runs["D"] / runs["N"]) ** -exponent
    return float(share.std() / share.mean())
