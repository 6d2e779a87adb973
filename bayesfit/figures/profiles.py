"""IsoFLOP profiles as a hierarchical law sees them, and the optima that it reads from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.data import isoflop
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._runs import hollow
from bayesfit.figures._style import DARK, canvas, draw_band, log_axis, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import optima
from bayesfit.prediction.surface import log_surface

_GRID, _POINTS = 81, 41  # sizes of a profile, budgets of the line of optima
_CIRCLE: Any = dict(color="white", mew=1.5, ms=6)


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Each budget's runs under its profile, and the optima on their power law; `ax`: the former."""
    asked = budgets.asked(flops)
    title = _title(fit)
    if ax is not None:
        _draw_profiles(ax, fit)
        return panel(ax, title)
    figure = canvas(11, 5.2, title)
    left, right = figure.subplots(1, 2)
    _draw_optima(right, fit, _draw_profiles(left, fit), asked)
    return figure


def _title(fit: Fit) -> str:
    slopes = fit.law.role("growth_N", fit.posterior.flat)
    if slopes is None:
        return "IsoFLOP profiles and their optima"
    a = band(slopes)
    said = words.estimate(float(a["median"]), float(a["lo80"]), float(a["hi80"]))
    return f"N* grows as Cᵃ, a = {said}; 80 % interval"


def _draw_profiles(ax: Axes, fit: Fit) -> dict[float, np.ndarray]:
    """Runs and profiles of each budget; returns draws of each budget's best size."""
    found, best = np.unique(fit.runs[isoflop.COLUMN]), {}
    for C, shade in zip(found, budgets.shades(len(found)), strict=True):
        best[float(C)] = _draw_profile(ax, fit, C, shade)
    if fit.held_out is not None:
        hollow(ax, fit.held_out["N"], fit.held_out["loss"])
        ax.legend(handles=ax.get_lines()[-1:], loc="upper right")
    ax.set(xlabel="N, parameters", ylabel="loss, nats per token")
    ax.set_title("dots: runs;  lines: profile of each budget (FLOPs), median and 80 % band")
    log_axis(ax.xaxis, words.count)
    return best


def _draw_profile(ax: Axes, fit: Fit, C: float, shade) -> np.ndarray:
    own = fit.runs[isoflop.COLUMN] == C
    N, loss = fit.runs["N"][own], fit.runs["loss"][own]
    grid = np.geomspace(N.min() / 1.5, N.max() * 1.5, _GRID)
    surface = _surface(fit, grid, C)
    curve, best = band(surface), grid[surface.argmin(1)]
    ax.fill_between(grid, curve["lo80"], curve["hi80"], color=shade, alpha=0.22, lw=0)
    ax.plot(grid, curve["median"], color=shade, lw=1.3)
    ax.plot(N, loss, ".", color=shade, ms=5, mew=0)
    lowest = np.interp(np.log(np.median(best)), np.log(grid), curve["median"])
    ax.plot(np.median(best), lowest, "o", mec=shade, zorder=5, **_CIRCLE)
    ax.annotate(
        powers.flops(C), (grid[-1], curve["median"][-1]), xytext=(4, 0), fontsize=7.5,
        textcoords="offset points", va="center", color=shade, weight="bold",
    )  # fmt: skip
    return best


def _surface(fit: Fit, N: np.ndarray, C: float) -> np.ndarray:
    """Loss of sizes at a budget (draws, sizes)."""
    same = np.full(len(N), C)
    columns = fit.problem.inputs({"N": N, "D": C / (6 * N), "C": same, isoflop.COLUMN: same})
    law, values = fit.drawn()
    return np.asarray(law.link.inverse(log_surface(law, values, columns)))


def _draw_optima(ax: Axes, fit: Fit, best: dict[float, np.ndarray], asked: list[float]) -> None:
    low, high = fit.runs["C"].min() / 2, max([fit.runs["C"].max() * 10, *(2 * C for C in asked)])
    first, *inner, last = np.geomspace(min([low, *asked]), high, _POINTS).tolist()
    C = np.array([first, *budgets.woven(inner, asked), last])
    line = band(optima(*fit.drawn(), C.tolist())["N"])
    draw_band(ax, C, line, label="power law, 80 and 95 %")
    for budget in asked:
        N = float(line["median"][budgets.nearest(C, budget)])
        budgets.mark(ax, budget, N, f"{powers.flops(budget)}: N* {words.count(N)}")
    for number, (budget, N) in enumerate(best.items()):
        low, middle, high = np.quantile(N, (0.1, 0.5, 0.9))
        label = "optimum of a budget, 80 %" if not number else None
        ax.plot([budget, budget], [low, high], color=DARK, lw=1.2)
        ax.plot(budget, middle, "o", mec=DARK, label=label, **_CIRCLE)
    table = isoflop.profiles(fit.runs)
    ax.plot(table["budget"], table["N"], "x", color="#7f7f7f", ms=6, label="parabola by itself")
    ax.set(xlabel="C, training FLOPs", ylabel="N*, parameters")
    ax.set_title("optima of the budgets, on a power law from which they may scatter")
    ax.legend(loc="upper left")
    log_axis(ax.xaxis, powers.flops)
    log_axis(ax.yaxis, words.count)


def applies(fit: Fit) -> bool:
    """Whether the law is one of budgets, each with a profile of its own."""
    return fit.law.group == isoflop.COLUMN and set(fit.law.inputs) == {"N", "C"}


plot = Plot(
    draw=draw,
    title="IsoFLOP profiles and their optima",
    caption=(
        "Left, the runs of each budget with the profile fitted to them (posterior median and 80 % "
        "band); the circle is its lowest point. Right, those optima with their 80 % intervals, "
        "and the power law through them, on which they may scatter; grey crosses are the vertices "
        "of a parabola fitted to each budget by itself, the classical way. A circle at the end of "
        "its runs, or a cross far from its circle, is a budget that says little."
    ),
    applies=applies,
    order=20,
)
