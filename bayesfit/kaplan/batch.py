"""Batch size: the price in steps and in tokens of reaching a loss, and the critical batch.

McCandlish et al. 2018, arXiv:1812.06162: reaching a loss with batch B takes

    S = S_min (1 + B_crit / B) steps    and    E = B S = E_min (1 + B / B_crit) tokens,

a hyperbola (S/S_min - 1)(E/E_min - 1) = 1 with B_crit = E_min / S_min. Kaplan et al. 2020,
arXiv:2001.08361, eq. 1.4: B_crit = B_star / L**(1/alpha_B). Everything is elementwise, in numbers
or arrays; B is in tokens, or in sequences throughout.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from bayesfit.errors import InputError


def steps(S_min, B_crit, B):
    """Steps to the loss with batch B."""
    return S_min * (1 + B_crit / B)


def tokens(S_min, B_crit, B):
    """Tokens to the loss with batch B, E_min = S_min B_crit at least."""
    return S_min * (B + B_crit)


def least_steps(S, B_crit, B):
    """S_min: the steps that S steps of batch B amount to at very large batch (eq. 5.4)."""
    return S / (1 + B_crit / B)


def least_compute(C, B_crit, B):
    """C_min: the compute that C at batch B amounts to at very small batch (eq. 5.5)."""
    return C / (1 + B / B_crit)


def critical_batch(loss, B_star, alpha_B):
    """B_crit at a loss in nats per token, in the unit of B_star (eq. 1.4)."""
    return B_star / loss ** (1 / alpha_B)


def batch_with_overhead(B_crit, base, overhead=0.2):
    """The batch up to which larger batches pay off, counted from a base batch.

    Up to there, steps are at most 1 + overhead times those of perfect scaling from `base`: the
    critical batch as Zhang et al. 2024 define it, arXiv:2410.21676 (20 %, 256 sequences).
    """
    return overhead * B_crit + (1 + overhead) * base


class Hyperbola(NamedTuple):
    """S = S_min (1 + B_crit / B); the paper's other form is a + b/B, b = S_min B_crit."""

    S_min: float
    B_crit: float


def hyperbola(S: np.ndarray, B: np.ndarray) -> Hyperbola:
    """The hyperbola through steps S at batches B, each (runs,), by least squares in log S.

    Raises:
        InputError: fewer than two different batches.
    """
    S, B = np.asarray(S, float), np.asarray(B, float)
    if len(np.unique(B)) < 2:
        raise InputError("a critical batch needs runs at two batch sizes or more")
    start = [np.log(S.min()), np.log(np.median(B))]
    found = least_squares(
        lambda x: x[0] + np.log1p(np.exp(x[1]) / B) - np.log(S), start, xtol=1e-12, ftol=1e-12
    )
    return Hyperbola(*map(float, np.exp(found.x)))
