"""The best size and tokens for a budget, out to 1e27 FLOPs, and where known models stand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.datasets import known_models
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._labels import place
from bayesfit.figures._runs import both
from bayesfit.figures._style import (
    PUBLISHED,
    canvas,
    draw_band,
    highest,
    inches,
    log_axis,
    panel,
    through_the_top,
)
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import optima

PANELS = {  # quantity -> (column of runs, label of its axis, symbol, how it is said)
    "N": ("N", "N*, parameters", "N*", words.count),
    "D": ("D", "D*, tokens", "D*", words.count),
    "tokens_per_parameter": ("D/N", "D* / N*, tokens per parameter", "D*/N*", words.number),
}
_SMALLEST = 4.0  # inches of a panel in which published models can be named
LETTERS, SMALL_LETTERS = 7.0, 6.0  # points, of names and of numbers of published models
HIGH = np.linspace(0.02, 0.5, 12)  # of a panel, from its foot, that the words of a budget take
LEFT = np.array([0.0, 7.0])  # points from the line of a budget to where its words stand
SLOPE = (1e21, 1e26)  # FLOPs between which the growth of N* is read off, where no parameter says it


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """N*, D* and D*/N* against the budget; with `ax`, N* alone."""
    asked = budgets.asked(flops)
    C = np.array(budgets.grid(fit, asked))
    best = optima(*fit.drawn(), C.tolist())
    title = _title(fit, C, best["N"], asked)
    figure, axes = _axes(ax, title)
    for name, where in axes.items():
        _draw_quantity(where, fit, name, C, band(best[name]), asked)
    axes["N"].legend(handles=budgets.key(fit, asked, published=True), loc="upper left")
    if min(inches(axes["N"])) > _SMALLEST:
        for name, where in axes.items():  # last: in the final layout
            _name_models(where, name, C, band(best[name])["median"], asked)
    return figure


def _axes(ax: Axes | None, title: str) -> tuple[Figure, dict[str, Axes]]:
    if ax is not None:
        return panel(ax, title), {"N": ax}
    figure = canvas(11, 7.0, title)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.55, 1))
    places = grid[:, 0], grid[0, 1], grid[1, 1]
    return figure, dict(zip(PANELS, map(figure.add_subplot, places), strict=True))


def _title(fit: Fit, C: np.ndarray, N: np.ndarray, asked: list[float]) -> str:
    """What to train for the budget asked for; how N* grows; draws without a best size."""
    budget = asked[-1] if asked else float(C[-1])
    at = N[:, budgets.nearest(C, budget)]
    found, without = band(at), float(np.mean(~np.isfinite(at)))
    parts = []
    if asked:
        sizes = words.interval(float(found["lo80"]), float(found["hi80"]), words.count)
        best = words.count(float(found["median"]))
        parts.append(f"For {powers.flops(budget)} FLOPs N* is {best} (80 %: {sizes})")
    parts.append(_growth(fit, C, N))
    if without:
        share = f"in {words.percent(without)} of draws no size is the best"
        parts.append(f"{share} for {powers.flops(budget)} FLOPs")
    return "; ".join(filter(None, parts))


def _growth(fit: Fit, C: np.ndarray, N: np.ndarray) -> str:
    """How N* grows: the parameter that says it, or the slope of each draw that has optima."""
    slopes = fit.law.role("growth_N", fit.posterior.flat)
    if slopes is None or np.ndim(slopes) != 1:
        use = (np.log(C) >= np.log(SLOPE[0])) & (np.log(C) <= np.log(SLOPE[1]))
        sound = np.isfinite(N[:, use]).all(1)
        if not sound.any():
            return ""
        slopes = np.polyfit(np.log(C[use]), np.log(N[sound][:, use]).T, 1)[0]
    found = band(slopes)
    say = words.like(float(found["lo80"]), float(found["hi80"]))
    ends = words.interval(float(found["lo80"]), float(found["hi80"]), say)
    return f"N* grows as C{powers.raised(say(float(found['median'])))} (80 %: {ends})"


def _draw_quantity(
    ax: Axes, fit: Fit, name: str, C: np.ndarray, found: dict[str, np.ndarray], asked: list[float]
) -> None:
    column, label, symbol, say = PANELS[name]
    known = known_models()
    theirs = _theirs(known, name)
    budgets.shade_runs(ax, fit)
    drawn, top = found, highest(*found.values())
    if name == "N":
        drawn = {end: through_the_top(x, top) for end, x in found.items()}
    draw_band(ax, *budgets.smooth(C, drawn))
    budgets.draw_runs(ax, fit, column)
    ax.plot(known["C"], theirs, "D", color=PUBLISHED, ms=3.6, mec="white", mew=0.4, zorder=5)
    for budget in asked:
        value = float(found["median"][budgets.nearest(C, budget)])
        budgets.mark(ax, budget, value, f"{powers.flops(budget)}: {symbol} {say(value)}")
    ax.set(xlabel="C, training FLOPs", ylabel=label, xlim=(C[0], C[-1]))
    ax.set_ylim(*_limits(found, both(fit, column), theirs))
    log_axis(ax.xaxis, powers.flops)
    log_axis(ax.yaxis, say)


def _limits(found: dict[str, np.ndarray], *seen) -> tuple[float, float]:
    values = np.concatenate([found["lo95"], found["hi95"], *map(np.asarray, seen)])
    values = values[np.isfinite(values) & (values > 0)]
    return float(values.min() / 1.5), float(values.max() * 1.5)


def _name_models(
    ax: Axes, name: str, C: np.ndarray, median: np.ndarray, asked: list[float]
) -> None:
    """Labels of the published models, clear of the frontier and of what was asked for.

    The large panel has their numbers and names, the small ones, in which names would lie over each
    other, their numbers.
    """
    known, sound = known_models(), np.isfinite(median)
    if sound.any():
        x = np.geomspace(C[sound][0], C[sound][-1], 200)
        y = np.exp(np.interp(np.log(x), np.log(C[sound]), np.log(median[sound])))
        line = np.column_stack([x, y])
        marks = line[[budgets.nearest(x, budget) for budget in asked]]
        marks = np.vstack([marks, *(_along(ax, budget) for budget in asked)])
    else:
        line = marks = np.empty((0, 2))
    at = known["C"].to_numpy(), _theirs(known, name).to_numpy()
    numbers = [str(i) for i in range(1, len(known) + 1)]
    named = [f"{i} {model}" for i, model in zip(numbers, known["model"], strict=True)]
    shown, size = (named, LETTERS) if name == "N" else (numbers, SMALL_LETTERS)
    place(ax, *at, shown, avoid=line, clear=marks, size=size)


def _along(ax: Axes, budget: float) -> np.ndarray:
    """Points along the lower half of the line of a budget and of its words (points, 2)."""
    left, right = np.log(ax.get_xlim())
    low, high = np.log(ax.get_ylim())
    at = np.log(budget) - LEFT * (right - left) / (72 * inches(ax)[0])
    x, y = np.meshgrid(at, low + HIGH * (high - low))
    return np.exp(np.column_stack([x.ravel(), y.ravel()]))


def _theirs(known: pd.DataFrame, name: str) -> pd.Series:
    """What published models have of a quantity of PANELS."""
    column = PANELS[name][0]
    return known["D"] / known["N"] if column == "D/N" else known[column]


def applies(fit: Fit) -> bool:
    """Whether a budget alone says how large a model to train."""
    return fit.law.is_allocation and not fit.law.given


plot = Plot(
    draw=draw,
    title="The compute-optimal frontier",
    caption=(
        "The best number of parameters N* and of tokens D* for a training budget C: the line is "
        "the posterior median, the bands hold 80 % and 95 % of the posterior. Grey marks the "
        "compute of the runs that were fitted; everything to its right is extrapolation, and the "
        "bands there hold what the likelihood takes the law to be off by. Hollow circles, where "
        "there are any, are runs that were held out; dashed lines mark the budgets asked for. "
        "Black diamonds are published models at C = 6ND, with the same numbers in every panel. One "
        "above the line of N* was larger, and trained on fewer tokens, than this fit would advise; "
        "one below is smaller, which may be wise for a model that must be cheap to serve."
    ),
    applies=applies,
    order=10,
)
