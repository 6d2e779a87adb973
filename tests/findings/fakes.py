"""What a check needs of a fit, without fitting."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.constants import TARGET
from bayesfit.data.runs import Runs, from_frame
from bayesfit.law import Law


def law(**changes: Any) -> Law:
    """A law of the loss in N and D that says nothing about its parameters."""
    base: dict[str, Any] = dict(priors=lambda ref: {}, log_loss=lambda p, runs: 0.0 * runs.N)
    return Law(**base | dict(rows="final") | changes)


def fit(**parts: Any) -> Any:
    """A fit that has these attributes and no other."""
    return SimpleNamespace(**dict(without_scatter=False, about=TARGET) | parts)


def draws(flat: dict[str, np.ndarray] | None = None, **stats: np.ndarray) -> Any:
    """Draws by parameter (draws, ...), and statistics of how they were made."""
    return SimpleNamespace(flat=flat or {}, stats=stats)


def runs(**columns: Any) -> Runs:
    """A table; a loss is made up where there is none."""
    table = pd.DataFrame(columns)
    if "loss" not in table:
        table["loss"] = 2 + 400 / table["N"] ** 0.34
    return from_frame(table, "fake")


def looked(check: Any, fit: Any) -> list[Any]:
    """The findings of one check, none where it does not apply."""
    return list(check.look(fit)) if check.applies(fit) else []
