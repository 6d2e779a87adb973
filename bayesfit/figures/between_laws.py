"""Several laws on one budget: where each puts N* and D*, and what loss it expects of one size."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.figures import Plot
from bayesfit.figures._style import POSTERIOR, canvas, log_axis, panel

PANELS = {  # quantity -> label of its axis
    "N": "N*, parameters",
    "D": "D*, tokens",
    "loss": "loss of the size to build, nats per token",
}
APART = "#E69F00"  # from the lowest to the highest median
ROW = 0.34  # inches of a law


def draw(
    laws: pd.DataFrame, C: float, *, ax: Axes | None = None, flops: float | Iterable[float] = ()
) -> Figure:
    """One line a law; shaded from the lowest to the highest median; with `ax`, N* alone.

    Args:
        laws: one row a law, as the table `laws` of the question `budget`.
        C: the budget, FLOPs.
        flops: not looked at: the budget is C.
    """
    del flops
    title = _title(laws, C)
    if ax is not None:
        _draw_quantity(ax, laws, "N", named=True)
        return panel(ax, title)
    shown = [name for name in PANELS if np.isfinite(laws[name]).any()]
    figure = canvas(11, 1.2 + ROW * max(len(laws), 3), title)
    axes = figure.subplots(1, len(shown), squeeze=False)[0]
    for name, where in zip(shown, axes, strict=True):
        _draw_quantity(where, laws, name, named=name == shown[0])
    return figure


def _title(laws: pd.DataFrame, C: float) -> str:
    N = laws["N"][np.isfinite(laws["N"])]
    if N.empty:
        return f"For {powers.flops(C)} FLOPs no law knows a best size"
    ends = words.interval(float(N.min()), float(N.max()), words.count)
    return f"For {powers.flops(C)} FLOPs {len(N)} laws put N* at {ends}"


def _draw_quantity(ax: Axes, laws: pd.DataFrame, name: str, *, named: bool) -> None:
    known = laws[name][np.isfinite(laws[name])]
    ax.axvspan(float(known.min()), float(known.max()), color=APART, alpha=0.25, lw=0, zorder=0)
    for y, (_, row) in enumerate(laws.iterrows()):
        if not np.isfinite(row[name]):
            continue
        for level, width in ((95, 1.2), (80, 4.0)):
            ends = [row[f"{name}_lo{level}"], min(row[f"{name}_hi{level}"], 1e3 * known.max())]
            ax.plot(ends, [y, y], color=POSTERIOR, lw=width, solid_capstyle="butt")
        ax.plot(row[name], y, "o", color="white", mec=POSTERIOR, ms=6, mew=1.6, zorder=5)
    names = list(laws["law"]) if named else [""] * len(laws)
    ax.set_yticks(range(len(laws)), names)
    ax.set(xlabel=PANELS[name], ylim=(len(laws) - 0.4, -0.6), ylabel="law" if named else "")
    ax.tick_params(axis="y", length=0)
    if name == "loss":
        ax.xaxis.set_major_locator(MaxNLocator(5))
    else:
        log_axis(ax.xaxis, words.count)


plot = Plot(
    draw=draw,
    title="Do other laws agree?",
    caption=(
        "Each law by itself: median, 80 % (thick) and 95 % of its posterior. The shaded band goes "
        "from the lowest to the highest median: that is the disagreement between laws, which is in "
        "no law's own band and is not averaged away. The loss is that of the size to build, the "
        "same for all."
    ),
    of="budget",
    order=15,
)
