"""How many tokens each size needs: by Kaplan, by Hoffmann's three approaches, and by a fit.

Kaplan et al. 2020, arXiv:2001.08361, say how many tokens keep a model from overfitting (eq. 4.4);
Hoffmann et al. 2022, arXiv:2203.15556, for how many it is the best use of its compute (tables 3 and
A3). A fit answers the second question with a band: the tokens at which N is N*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.kaplan.overfitting import kaplan_bound
from bayesfit.law import Law
from bayesfit.prediction.optimum import optima
from bayesfit.questions import Options, _budgets

HOFFMANN = pd.DataFrame(  # tokens for N parameters by approach 1, 2, 3, as printed
    [
        (400e6, 8.0e9, 7.7e9, 9.2e9),
        (1e9, 20.2e9, 20.0e9, 27.1e9),
        (10e9, 205.1e9, 219.5e9, 410.1e9),
        (67e9, 1.5e12, 1.7e12, 4.1e12),
        (175e9, 3.7e12, 4.3e12, 12.0e12),
        (280e9, 5.9e12, 7.1e12, 20.1e12),
        (520e9, 11.0e12, 13.4e12, 43.5e12),
        (1e12, 21.2e12, 26.5e12, 94.1e12),
        (10e12, 216.2e12, 292.0e12, 1425.5e12),
    ],
    columns=["N", "approach_1", "approach_2", "approach_3"],
)
SIZES = tuple(HOFFMANN["N"])
FACTOR = 3.7  # what people multiply Kaplan's bound with
NEAR = 1.5  # within this factor, up or down, counts as the right amount
CHEAPEST, DEAREST, BUDGETS = 1e10, 1e45, 71  # FLOPs among which N's budget is searched


class Verdict(NamedTuple):
    """Is `factor` times Kaplan's bound the right amount of data?

    Attributes:
        near: probability that it is right within `NEAR`, for each size (sizes,).
        more: probability that more than that is needed (sizes,).
        throughout: probability that it is right within `NEAR` at all sizes at once.
    """

    factor: float
    near: np.ndarray
    more: np.ndarray
    throughout: float


def best_tokens(law: Law, values: Mapping[str, np.ndarray], N: Sequence[float]) -> np.ndarray:
    """D (draws, sizes) for which N is the best size of the compute that both cost.

    Infinite (or 0) where no budget has N as its best size.
    """
    wanted = np.log(np.asarray(N, float))
    best = optima(law, values, np.geomspace(CHEAPEST, DEAREST, BUDGETS))
    log_N, log_D = (np.log(best[name]) for name in ("N", "D"))
    D = np.stack([_where(log_N, log_D, size) for size in wanted], axis=1)
    return np.exp(D)


def _where(log_N: np.ndarray, log_D: np.ndarray, size: float) -> np.ndarray:
    """log D* where N* passes a size (draws,), between two budgets; exact for a power law."""
    above = log_N >= size  # also where a budget has no best size
    first, draw = above.argmax(1), np.arange(len(log_N))
    before = np.maximum(first - 1, 0)
    low, high = log_N[draw, before], log_N[draw, first]
    found = above.any(1) & np.isfinite(high)
    share = np.where(found, size - low, 0.0) / np.where(found & (first > 0), high - low, 1.0)
    ends = np.where(np.isfinite(log_D), log_D, 0.0)
    between = (1 - share) * ends[draw, before] + share * ends[draw, first]
    return np.where(found, np.where(first == 0, -np.inf, between), np.inf)


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if the law knows no best size for a budget, or one for each group or input."""
    if not law.is_allocation or law.given:
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}, so it knows no best size for a budget: "
            "choose a law of N and D"
        )
    if law.group:
        raise InputError(
            f"{law.name} has a best size for each {law.group}: fit it without groups, or in Python "
            "ask fit.within(label)"
        )
    _budgets.sizes(options.get("sizes", SIZES))


def table(D: np.ndarray, sizes: Sequence[float] = SIZES) -> pd.DataFrame:
    """One row a size: Kaplan's bound, Hoffmann's tokens, bands of ours and of ours over Kaplan's.

    Args:
        D: tokens (draws, sizes), of `best_tokens`.
        sizes: parameters; Hoffmann's columns are empty for those their tables do not list.
    """
    kaplan = kaplan_bound(np.asarray(sizes, float))
    found = pd.DataFrame(dict(N=np.asarray(sizes, float), kaplan=kaplan))
    found = found.merge(HOFFMANN, on="N", how="left")
    found["approach_1_over_kaplan"] = found["approach_1"] / kaplan
    ours = bands.columns("D", D) | bands.columns("D_over_kaplan", D / kaplan[None])
    return found.assign(**ours)


def verdict(D: np.ndarray, sizes: Sequence[float] = SIZES, factor: float = FACTOR) -> Verdict:
    """Whether `factor` times Kaplan's bound is the right amount of data, by draws of D."""
    off = D / (factor * kaplan_bound(np.asarray(sizes, float))[None])
    near = (off > 1 / NEAR) & (off < NEAR)
    return Verdict(factor, near.mean(0), (off > 1).mean(0), float(near.all(1).mean()))
