"""The loss that a well-spent budget buys, and how fast certainty is lost on the way there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.constants import TARGET
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._style import POSTERIOR, canvas, draw_band, log_axis, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.frontier import built

NOTE = "the loss of the best size"


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """The loss at N* of a budget, and its band in per cent of the median; `ax`: the former."""
    asked = budgets.asked(flops)
    C = np.array(budgets.grid(fit, asked or [TARGET]))
    found = band(built(*fit.drawn(), C)[1])
    title = _title(C, found, budgets.quoted(asked))
    if ax is not None:
        _draw_loss(ax, fit, C, found, asked)
        ax.set_xlabel("C, training FLOPs")
        return panel(ax, title)
    figure = canvas(11, 6.0, title)
    upper, lower = figure.subplots(2, 1, height_ratios=(2.4, 1), sharex=True)
    _draw_loss(upper, fit, C, found, asked)
    compares = not fit.law.at_size  # or runs were trained otherwise than the best size would be
    upper.set_title(NOTE + ": runs lie on or above it, but for their scatter" * compares)
    _draw_certainty(lower, fit, C, found, asked)
    return figure


def _at(C: np.ndarray, found: dict[str, np.ndarray], budget: float) -> dict[str, float]:
    return {name: float(x[budgets.nearest(C, budget)]) for name, x in found.items()}


def _title(C: np.ndarray, found: dict[str, np.ndarray], budget: float) -> str:
    at = _at(C, found, budget)
    loss = words.estimate(at["median"], at["lo80"], at["hi80"])
    return f"What {powers.flops(budget)} FLOPs buy: a loss of {loss}, 80 % interval"


def _draw_loss(
    ax: Axes, fit: Fit, C: np.ndarray, found: dict[str, np.ndarray], asked: list[float]
) -> None:
    budgets.shade_runs(ax, fit)
    draw_band(ax, *budgets.smooth(C, found))
    budgets.draw_runs(ax, fit, "loss")
    for budget in asked:
        at = _at(C, found, budget)
        say = words.like(at["lo80"], at["hi80"])
        text = f"{powers.flops(budget)}: loss {say(at['median'])}"
        budgets.mark(ax, budget, at["median"], text, high=True)
    ax.set(ylabel="loss, nats per token", xlim=(C[0], C[-1]))
    ax.legend(handles=budgets.key(fit, asked), loc="lower left")
    log_axis(ax.xaxis, powers.flops)


def _draw_certainty(
    ax: Axes, fit: Fit, C: np.ndarray, found: dict[str, np.ndarray], asked: list[float]
) -> None:
    budgets.shade_runs(ax, fit)
    ax.axhline(0, color=POSTERIOR, lw=1.0)
    fine, bands = budgets.smooth(C, found)
    for level, shade in ((95, 0.16), (80, 0.26)):
        with np.errstate(invalid="ignore"):  # without a best size in most draws: no band
            ends = [100 * (bands[f"{end}{level}"] / bands["median"] - 1) for end in ("lo", "hi")]
        low, high = ends
        ax.fill_between(fine, low, high, color=POSTERIOR, alpha=shade, lw=0)
    for budget in asked:
        at = _at(C, found, budget)
        low, high = (f"{100 * (at[end] / at['median'] - 1):+.2g}" for end in ("lo80", "hi80"))
        budgets.mark(ax, budget, np.nan, f"{low} to {high} %")
    ax.set(xlabel="C, training FLOPs", ylabel="band around\nthe median, %", xlim=(C[0], C[-1]))
    log_axis(ax.xaxis, powers.flops)


def applies(fit: Fit) -> bool:
    """Whether a budget alone says what loss to expect."""
    law = fit.law
    return (law.has_surface and not law.given) or (law.inputs == ("C",) and law.is_of_loss)


plot = Plot(
    draw=draw,
    title="The loss that a budget buys",
    caption=(
        "The loss of building N*, the median of the best sizes, with its bands, out to 1e27 FLOPs. "
        "Runs lie above the line where their budget was not spent in the best way; hollow ones "
        "were held out of the fit. The lower panel shows the same bands as percentages of the "
        "median: how fast certainty is lost on leaving the grey range of the data. Bands are of "
        "the loss that is expected, without the scatter of a single run."
    ),
    applies=applies,
    order=40,
)
