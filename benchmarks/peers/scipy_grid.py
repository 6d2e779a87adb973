"""Hoffmann et al. 2022, appendix D.3, in scipy: 4500 starts, Huber loss in log space, one by one.

The parameters are (log A, log B, log E, alpha, beta), as in every notebook that copies the paper.
Three knobs separate what is usually entangled: the optimizer (L-BFGS-B or BFGS), the gradient (by
hand or by finite differences), and how hard scipy tries. Its default tolerances are absolute
numbers near 1e-9 to 1e-5, far too loose for a sum that is about 1e-3 at the optimum.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3
SCALE = 1e3  # with `tight`: brings the objective to about 1, where scipy's tolerances make sense
TIGHT = {
    "L-BFGS-B": dict(ftol=1e-15, gtol=1e-9, maxiter=15_000, maxfun=15_000),
    "BFGS": dict(gtol=1e-8),
}


def grid() -> np.ndarray:
    """The published starting points as (log A, log B, log E, alpha, beta) (4500, 5)."""
    scales, exponents = np.arange(0.0, 30.0, 5.0), np.arange(0.0, 2.5, 0.5)
    return np.array(list(product(scales, scales, np.arange(-1.0, 1.5, 0.5), exponents, exponents)))


def part_of_grid(every: int) -> np.ndarray:
    """One start in `every`, picked at random: each n-th would keep one value of beta only."""
    starts = grid()
    if every == 1:
        return starts
    return np.random.default_rng(0).permutation(starts)[: len(starts) // every]


def value_and_gradient(x, log_N, log_D, log_loss, weights, delta=DELTA):
    """The weighted sum of Huber losses, and its gradient worked out by hand."""
    a, b, e, alpha, beta = x
    by_N, by_D = a - alpha * log_N, b - beta * log_D
    top = np.maximum(np.maximum(by_N, by_D), e)
    part_N, part_D, part_E = np.exp(by_N - top), np.exp(by_D - top), np.exp(e - top)
    total = part_N + part_D + part_E
    r = top + np.log(total) - log_loss
    size = np.abs(r)
    huber = np.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta))
    pull = weights * np.clip(r, -delta, delta) / total
    pull_N, pull_D = pull * part_N, pull * part_D
    gradient = (pull_N.sum(), pull_D.sum(), pull @ part_E, -(pull_N @ log_N), -(pull_D @ log_D))
    return weights @ huber, np.array(gradient)


def fit(start, tables, *, method="L-BFGS-B", gradient="hand", tight=False):
    """One start to where scipy stops."""
    scale = SCALE if tight else 1.0
    options = TIGHT[method] if tight else {}

    def both(x):
        value, slope = value_and_gradient(x, *tables)
        return scale * value, scale * slope

    by_hand = gradient == "hand"
    fun = both if by_hand else lambda x: both(x)[0]
    with np.errstate(all="ignore"):
        found = minimize(fun, start, jac=by_hand or None, method=method, options=options)
    return found.x, found.fun / scale


def race(N, D, loss, *, every: int = 1, **how) -> dict:
    """Fit from every start (or from one in `every`) and keep the best.

    Returns:
        The best parameters, and where each start ended.
    """
    tables = np.log(N), np.log(D), np.log(loss), np.ones(len(N))
    ends = [fit(start, tables, **how) for start in part_of_grid(every)]
    objectives = np.array([value for _, value in ends])
    return dict(best=ends[int(np.nanargmin(objectives))][0].tolist(), objectives=objectives)
