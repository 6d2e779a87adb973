"""The envelope of training curves: at each compute the lowest loss of any run, and whose it is.

Chinchilla's approach 1 (Hoffmann et al. 2022, arXiv:2203.15556, section 3.1). A minimum over noisy
curves has a winner's curse: at each compute the run that was lucky wins, so the envelope lies below
the losses to expect, and a lucky run holds it for longer than its size deserves. Neighbouring rows
belong to the same run, so many rows say no more than the few runs on the envelope: each row counts
as their number over the number of rows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from bayesfit.data.curves import RUN, SHARE_OF_TOKENS, named
from bayesfit.data.runs import Runs
from bayesfit.data.values import one_size
from bayesfit.errors import InputError

POINTS = 1500  # FLOPs, evenly spaced in the log, as in the paper
SIZES = 3  # different N on the envelope below which no slope is worth having


def envelope(runs: Runs, points: int = POINTS) -> Runs:
    """One row for each FLOPs at which some smaller and some larger size was in training too.

    Curves are the rows of one `run`, interpolated in log C and log loss. An envelope that was taken
    before is returned as it is.

    Returns:
        Columns N, D = C / (6 N), C, loss, run, and `counts_as` (`bayesfit.problem`).

    Raises:
        InputError: the runs have no names, or too few sizes are on the envelope.
    """
    if runs.reduced == "envelope":
        return runs
    runs = named(runs)
    runs.require([RUN], numbers=False)
    runs.require(["N", "D", "C", "loss"])
    curves = [*_curves(runs)]
    log_C = np.log(np.geomspace(runs["C"].min(), runs["C"].max(), points))
    losses = np.array([_along(log_C, curve) for curve in curves])  # NaN where it has no data
    N = one_size(np.array([curve["N"].iloc[0] for curve in curves]))
    won, inner = _winners(losses, N)
    if len(np.unique(N[won[inner]])) < SIZES:
        raise InputError(
            f"{runs.name} has fewer than {SIZES} sizes on the envelope of its curves: approach 1 "
            "needs training curves (rows with the same `run`) of several sizes over common FLOPs"
        )
    lowest = losses[won, np.arange(points)]
    return _table(runs, curves, np.exp(log_C[inner]), won[inner], lowest[inner])


def _curves(runs: Runs):
    """The rows of each run in the order of C, without its warm-up."""
    for _, curve in runs.table.groupby(RUN, sort=True):
        curve = curve.sort_values("C").drop_duplicates("C")
        yield curve[curve["D"] >= SHARE_OF_TOKENS * curve["D"].max()]


def _along(log_C: np.ndarray, curve: pd.DataFrame) -> np.ndarray:
    """Log loss of a curve at each compute; NaN outside it."""
    x, y = np.log(curve["C"].to_numpy()), np.log(curve["loss"].to_numpy())
    return np.interp(log_C, x, y, left=np.nan, right=np.nan)


def _winners(losses: np.ndarray, N: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which curve is lowest at each compute, and where both a smaller and a larger size ran too."""
    there = np.isfinite(losses)
    won = np.where(there, losses, np.inf).argmin(0)
    smaller = np.any(there & (N[:, None] < N[won][None]), axis=0)
    larger = np.any(there & (N[:, None] > N[won][None]), axis=0)
    return won, np.logical_and(smaller, larger)


def _table(runs: Runs, curves, C: np.ndarray, won: np.ndarray, log_loss: np.ndarray) -> Runs:
    N = np.array([curve["N"].iloc[0] for curve in curves])[won]
    table = pd.DataFrame(dict(N=N, D=C / (6 * N), C=C, loss=np.exp(log_loss)))
    table[RUN] = np.array([curve[RUN].iloc[0] for curve in curves], object)[won]
    holders = table[RUN].nunique()
    table["counts_as"] = holders / len(table)
    note = (
        f"{len(table)} points on the envelope of {len(curves)} training curves, held by {holders} "
        "of them: each point is a minimum over runs, which favours lucky ones (a winner's curse)"
    )
    return replace(runs, table=table, notes=(*runs.notes, note), reduced="envelope")


def hull(runs: Runs) -> Runs:
    """The rows at the corners of the lower convex hull of log loss over log C.

    Another way to an envelope (McLeish et al. 2025, "Gemstones", arXiv:2502.06857): few rows, which
    may be taken as independent, but its ends are held by the smallest and the largest size, which
    no other could beat there, and that makes the slope too flat.
    """
    x, y = np.log(runs["C"]), np.log(runs["loss"])
    order, corners = np.lexsort((y, x)), []
    for i in order:
        while len(corners) > 1 and _bends_up(x, y, corners[-2], corners[-1], i):
            corners.pop()
        corners.append(i)
    falling = [i for n, i in enumerate(corners) if n == 0 or y[i] < y[corners[n - 1]]]
    corners_only = runs.table.iloc[falling].reset_index(drop=True)
    return replace(runs, table=corners_only, reduced="envelope")


def _bends_up(x, y, i, j, k) -> bool:
    """Whether the middle of three points lies on or above the line through the others."""
    return (y[j] - y[i]) * (x[k] - x[i]) >= (y[k] - y[i]) * (x[j] - x[i])
