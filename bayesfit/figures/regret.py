"""What each size loses for not being the best one: per cent of the loss against N."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.figures import Plot
from bayesfit.figures._labels import HALO
from bayesfit.figures._regret import FOOT, draw_best, draw_regret
from bayesfit.figures._style import ASKED, log_axis, one_panel
from bayesfit.fitted import Fit
from bayesfit.prediction.decision import Decision

TALLEST = 4.0  # times the expected regret at the size to build, that the axis at least shows
WIDEST = 12.0  # times that size, either way


def draw(
    decision: Decision,
    fit: Fit,
    *,
    ax: Axes | None = None,
    flops: float | Iterable[float] = (),
) -> Figure:
    """Bands of the regret, its mean, and the size with the least of it.

    Args:
        decision: the budget (`bayesfit.prediction.decision`).
        fit: what it is decided by.
        flops: not looked at: the budget is the decision's.
    """
    del flops
    title = (
        f"{powers.flops(decision.C)} FLOPs on {fit.runs.name}: {words.count(decision.size)} "
        "parameters lose least on average"
    )
    return one_panel(ax, title, lambda where: _draw(where, decision))


def _draw(ax: Axes, decision: Decision) -> None:
    near = np.abs(np.log(decision.N / decision.size)) < np.log(WIDEST)
    N = decision.N[near]
    regret = 100 * (decision.loss / decision.best[:, None] - 1)[:, near]
    found, mean, least = band(regret), regret.mean(0), float(regret.mean(0).min())
    low, high = decision.valley
    ax.axvspan(low, high, color="#dfeadf", lw=0, zorder=0, label="within .1 % of the least loss")
    draw_regret(ax, N, regret, label="median, with 80 and 95 % bands")
    ax.plot(N, mean, color=ASKED, lw=1.8, label="mean over the posterior")
    ax.plot(decision.size, least, "o", color="white", mec=ASKED, mew=1.8, ms=7, zorder=6)
    ax.annotate(
        f"{words.count(decision.size)}: {words.number(least, 2)} %", (decision.size, least),
        xytext=(0, 9), textcoords="offset points", ha="center", color=ASKED, weight="bold",
        fontsize=8.5, path_effects=HALO, zorder=7,
    )  # fmt: skip
    draw_best(ax, decision.best_N)
    top = max(TALLEST * least, float(np.quantile(found["hi80"], 0.8)))
    ax.set(xlim=(N[0], N[-1]), ylim=(-2 * FOOT * top, top), xlabel="N, parameters")
    ax.set_ylabel("more than the best loss, %")
    log_axis(ax.xaxis, words.count)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)  # bands fill the panel


plot = Plot(
    draw=draw,
    title="What each size loses",
    caption=(
        "Each draw of the posterior has a best size of its own; a size loses more than that one by "
        "the height of its curve. The line is the median, the bands hold 80 and 95 % of draws, and "
        "the mean, which a builder pays, is lowest at the circle. The line at the foot holds 80 % "
        "(thick) and 95 % of the best sizes."
    ),
    of="budget",
    order=10,
)
