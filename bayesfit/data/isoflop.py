"""IsoFLOP profiles: runs of equal compute, and the classical two steps of Chinchilla's approach 2.

Hoffmann et al. 2022, arXiv:2203.15556, section 3.2: a parabola in log N for the losses of each
budget, then a line through the optima, log N* against log C. The hierarchical law that does both
at once is `chinchilla_approach2`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs
from bayesfit.data.values import one_size
from bayesfit.errors import InputError

COLUMN = "budget"  # names the budget of each run, if a table has it
EXACT, FEW, MOST = 0.01, 3, 0.8  # a clean grid: 3 runs within 1 % in C, for 80 % of the runs
LOOSE, CROWD = 0.04, 6  # a digitised one: 6 runs within 4 % of a run stand out from the rest
STANDS_OUT = 2.5  # times as many runs as a sweep spread evenly over C would have there
WIDE = 1.0  # e-folds of C below which there is no sweep for a crowd to stand out from
LEAST = 0.2  # share of the runs that crowds hold, or they are chance
SIZES, SPAN = 3, 1.5  # different N that a profile must have, and how far apart the outermost are
PARABOLA = 5  # runs below which a parabola has hardly any freedom left


class TwoStep(NamedTuple):
    """What parabolas and a line make of isoFLOP profiles.

    Attributes:
        a, log_G: of N* = G (C / 6)^a; b = 1 - a.
        profiles: one row a budget (`profiles`).
        refits: a and log_G of each bootstrap replicate (replicates, 2).
    """

    a: float
    log_G: float
    profiles: pd.DataFrame
    refits: np.ndarray

    def N(self, flops: float) -> float:
        """N* at a budget in FLOPs."""
        return float(np.exp(self.log_G + self.a * np.log(flops / 6)))


def budgets(runs: Runs) -> np.ndarray:
    """The budget of each run in FLOPs (runs,), the geometric mean of its cluster; NaN outside.

    A column `budget` names them, where it is filled. Otherwise budgets are clusters of
    log C: runs that repeat a C to 1 % if nearly all do, else crowds that stand out from the rest.
    A cluster of one or two sizes is no profile.
    """
    log_C = np.log(runs["C"])
    if COLUMN in runs.columns:
        code = runs[COLUMN].astype(str).astype(object)
        code[(code == "") | (code == "nan")] = None
    else:
        code = _clusters(log_C, EXACT, FEW)
        if np.mean(code != None) < MOST:  # noqa: E711  (elementwise)
            code = _clusters(log_C, LOOSE, CROWD)
    found, N = np.full(len(runs), np.nan), one_size(runs["N"])
    for label in {x for x in code if x is not None}:
        own, sizes = code == label, np.unique(N[code == label])
        if len(sizes) >= SIZES and sizes[-1] / sizes[0] >= SPAN:
            found[own] = float(f"{np.exp(log_C[own].mean()):.3g}")
    return found


def _clusters(log_C: np.ndarray, near: float, crowd: int) -> np.ndarray:
    """A number for each run in a crowd, None for the others (runs,).

    In a large table any run has others near it: a crowd stands out from an even spread.
    """
    ordered = np.sort(log_C)
    company = np.searchsorted(ordered, log_C + near, "right")
    company -= np.searchsorted(ordered, log_C - near, "left")
    span = ordered[-1] - ordered[0]
    even = 2.0 * near * len(log_C) / span if span > WIDE else 0.0
    core = np.sort(log_C[company >= max(crowd, STANDS_OUT * even)])
    code = np.full(len(log_C), None, object)
    for number, chain in enumerate(np.split(core, np.flatnonzero(np.diff(core) > near) + 1)):
        if len(chain):
            code[(log_C >= chain[0] - near) & (log_C <= chain[-1] + near)] = number
    few = np.mean(code != None) < LEAST  # noqa: E711  (elementwise)
    return np.full(len(code), None) if few else code


def grouped(runs: Runs) -> Runs:
    """The runs that lie on a budget, with a column `budget` that names it.

    Raises:
        InputError: there are not two budgets with profiles.
    """
    found = budgets(runs)
    kept = np.isfinite(found)
    if len(np.unique(found[kept])) < 2:
        raise InputError(
            f"{runs.name} has no isoFLOP profiles: approach 2 needs at least two budgets C with "
            f"{SIZES} sizes N or more each; name them in a column {COLUMN}, or fit approach 3"
        )
    why = f"{(~kept).sum()} runs left out that lie on no isoFLOP budget" if not kept.all() else ""
    return replace(runs, table=runs.table.assign(budget=found)).subset(kept, why)


def profiles(runs: Runs) -> pd.DataFrame:
    """The parabola of each budget, one row each, the smallest first.

    Returns:
        budget (FLOPs), runs, N (its vertex; NaN if it has none among the sizes), loss there,
        curvature in log N, `lowest` and `highest` N of the runs, `edge` whether the lowest loss is
        at an end.
    """
    found = budgets(runs)
    table = [_profile(runs, found == C, C) for C in np.unique(found[np.isfinite(found)])]
    return pd.DataFrame(table)


def _profile(runs: Runs, own: np.ndarray, C: float) -> dict[str, float | int | bool]:
    N, loss = runs["N"][own], runs["loss"][own]
    vertex, bottom, curvature = parabola(np.log(N), loss)
    edge = N[loss.argmin()] in (N.min(), N.max())
    about = dict(budget=C, runs=int(own.sum()), N=np.exp(vertex), loss=bottom, curvature=curvature)
    return about | dict(lowest=N.min(), highest=N.max(), edge=bool(edge))


def bent(runs: Runs) -> list[tuple[float, int]]:
    """Budgets whose profile opens downwards, and the row that is to blame (-1 if no single one is).

    The row without which the others lie best on a parabola that opens upwards.
    """
    found, bad = budgets(runs), []
    log_N, loss = np.log(runs["N"]), runs["loss"]
    table = profiles(runs)
    for C in table["budget"][table["curvature"] <= 0] if len(table) else ():
        rows = np.flatnonzero(found == C)
        left = {int(row): rows[rows != row] for row in rows}
        misses = {row: _miss(log_N[others], loss[others]) for row, others in left.items()}
        row = min(misses, key=lambda row: misses[row])
        bad.append((float(C), row if np.isfinite(misses[row]) else -1))
    return bad


def _miss(x: np.ndarray, y: np.ndarray) -> float:
    """Squared distance from the best parabola that opens upwards; infinite if none does."""
    if len(x) < 3 or not parabola(x, y)[2] > 0:
        return np.inf
    return float(np.sum((np.polyval(np.polyfit(x, y, 2), x) - y) ** 2))


def parabola(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Vertex, value there and curvature of the least-squares parabola.

    Vertex and value are NaN if it opens downwards or its minimum is beyond the x.
    """
    middle = x.mean()
    if len(np.unique(one_size(np.exp(x)))) < 3:
        return np.nan, np.nan, np.nan
    bend, slope, level = np.polyfit(x - middle, y, 2)
    vertex = middle - slope / (2 * bend)
    if bend <= 0 or not x.min() <= vertex <= x.max():
        return np.nan, np.nan, 2 * bend
    return vertex, level - slope**2 / (4 * bend), 2 * bend


def two_step(runs: Runs, *, bootstrap: int = 0, seed: int = 0) -> TwoStep:
    """Parabolas, then a line; runs are resampled within their budgets.

    Raises:
        InputError: fewer than two budgets have a parabola with a minimum.
    """
    runs = grouped(runs)
    table = profiles(runs)
    a, log_G = _line(table["budget"].to_numpy(), np.log(table["N"].to_numpy()))
    if not np.isfinite(a):
        raise InputError(f"{runs.name} has fewer than two isoFLOP profiles with a minimum")
    rng, refits = np.random.default_rng(seed), np.full((bootstrap, 2), np.nan)
    own = [np.flatnonzero(runs[COLUMN] == C) for C in table["budget"]]
    log_N, loss = np.log(runs["N"]), runs["loss"]
    for row in refits:
        again = [rng.choice(rows, len(rows)) for rows in own]
        vertices = [parabola(log_N[rows], loss[rows])[0] for rows in again]
        row[:] = _line(table["budget"].to_numpy(), np.array(vertices))
    return TwoStep(a, log_G, table, refits[np.isfinite(refits[:, 0])])


def _line(C: np.ndarray, log_N: np.ndarray) -> tuple[float, float]:
    """Slope and level of log N* against log(C / 6), over the budgets that have an optimum."""
    good = np.isfinite(log_N)
    if good.sum() < 2:
        return np.nan, np.nan
    slope, level = np.polyfit(np.log(C[good] / 6), log_N[good], 1)
    return float(slope), float(level)
