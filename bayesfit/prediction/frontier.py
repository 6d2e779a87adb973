"""The lowest loss that a budget buys: along the best sizes, or by a law of compute itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesfit.law import Law
from bayesfit.prediction.optimum import optima
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
