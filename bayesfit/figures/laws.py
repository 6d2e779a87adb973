"""Laws side by side: how N* grows by each and by the papers, and how large a model they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.constants import NORMAL_80
from bayesfit.datasets import published_exponents
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._style import (
    DATA,
    PUBLISHED,
    canvas,
    highest,
    law_colours,
    log_axis,
    panel,
    through_the_top,
)

_EDGE = 1.1  # times the largest end there is, where lines without an end leave the panel


def draw(
    exponents: pd.DataFrame,
    optima: pd.DataFrame,
    runs: Any,
    *,
    ax: Axes | None = None,
    flops: float | Iterable[float] = (),
) -> Figure:
    """The exponent a by law and by paper, and N* against compute; with `ax`, the latter.

    Args:
        exponents: bands of `a` (a, a_lo95, a_lo80, a_hi80, a_hi95), one row a law, by its name.
        optima: bands of `N` in columns of the same kind, one row a `law` and budget `C` (FLOPs).
        runs: columns N and C; a `Runs` that is simulated has the figure stamped.
    """
    asked, colours = budgets.asked(flops), _colours(optima)
    title = _title(optima, asked)
    if ax is not None:
        _draw_sizes(ax, optima, runs, colours, asked)
        return panel(ax, title)
    figure = canvas(11, 5.6, title)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _draw_exponents(left, exponents, colours)
    _draw_sizes(right, optima, runs, colours, asked)
    right.set_title("medians and 80 % bands")
    return figure


def _title(optima: pd.DataFrame, asked: list[float]) -> str:
    """How far the laws are apart at the largest budget asked for, or else shown."""
    shown = np.unique(optima["C"])
    wanted = asked[-1] if asked else shown[-1]
    C = shown[budgets.nearest(shown, wanted)]
    own = optima[optima["C"] == C]["N"]
    low, high = words.count(own.min()), words.count(own.max())
    if len(own) == 1:
        return f"For {powers.flops(C)} FLOPs {optima['law'].iloc[0]} asks for {low} parameters"
    return f"For {powers.flops(C)} FLOPs the laws ask for {low} to {high} parameters"


def _colours(optima: pd.DataFrame) -> dict[str, str]:
    names = [str(name) for name in dict.fromkeys(optima["law"])]
    return dict(zip(names, law_colours(len(names)), strict=True))


def _draw_exponents(ax: Axes, exponents: pd.DataFrame, colours: Mapping[str, str]) -> None:
    rows: list[str] = []
    edge = _EDGE * highest(exponents, published_exponents()["a"])
    for name, row in exponents.clip(upper=edge).iterrows():
        y, colour = -len(rows), colours[str(name)]
        ax.plot([row["a_lo95"], row["a_hi95"]], [y, y], color=colour, lw=1.2)
        ax.plot([row["a_lo80"], row["a_hi80"]], [y, y], color=colour, lw=4)
        if row["a"] < edge:
            ax.plot(row["a"], y, "o", color="white", mec=colour, mew=1.6, ms=6)
        rows.append(str(name))
    first = len(rows)
    for _, row in published_exponents().iterrows():
        y = -len(rows) - 0.5
        ax.plot(_printed_interval(row), [y, y], color=PUBLISHED, lw=1.2)
        ax.plot(row["a"], y, "D", color=PUBLISHED, ms=4)
        rows.append(f"{row['source'].partition(' (')[0]}\n{row['what']}")
    ax.set_yticks([-i - 0.5 * (i >= first) for i in range(len(rows))], rows, fontsize=7.5)
    ax.set_xlabel("power of C that N* grows as (of fits: from 10²¹ to 10²⁶ FLOPs)")
    ax.set_ylim(-len(rows) - 0.1, 0.7)
    if not np.isfinite(exponents.to_numpy(float)).all():
        ax.set_xlim(right=edge)  # what has no end goes through it
    ax.set_title("colours: our fits; black: as printed")


def _printed_interval(row: pd.Series) -> list[float]:
    """That of a paper, or 80 % by its standard error."""
    if np.isfinite(row["low"]):
        return [row["low"], row["high"]]
    half = NORMAL_80 * row["se"]
    return [row["a"] - half, row["a"] + half]


def _draw_sizes(
    ax: Axes,
    optima: pd.DataFrame,
    runs: Any,
    colours: Mapping[str, str],
    asked: list[float],
) -> None:
    top = highest(optima[["N", "N_lo80", "N_hi80"]], runs["N"])
    for name, part in optima.groupby("law", sort=False):
        colour, high = colours[str(name)], through_the_top(part["N_hi80"], top)
        ax.fill_between(part["C"], part["N_lo80"], high, color=colour, alpha=0.15, lw=0)
        ax.plot(part["C"], part["N"], color=colour, lw=1.4, label=str(name))
    ax.plot(runs["C"], runs["N"], ".", color=DATA, ms=4, alpha=0.5, mew=0, label="runs")
    for C in asked:
        budgets.mark(ax, C, np.nan, powers.flops(C))
    ax.set(xlabel="C, training FLOPs", ylabel="N*, parameters")
    if not np.isfinite(optima["N_hi80"]).all():
        lowest = np.nanmin([*optima["N_lo80"], *runs["N"]])
        ax.set_ylim(0.5 * lowest, 2.0 * top)
    log_axis(ax.xaxis, powers.flops)
    log_axis(ax.yaxis, words.count)
    ax.legend(loc="upper left")


plot = Plot(
    draw=draw,
    title="Laws side by side",
    caption=(
        "Left, how N* grows with compute by each law and by the papers: thick lines hold 80 %, "
        "thin ones 95 %. Right, the best size for a budget with 80 % bands. A line or a band that "
        "goes through the edge has no end: under some draws no size is the best. Where the bands "
        "of two laws do not meet, the runs do not settle the question: which law is true matters "
        "more than how well it is fitted."
    ),
    of="comparison",
    order=10,
)
