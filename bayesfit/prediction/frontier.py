"""The loss that a budget buys: the lowest of each draw, and that of the size one would build.

The lowest loss of a draw is at the draw's own best size, which nobody knows. Who spends a budget
builds one size, the same in every draw, and ends a little higher: that is the loss to expect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesfit import bands
from bayesfit.law import Law
from bayesfit.prediction.optimum import loss_of_size, optima
from bayesfit.prediction.surface import log_surface


def lowest(law: Law, values: Mapping[str, np.ndarray], C: np.ndarray) -> np.ndarray:
    """The lowest loss of each budget (draws, budgets); infinite where there is no best size.

    Args:
        law: one that `is_allocation` and has a surface, or one of the loss by C alone.
        values: flat draws of its parameters.
        C: budgets in FLOPs.
    """
    if law.inputs == ("C",):
        return np.asarray(law.link.inverse(log_surface(law, values, dict(C=C))))
    return optima(law, values, C)["loss"]


def built(
    law: Law, values: Mapping[str, np.ndarray], C: np.ndarray, **plan: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The median N* of each budget (budgets,), and the loss of building it (draws, budgets).

    The loss is infinite where there is no best size, or the budget buys no token for it. A law of
    the loss by C alone has no size, NaN, and its loss is the one that it predicts.

    Args:
        law, values, C: as `lowest` has them.
        plan: constraints (`bayesfit.prediction.planning.Plan`).
    """
    if law.inputs == ("C",):
        return np.full(len(C), np.nan), lowest(law, values, C)
    N = bands.band(optima(law, values, C, **plan)["N"])["median"]
    there = np.isfinite(N)
    loss = loss_of_size(law, values, np.where(there, N, 1.0), C, **plan)
    return N, np.where(there & np.isfinite(loss), loss, np.inf)
