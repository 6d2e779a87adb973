"""How many times less compute one recipe needs than another, against the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.data.runs import as_labels
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._style import draw_band, law_colours, log_axis, one_panel, stamp

LOW, HIGH = 0.2, 5.0  # the widest that the axis of speed-ups gets
RUG = 0.035  # of the height, for the runs of each recipe


def draw(
    draws: Mapping[str, np.ndarray],
    recipes: Any,
    *,
    ax: Axes | None = None,
    flops: float | Iterable[float] = (),
) -> Figure:
    """Bands of the speed-up in compute, and where the runs of both recipes are.

    Args:
        draws: `C` (budgets,), and `compute`, the speed-up (draws, budgets).
        recipes: the fit, and the labels `of` and `over` (`bayesfit.questions.speedup`).
    """
    asked, there = budgets.asked(flops), ~np.isnan(draws["compute"]).any(1)
    found = band(draws["compute"][there])
    title = f"{recipes.of} over {recipes.over}: how many times less compute for the same loss"
    figure = one_panel(ax, title, lambda where: _draw(where, draws["C"], found, recipes, asked))
    if recipes.fit.runs.simulated:
        stamp(ax or figure)
    return figure


def _draw(ax: Axes, C: np.ndarray, found: Mapping, recipes: Any, asked: list[float]) -> None:
    draw_band(ax, C, {level: np.clip(x, LOW / 2, 2 * HIGH) for level, x in found.items()})
    ax.axhline(1, color="#555555", lw=0.9)
    runs = recipes.fit.runs
    labels = np.array(as_labels(runs[recipes.fit.law.group]))
    foot: Any = dict(marker="|", ls="", ms=9, transform=ax.get_xaxis_transform())
    for i, label in enumerate((recipes.of, recipes.over)):
        own = runs["C"][labels == label]
        height, colour = np.full(len(own), RUG * (1 + i)), law_colours(2)[i]
        ax.plot(own, height, color=colour, label=label, **foot)
    for budget in asked:
        at = budgets.nearest(C, budget)
        text = f"{powers.flops(budget)}: {words.number(float(found['median'][at]), 3)} times"
        budgets.mark(ax, budget, float(found["median"][at]), text)
    low, high = np.min(found["lo95"]), np.max(found["hi95"])
    ax.set(xlabel="C, training FLOPs of the recipe that is replaced", xlim=(C[0], C[-1]))
    ax.set(ylabel="times less compute", ylim=(max(LOW, 0.9 * low), min(HIGH, 1.1 * high)))
    log_axis(ax.xaxis, powers.flops)
    log_axis(ax.yaxis, words.number)
    ax.legend(loc="upper left", title="runs at the foot")


plot = Plot(
    draw=draw,
    title="How much less one recipe pays",
    caption=(
        "Above 1 the new recipe reaches the loss of the old one with less compute; the line is the "
        "median, the bands hold 80 and 95 %. Ticks at the foot are the runs of each: where they "
        "end, the law speaks alone. A band on both sides of 1 settles nothing."
    ),
    of="speedup",
    order=10,
)
