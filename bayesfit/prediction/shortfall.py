"""The shortfall: by how much a law's improvement beyond the data has been off.

Fitted to small runs and asked about large ones, a law is wrong in a self-similar way: the real
improvement is (1 + kappa) times the improvement that it predicts, with about the same kappa at
every budget of one sweep. So the loss beyond the frontier of the runs is taken to be

    log L(x) = mu(x) - kappa * max(0, frontier - mu(x)),

with mu the fitted log loss and `frontier` the best fitted log loss among the runs (their 2 %
quantile). On the runs themselves nothing changes, so kappa has a posterior of its own: its prior is
how kappa varied over public sweeps (the reference class), its data are fits to the smaller of the
runs, scored on the larger. The correction keeps the order of losses at a budget, so N* and D* are
those of the law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.errors import InputError
from bayesfit.law import Law

KINDS = ("inner", "reference", "none")
FRONTIER = 0.02  # quantile of fitted log loss over the runs that stands for the best of them
REACH = 0.01  # mean improvement, in log loss, below which a refit says nothing of kappa
TRANSFER = 0.1  # sd of kappa beyond the runs around kappa within them
TYPICAL = 0.1  # kappa of a law that bends with the data: 1 % of the loss over a decade of compute
REFERENCE = Path(__file__).with_name("reference_class.csv")


class Kappa(NamedTuple):
    """A normal estimate of kappa."""

    mean: float
    sd: float


UNKNOWN = Kappa(0.1, 0.3)  # between Chinchilla's form (.2) and forms that bend with the data (0)


def frontier(surface: np.ndarray) -> np.ndarray:
    """Best fitted log loss of each draw (draws,) over the runs of `surface` (draws, runs)."""
    return np.quantile(surface, FRONTIER, axis=1)


def improvement(surface: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Improvement in log loss that each draw predicts beyond its frontier (draws, runs)."""
    return np.maximum(0.0, best[:, None] - surface)


def corrected(surface: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """The surface with its shortfall, for draws that have a `kappa`; as it is for others.

    Args:
        surface: fitted log loss (draws, points).
        values: flat draws, with `kappa` and `frontier` (draws,) if it has a shortfall.
    """
    if "kappa" not in values:
        return surface
    return surface - values["kappa"][:, None] * improvement(surface, values["frontier"])


def estimate(surface: np.ndarray, best: np.ndarray, log_loss: np.ndarray) -> Kappa | None:
    """kappa seen by runs that were not fitted, by least squares within each draw.

    Args:
        surface: log loss predicted for them (draws, runs).
        best: the frontier of the runs that were fitted (draws,).
        log_loss: what was observed, less what is known of each run's model (draws or 1, runs).

    Returns:
        None where the law predicts too little improvement for kappa to show.
    """
    predicted = improvement(surface, best)
    if np.median(predicted.mean(1)) < REACH:
        return None
    miss = surface - log_loss
    kappa = (predicted * miss).sum(1) / np.maximum((predicted**2).sum(1), 1e-12)
    low, middle, high = np.quantile(kappa, [0.16, 0.5, 0.84])
    return Kappa(float(middle), float(high - low) / 2)


def pooled(inner: Sequence[Kappa]) -> Kappa | None:
    """The inner estimates as one: they share their runs, so many are no surer than their mean."""
    if not inner:
        return None
    weights = np.array([1 / (k.sd**2 + TRANSFER**2) for k in inner])
    mean = np.average([k.mean for k in inner], weights=weights)
    return Kappa(float(mean), float(weights.mean() ** -0.5))


def posterior(kind: str, inner: Sequence[Kappa], law: str, without: str = "") -> Kappa | None:
    """kappa's posterior: the reference class, and with kind "inner" the sweep's own estimates.

    Args:
        law: the law's name, empty for one that was not measured; kappa differs between laws.
        kind: "inner", "reference" or "none".
        without: a group of the reference class to leave out (a sweep must not predict itself).
    """
    check(kind)
    if kind == "none":
        return None
    prior, own = reference(law, without), pooled(inner) if kind == "inner" else None
    if own is None:
        return prior
    precision = prior.sd**-2 + own.sd**-2
    return Kappa((prior.mean / prior.sd**2 + own.mean / own.sd**2) / precision, precision**-0.5)


def applies(law: Law) -> bool:
    """Whether kappa is defined: a law of the log loss with one surface, not one a group."""
    return law.is_of_loss and law.link.name == "log" and not law.group


def check(kind: str, refits: bool = True) -> None:
    """InputError if there is no such kind of shortfall, or no refits to learn it from."""
    if kind not in KINDS:
        raise InputError(f"there is no shortfall {kind!r}; choose one of {', '.join(KINDS)}")
    if kind == "inner" and not refits:
        raise InputError(
            "shortfall 'inner' is learned from refits on the smaller runs: choose another without"
        )


@cache
def reference(law: str, without: str = "") -> Kappa:
    """What kappa to expect of a sweep not seen yet, by a normal hierarchy over public sweeps.

    A law that has not been measured on them gets a wide prior instead.

    Splits of one group are averaged first; groups vary by a normal whose mean (prior sd TYPICAL)
    and spread (half-normal, TYPICAL) are learned on a grid, and the prediction for a new group
    carries the uncertainty of both.
    """
    table = pd.read_csv(REFERENCE, comment="#")
    table = table[(table["law"] == law) & (table["group"] != without)]
    if len(table) < 3:
        return UNKNOWN
    groups = table.groupby("group")
    seen = groups["kappa"].mean().to_numpy()
    sd = np.hypot(groups["sd"].mean().to_numpy(), groups["kappa"].std().fillna(0.0).to_numpy())
    mean, spread = (x.ravel() for x in np.meshgrid(GRID_MEAN, GRID_SPREAD))
    width = np.hypot(spread[:, None], sd[None])
    log_density = -(np.log(width) + 0.5 * ((seen[None] - mean[:, None]) / width) ** 2).sum(1)
    log_density -= 0.5 * (mean**2 + spread**2) / TYPICAL**2
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    expected = float(weight @ mean)
    return Kappa(expected, float(weight @ (spread**2 + (mean - expected) ** 2)) ** 0.5)


GRID_MEAN, GRID_SPREAD = np.linspace(-1, 1, 201), np.linspace(0.005, 0.6, 120)


def with_kappa(
    values: Mapping[str, np.ndarray], surface: np.ndarray, kappa: Kappa, seed: int = 0
) -> dict[str, np.ndarray]:
    """Draws (chains, draws) joined by `kappa` and by the `frontier` of the runs fitted.

    Args:
        values: name -> (chains, draws, ...).
        surface: log loss fitted to the runs, chains end to end (chains * draws, runs).
    """
    shape = next(iter(values.values())).shape[:2]
    drawn = np.random.default_rng(seed).normal(kappa.mean, kappa.sd, shape)
    return dict(values) | dict(kappa=drawn, frontier=frontier(surface).reshape(shape))
