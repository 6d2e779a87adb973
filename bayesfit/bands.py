"""Bands: a median with its 80 % and 95 % intervals, the one form in which a number is reported."""

from __future__ import annotations

import numpy as np

LEVELS = {"lo95": 0.025, "lo80": 0.10, "median": 0.50, "hi80": 0.90, "hi95": 0.975}


def band(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Quantiles over the first axis of `draws`, by the names above.

    Draws that are infinite (an optimum that does not exist, say) count as such; a quantile that
    falls among them is infinite, and never an average with them.
    """
    levels = np.quantile(draws, list(LEVELS.values()), axis=0, method="nearest")
    return dict(zip(LEVELS, levels, strict=True))


def columns(name: str, draws: np.ndarray) -> dict[str, np.ndarray]:
    """The band as table columns: `N`, `N_lo95`, `N_lo80`, `N_hi80`, `N_hi95`."""
    return {
        name if level == "median" else f"{name}_{level}": values
        for level, values in band(draws).items()
    }
