"""4000 pairs-bootstrap refits as Epoch AI's notebook makes them: scipy BFGS, autograd's gradient.

Besiroglu et al. 2024 (arXiv:2404.10102) refit each resample once, from the estimate that Hoffmann
et al. give in their TeX source, with scipy's default tolerances. `gradient="hand"` swaps autograd
for the hand-written gradient, which is what a careful user would do about the wait.
"""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
from autograd import grad
from scipy.optimize import minimize

from benchmarks.peers import scipy_grid

START = (6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083)  # log A, log B, log E, alpha, beta


def objective(x, N, D, loss, delta=scipy_grid.DELTA):
    """The notebook's objective: sum of Huber losses of log L, rows repeated as they were drawn."""
    a, b, e, alpha, beta = x
    fitted = anp.log(anp.exp(a - alpha * anp.log(N)) + anp.exp(b - beta * anp.log(D)) + anp.exp(e))
    size = anp.abs(anp.log(loss) - fitted)
    return anp.sum(anp.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta)))


def refit(N, D, loss, resamples, *, gradient: str = "autograd") -> dict:
    """Refit on each resample, given as how often each run was drawn (count, runs).

    Returns:
        Parameters and objective of every refit.
    """
    one = _by_autograd if gradient == "autograd" else _by_hand
    ends = [one(N, D, loss, times) for times in resamples]
    return dict(
        parameters=np.array([end.x for end in ends]), objectives=np.array([end.fun for end in ends])
    )


def _by_autograd(N, D, loss, times):
    rows = np.repeat(np.arange(len(N)), times.astype(int))
    table = N[rows], D[rows], loss[rows]
    return minimize(objective, START, args=table, jac=grad(objective), method="BFGS")


def _by_hand(N, D, loss, times):
    tables = np.log(N), np.log(D), np.log(loss), times
    return minimize(scipy_grid.value_and_gradient, START, args=tables, jac=True, method="BFGS")
