"""Laws side by side: how N* grows by each and by the papers, and how large a model they ask for."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit.datasets import published_exponents
from bayesfit.figures._style import (
    DATA,
    POSTERIOR,
    PUBLISHED,
    canvas,
    law_colours,
    log_axis,
    styled,
)
from bayesfit.questions.compare import AVERAGED, Comparison

NORMAL_80 = 1.2816  # half the 80 % interval of a normal, in standard errors


@styled
def laws_side_by_side(compared: Comparison) -> Figure:
    """The exponent a by law and by paper; N* against compute by law, and averaged."""
    figure = canvas(11, 5.6, _said(compared))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _draw_exponents(left, compared)
    _draw_sizes(right, compared)
    return figure


def _said(compared: Comparison) -> str:
    """The title: how far the laws are apart at the largest budget."""
    C = compared.budgets[-1]
    at = compared.optima[compared.optima["C"] == C].set_index("law")["N"]
    own = at.drop(AVERAGED, errors="ignore")
    return (
        f"For {words.flops(C)} FLOPs the laws ask for {words.count(own.min())} to "
        f"{words.count(own.max())} parameters"
    )


def _colours(compared: Comparison) -> dict[str, str]:
    names = [name for name in compared.draws if name != AVERAGED]
    return dict(zip(names, law_colours(len(names)), strict=True)) | {AVERAGED: POSTERIOR}


def _draw_exponents(ax: Axes, compared: Comparison) -> None:
    published, colours = published_exponents(), _colours(compared)
    rows: list[str] = []
    for name, row in compared.exponents.iterrows():
        y, colour = -len(rows), colours[str(name)]
        ax.plot([row["a_lo95"], row["a_hi95"]], [y, y], color=colour, lw=1.2)
        ax.plot([row["a_lo80"], row["a_hi80"]], [y, y], color=colour, lw=4)
        ax.plot(row["a"], y, "o", color="white", mec=colour, mew=1.6, ms=6)
        rows.append(str(name))
    for _, row in published.iterrows():
        y, error = -len(rows) - 0.5, NORMAL_80 * row["se"]
        low, high = (row["low"], row["high"]) if np.isfinite(row["low"]) else (-error, error)
        low, high = (low, high) if np.isfinite(row["low"]) else (row["a"] + low, row["a"] + high)
        ax.plot([low, high], [y, y], color=PUBLISHED, lw=1.2)
        ax.plot(row["a"], y, "D", color=PUBLISHED, ms=4)
        rows.append(f"{row['source'].partition(' (')[0]}\n{row['what']}")
    first = len(compared.exponents)
    ax.set_yticks([-i - 0.5 * (i >= first) for i in range(len(rows))], rows, fontsize=7.5)
    ax.set(xlabel="a: N* grows as C^a", ylim=(-len(rows) - 0.1, 0.7))
    ax.set_title("blue and colours: our fits; black: as printed")


def _draw_sizes(ax: Axes, compared: Comparison) -> None:
    colours = _colours(compared)
    for name, part in compared.optima.groupby("law", sort=False):
        colour = colours[str(name)]
        width, alpha = (2.2, 0.28) if name == AVERAGED else (1.2, 0.12)
        ax.fill_between(part["C"], part["N_lo80"], part["N_hi80"], color=colour, alpha=alpha, lw=0)
        ax.plot(part["C"], part["N"], color=colour, lw=width, label=str(name))
    runs = compared.runs
    ax.plot(runs["C"], runs["N"], ".", color=DATA, ms=4, alpha=0.5, mew=0, label="runs")
    ax.set(xlabel="C, training FLOPs", ylabel="N*, parameters")
    log_axis(ax.xaxis, words.flops)
    log_axis(ax.yaxis, words.count)
    ax.legend(loc="upper left")
    ax.set_title("medians and 80 % bands")
