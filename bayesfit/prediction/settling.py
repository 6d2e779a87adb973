"""Which further run would tell most about a quantity, by the draws of one posterior.

A run that is observed moves the mean of a quantity y as far as the two are correlated, and leaves
var(y | run) = var(y) (1 - r^2), were all of it normal; r is the correlation of y with what the run
would show, its scatter included (V-optimal design; Chaloner & Verdinelli 1995,
doi:10.1214/ss/1177009939). No posterior is computed anew.
"""

from __future__ import annotations

import numpy as np

SPAN = 0.01, 0.99  # quantiles that draws are clipped to: scatter and quantities have heavy tails


def share_left(y: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """The sd of a quantity after each run was observed, as a share of that before (runs,).

    Args:
        y: the quantity in every draw (draws,).
        observed: what each run would show in every draw (draws, runs).
    """
    target, shown = _clipped(y[:, None]), _clipped(observed)
    both = (target * shown).mean(0) ** 2
    apart = np.maximum((target**2).mean(0) * (shown**2).mean(0), np.finfo(float).tiny)
    return np.sqrt(np.clip(1.0 - both / apart, 0.0, 1.0))


def _clipped(x: np.ndarray) -> np.ndarray:
    """Draws (draws, ...) within their quantiles, centred."""
    x = np.where(np.isfinite(x).any(0), x, 0.0)  # never a number: there is nothing to learn
    finite = np.where(np.isfinite(x), x, np.nan)
    low, high = np.nanquantile(finite, SPAN, axis=0)
    kept = np.clip(np.where(np.isnan(x), np.nanmedian(finite, axis=0), x), low, high)
    return kept - kept.mean(0)
