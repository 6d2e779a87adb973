"""IsoFLOP profiles as a hierarchical law sees them, and the optima that it reads from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.data import isoflop
from bayesfit.figures._style import POSTERIOR, canvas, draw_band, log_axis, styled
from bayesfit.fitting import QUESTION_DRAWS, Fit
from bayesfit.prediction import optimum
from bayesfit.prediction import surface as predict

_GRID = 81
_SHADES = LinearSegmentedColormap.from_list("budgets", ["#7fc4ea", POSTERIOR, "#00263d"])


def has_profiles(fit: Fit) -> bool:
    """Whether the law is one of budgets, each with a profile of its own."""
    return fit.law.group == isoflop.COLUMN and set(fit.law.inputs) == {"N", "C"}


@styled
def profiles(fit: Fit) -> Figure:
    """Each budget's runs under its profile; and the optima on their power law."""
    a = band(fit.posterior.flat["a"])
    said = words.estimate(float(a["median"]), float(a["lo80"]), float(a["hi80"]))
    figure = canvas(11, 5.2, f"N* grows as C^a, a = {said}; 80 % interval")
    left, right = figure.subplots(1, 2)
    optima = _draw_profiles(left, fit)
    _draw_optima(right, fit, optima)
    return figure


def _draw_profiles(ax: Axes, fit: Fit) -> dict[float, np.ndarray]:
    """The left panel; returns draws of each budget's best size."""
    budget, optima = fit.runs[isoflop.COLUMN], {}
    found = np.unique(budget)
    for C, shade in zip(found, _SHADES(np.linspace(0, 1, len(found))), strict=True):
        N, loss = fit.runs["N"][budget == C], fit.runs["loss"][budget == C]
        grid = np.geomspace(N.min() / 1.5, N.max() * 1.5, _GRID)
        surface = _surface(fit, grid, C)
        curve = band(surface)
        ax.fill_between(grid, curve["lo80"], curve["hi80"], color=shade, alpha=0.22, lw=0)
        ax.plot(grid, curve["median"], color=shade, lw=1.3)
        ax.plot(N, loss, ".", color=shade, ms=5, mew=0)
        optima[float(C)] = grid[surface.argmin(1)]
        best = np.median(optima[float(C)])
        lowest = np.interp(np.log(best), np.log(grid), curve["median"])
        ax.plot(best, lowest, "o", color="white", mec=shade, mew=1.5, ms=6, zorder=5)
        ax.annotate(
            words.flops(C), (grid[-1], curve["median"][-1]), xytext=(4, 0), fontsize=7.5,
            textcoords="offset points", va="center", color=shade, weight="bold",
        )  # fmt: skip
    ax.set(xlabel="N, parameters", ylabel="loss, nats per token")
    ax.set_title("dots: runs;  lines: profile of each budget (FLOPs), median and 80 % band")
    log_axis(ax.xaxis, words.count)
    return optima


def _surface(fit: Fit, N: np.ndarray, C: float) -> np.ndarray:
    """Loss of sizes at a budget (draws, sizes)."""
    columns = fit.problem.inputs(pd.DataFrame({"N": N, "C": C, isoflop.COLUMN: C}))
    return np.exp(predict.log_surface(fit.law, fit.posterior.thin(QUESTION_DRAWS // 4), columns))


def _draw_optima(ax: Axes, fit: Fit, optima: dict[float, np.ndarray]) -> None:
    C = np.geomspace(fit.runs["C"].min() / 2, fit.runs["C"].max() * 10, _GRID)
    best = optimum.optima(fit.law, fit.posterior.thin(QUESTION_DRAWS), C.tolist())["N"]
    draw_band(ax, C, band(best), label="power law, 80 and 95 %")
    for number, (budget, N) in enumerate(optima.items()):
        low, middle, high = np.quantile(N, (0.1, 0.5, 0.9))
        label = "optimum of a budget, 80 %" if not number else None
        ax.plot([budget, budget], [low, high], color="#00263d", lw=1.2)
        ax.plot(budget, middle, "o", color="white", mec="#00263d", mew=1.5, ms=6, label=label)
    table = isoflop.profiles(fit.runs)
    ax.plot(table["budget"], table["N"], "x", color="#7f7f7f", ms=6, label="parabola by itself")
    ax.set(xlabel="C, training FLOPs", ylabel="N*, parameters")
    ax.set_title("optima of the budgets, on a power law from which they may scatter")
    ax.legend(loc="upper left")
    log_axis(ax.xaxis, words.flops)
    log_axis(ax.yaxis, words.count)
