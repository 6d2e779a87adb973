"""What D- and V-optimal share: a normal posterior around the best fit.

As in Li et al. 2026: prior sd a quarter of the bounds' width (of the log of positive parameters),
the variance of scatter shrunk towards that of the responses, the 2.5 cheapest runs a parameter and
output first (within 2 % of the pool's cost).
"""

import numpy as np

from benchmarks.design.fitting import slopes
from benchmarks.design.misfit import PRIOR_PRECISION
from benchmarks.design.protocol import State

SHRINKAGE = 2.0  # shape of the inverse gamma prior of the variance of scatter
PILOT_RUNS, PILOT_SHARE = 2.5, 0.02


def pilot(state: State):
    """The next of the cheapest runs, while the first lot is not complete; none after."""
    outputs = state.group.responses.shape[1]
    wanted = max(1, int(PILOT_RUNS * state.law.ends.shape[1] // outputs))
    rows = np.argsort(state.group.costs, kind="stable")[:wanted]
    total = np.cumsum(state.group.costs[rows])
    rows = rows[(total <= PILOT_SHARE * state.group.costs.sum()) | (np.arange(len(rows)) == 0)]
    return [row for row in rows if row not in state.bought]


def scatter(state: State) -> float:
    """Variance of scatter: residuals of the best fit, and the variance of the pool's responses."""
    assert state.fits is not None
    count, outputs = len(state.bought), state.group.responses.shape[1]
    squares = count * outputs * state.fits.mse[0]
    prior = SHRINKAGE * np.var(state.group.responses)
    return float((prior + squares / 2) / (SHRINKAGE + count / 2 - 1))


def greedy(state: State, gain) -> list[int]:
    """A batch of runs, each the best after those before it.

    Args:
        gain: (covariance of the coordinates, slopes of the candidates, variance of scatter, rows of
            the candidates) -> what each is worth (candidates,).
    """
    assert state.fits is not None
    variance = scatter(state)
    J = slopes(state.law, state.fits.theta[:1], state.group.pool)[0]
    flat = J[state.bought].reshape(-1, J.shape[-1])
    information = flat.T @ flat / variance + PRIOR_PRECISION * np.eye(J.shape[-1])
    on_sale = state.group.costs <= state.ends[-1] - state.spent
    on_sale[state.bought] = False
    chosen: list[int] = []
    while len(chosen) < state.batch and on_sale.any():
        rows = np.flatnonzero(on_sale)
        best = int(rows[np.argmax(gain(_inverse(information), J[rows], variance, rows))])
        chosen.append(best)
        on_sale[best] = False
        information += J[best].T @ J[best] / variance
    return chosen


def _inverse(information: np.ndarray) -> np.ndarray:
    """The covariance; directions that others outweigh 1e10 times count as that."""
    values, vectors = np.linalg.eigh(information)
    return (vectors / np.maximum(values, 1e-10 * values[-1])) @ vectors.T
