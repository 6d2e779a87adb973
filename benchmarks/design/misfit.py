"""How far a law may be off, as far as its residuals show: a smooth misfit, and scatter.

The law is linear around its fit, with the bounds as its prior. Residuals are then normal, and how
likely they are under each misfit of a grid (share of the variance, length, total variance) is in
closed form. What is expected of a design is linear in the covariances, so it is their mean over the
grid that counts; draws take one of the grid each.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

DOUBT, SPREAD = 0.1, 1.0  # sd of misfit and scatter in sd of the responses; its sd in logs
SHARES = (0.0, 0.25, 0.5, 0.75, 0.95)  # of the variance that is smooth
LENGTHS = (0.7, 1.4, 2.8)  # of the misfit, in sd of the pool's inputs
FACTORS = tuple(np.exp(np.linspace(-3, 3, 9)))  # of DOUBT
MOST = 150  # residuals that are looked at
PRIOR_PRECISION = 4.0  # of coordinates, whose bounds are -1 and 1: a quarter of them is one sd


class Misfit(NamedTuple):
    """Misfits of a grid and how likely each is.

    Attributes:
        weights: probability (grid,).
        smooth, scatter: variances (grid,), in squared sd of the responses.
        lengths: (grid,).
    """

    weights: np.ndarray
    smooth: np.ndarray
    scatter: np.ndarray
    lengths: np.ndarray

    def covariance(self, correlations: np.ndarray) -> np.ndarray:
        """Mean covariance of the misfit between places of such `correlations` (n, m)."""
        amounts = [self.weights[self.lengths == x] @ self.smooth[self.lengths == x]
                   for x in LENGTHS]  # fmt: skip
        return np.tensordot(amounts, correlations, 1)

    @property
    def noise(self) -> float:
        """Mean variance of scatter."""
        return float(self.weights @ self.scatter)


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Those of a misfit of each length between places (LENGTHS, n, m)."""
    return np.stack([kernel(a, b, x) for x in LENGTHS])


def kernel(a: np.ndarray, b: np.ndarray, length: float) -> np.ndarray:
    """Squared exponential correlation of places (n, dimensions) and (m, dimensions)."""
    far = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.exp(-np.maximum(far, 0) / (2 * length**2))


def learned(residuals: np.ndarray, J: np.ndarray, places: np.ndarray) -> Misfit:
    """What the residuals of a fit say.

    Args:
        residuals: in sd of the responses (runs, outputs).
        J: slopes in coordinates (runs, outputs, parameters), in the same unit.
        places: standardised inputs (runs, dimensions).
    """
    outputs = residuals.shape[1]
    keep = np.linspace(0, len(residuals) - 1, min(len(residuals), MOST // outputs + 1)).astype(int)
    smooth, scatter, lengths, log_density = _grid()
    for length in LENGTHS:
        values, vectors = np.linalg.eigh(kernel(places[keep], places[keep], length))
        r = np.einsum("nm,no->mo", vectors, residuals[keep]).ravel()
        law = np.einsum("nm,nop->mop", vectors, J[keep]).reshape(len(r), -1)
        cells = lengths == length
        own = smooth[cells, None] * np.maximum(values, 0) + scatter[cells, None] + 1e-8 * DOUBT**2
        law = law / np.sqrt(PRIOR_PRECISION)
        log_density[cells] += _log_density(r, np.repeat(own, outputs, axis=1), law)
    return Misfit(_shares(log_density), smooth, scatter, lengths)


def _grid():
    cells = np.array(list(product(SHARES, FACTORS, LENGTHS)))
    share, factor, length = cells.T
    variance = (DOUBT * factor) ** 2
    return share * variance, (1 - share) * variance, length, -0.5 * (np.log(factor) / SPREAD) ** 2


def _shares(log_weights: np.ndarray) -> np.ndarray:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def _log_density(r: np.ndarray, own: np.ndarray, law: np.ndarray) -> np.ndarray:
    """Log densities, up to a constant, of normals with covariances diag(own) + law law' (cells,).

    Args:
        own: of each cell (cells, residuals).
    """
    inner = np.eye(law.shape[1]) + np.einsum("rp,cr,rq->cpq", law, 1 / own, law, optimize=True)
    values, vectors = np.linalg.eigh(inner)
    values = np.maximum(values, 1.0)  # as they are but for rounding, which can make them nought
    along = np.einsum("cp,cpq->cq", (r / own) @ law, vectors)
    square = (r**2 / own).sum(1) - np.sum(along**2 / values, axis=1)
    return -0.5 * (square + np.log(own).sum(1) + np.log(values).sum(1))
