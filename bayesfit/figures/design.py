"""Runs to pay for next among those that could be bought, and the band against money spent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit.figures import Plot
from bayesfit.figures._labels import HALO, place
from bayesfit.figures._style import ASKED, DATA, POSTERIOR, canvas, log_axis, panel

FAINT = "#c3d7e5"  # a run that could be bought


def draw(
    found: Any, fit: Any, *, ax: Axes | None = None, flops: float | Iterable[float] = ()
) -> Figure:
    """Where the runs lie, in the order in which to buy them, and what they leave of the band.

    Args:
        found: the design (`bayesfit.questions.design`).
        fit: what it was made by.
        ax: axes for the band against money alone.
        flops: not looked at: the target is the design's.
    """
    del flops
    title = f"Runs to pay for next, on {fit.runs.name}: {found.asked.words}"
    if ax is not None:
        _money(ax, found)
        return panel(ax, title)
    if "N" not in found.offered.frame or "D" not in found.offered.frame:
        figure = canvas(8, 4.6, title)
        _money(figure.subplots(), found)
        return figure
    figure = canvas(11, 5.0, title)
    left, right = figure.subplots(1, 2)
    _places(left, found)
    _money(right, found)
    return figure


def _places(ax: Axes, found: Any) -> None:
    """The pool, the runs fitted, and the runs bought with their numbers."""
    pool = found.offered.frame
    ax.plot(pool["N"], pool["D"], ".", color=FAINT, ms=4, label="could be bought")
    if found.fitted is not None:
        N, D = found.fitted["N"], found.fitted["D"]
        ax.plot(N, D, "o", color=DATA, ms=3, alpha=0.5, mew=0, label="fitted")
    bought = pool.iloc[list(found.rows)].reset_index(drop=True)
    ax.plot(bought["N"], bought["D"], "o", color="white", mec=ASKED, mew=1.6, ms=7, label="to buy")
    ax.set(xlabel="N, parameters", ylabel="D, tokens")
    log_axis(ax.xaxis, words.count)
    log_axis(ax.yaxis, words.count)
    ax.legend(loc="best")
    places = _numbered(bought)
    N, D = places["N"].to_numpy(), places["D"].to_numpy()
    place(ax, N, D, list(places["order"]), avoid=pool[["N", "D"]].to_numpy(), size=8.5)


def _numbered(bought: pd.DataFrame) -> pd.DataFrame:
    """One row a place, with the numbers of the runs there: 1, 4."""
    numbers = bought.assign(order=[str(i + 1) for i in range(len(bought))])
    return pd.DataFrame(numbers.groupby(["N", "D"])["order"].agg(", ".join)).reset_index()


def _money(ax: Axes, found: Any) -> None:
    """The width that is left, run by run, and that of usual plans."""
    spent, left = found.spent[1:], 100 * found.left[1:]
    start = 0.5 * float(min(spent[0], *(x[2] for x in found.usual), spent[-1]))
    ax.step([start, *spent], [100.0, *left], where="post", color=POSTERIOR, lw=1.6)
    ax.plot(spent, left, "o", color="white", mec=ASKED, mew=1.6, ms=7, zorder=5)
    for i, (x, y) in enumerate(zip(spent, left, strict=True)):
        ax.annotate(
            str(i + 1), (x, y), xytext=(0, -13), textcoords="offset points", ha="center",
            color=ASKED, fontsize=8, path_effects=HALO, zorder=6,
        )  # fmt: skip
    plans = found.plans().iloc[1:]
    cost, widths = plans["cost"].to_numpy(), 100 * plans["sd_left"].to_numpy()
    ax.plot(cost, widths, "x", color=DATA, ms=6, mew=1.4)
    low = min(left.min(), widths.min() if len(widths) else np.inf)
    ax.set(xlabel="spent, FLOPs", ylabel="width of the band, % of today's")
    ax.set(ylim=(max(0.0, low - 0.12 * (100 - low) - 1), 101), xlim=(start, 3.5 * spent[-1]))
    log_axis(ax.xaxis, words.flops)
    path = np.column_stack([np.repeat(spent, 2)[1:], np.repeat(left, 2)[:-1]])
    if len(plans):
        place(
            ax, cost, widths, list(plans["plan"]), avoid=path, clear=np.column_stack([spent, left])
        )


plot = Plot(
    draw=draw,
    title="Runs to pay for next",
    caption=(
        "Left: runs that were fitted, those that could be bought, and those to buy, numbered in "
        "their order. Right: what is expected to be left of the width of the band after each, "
        "against what was spent by then; crosses are other plans of the same cost. Where the line "
        "is flat, further runs tell little."
    ),
    of="design",
    order=10,
)
