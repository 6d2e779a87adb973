"""What a wrong size costs: loss against N when the budget is spent, whatever N is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.constants import BUDGETS
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._style import ASKED, canvas, log_axis, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import loss_of_size, optima

_POINTS = 41
_REACH = 40.0  # a slice goes from N* / 40 to 40 N*
_RATIOS = np.geomspace(1 / _REACH, _REACH, _POINTS)
_WRONG = 4  # how many times too small or too large the title speaks of
NOTE = (
    "circles: best size, with 80 % (thick) and 95 % intervals;  shaded: 80 % band of loss;  "
    "dashed: budgets beyond the largest run"
)


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Loss against N, one curve a budget; those asked for are among them."""
    asked = budgets.asked(flops)
    C = budgets.woven(BUDGETS, asked)
    law, values = fit.drawn()
    best = optima(law, values, C)
    N = np.outer([_center(best["N"][:, i], C[i]) for i in range(len(C))], _RATIOS)
    spent = np.repeat(C, _POINTS).tolist()
    loss = loss_of_size(law, values, N.ravel().tolist(), spent).reshape(-1, *N.shape)
    quoted = C.index(budgets.quoted(asked))
    title = _title(C[quoted], np.median(loss[:, quoted], 0), best["N"][:, quoted])
    figure, ax = _axes(ax, title)
    for i, shade in enumerate(budgets.shades(len(C))):
        look = dict(color=shade, ls="--" if C[i] > fit.runs["C"].max() else "-")
        size = band(best["N"][:, i])
        _draw_slice(ax, N[i], band(loss[:, i]), size, look)
        _name_slice(ax, C[i], size, N[i, -1], loss[:, i, -1], shade, C[i] in asked)
    ax.set(xlabel="N, parameters", ylabel="loss, nats per token")
    ax.set_xlim(N.min() / 1.5, N.max() * 6)
    log_axis(ax.xaxis, words.count)
    return figure


def _axes(ax: Axes | None, title: str) -> tuple[Figure, Axes]:
    if ax is not None:
        return panel(ax, title), ax
    figure = canvas(11, 5.6, title)
    ax = figure.subplots()
    ax.set_title(NOTE)
    return figure, ax


def _center(N: np.ndarray, C: float) -> float:
    """The size in the middle of a slice: the median N*, or without one 20 tokens per parameter."""
    middle = float(band(N)["median"])
    return middle if np.isfinite(middle) else float(np.sqrt(C / 120))


def _title(C: float, curve: np.ndarray, N: np.ndarray) -> str:
    """What four times too small or too large a model loses, at the quoted budget."""
    without = float(np.mean(~np.isfinite(N)))
    if without > 0.5:
        share = words.percent(without)
        return f"For {words.flops(C)} FLOPs no size is the best in {share} of draws"
    log_ratios = np.log(_RATIOS)
    off = [
        np.interp(np.log(r), log_ratios, curve) / np.nanmin(curve) - 1 for r in (1 / _WRONG, _WRONG)
    ]
    small, large = (words.percent(float(x)) for x in off)
    said = (
        f"At {words.flops(C)} FLOPs, a model {_WRONG} times too small costs {small} of loss, "
        f"{_WRONG} times too large {large}"
    )
    return said + (f"; {words.percent(without)} of draws know no best size" if without else "")


def _draw_slice(ax: Axes, N: np.ndarray, loss: Mapping, size: Mapping, look: dict) -> None:
    """One curve with its 80 % band, and the best size, at the loss that building it brings."""
    shade = look["color"]
    ax.fill_between(N, loss["lo80"], loss["hi80"], color=shade, alpha=0.22, lw=0)
    ax.plot(N, loss["median"], lw=1.5, **look)
    if not np.isfinite(size["median"]):
        return
    y = float(loss["median"][_POINTS // 2])  # the curve's middle is the median best size
    for level, width in ((95, 1.0), (80, 3.2)):
        low, high = size[f"lo{level}"], min(size[f"hi{level}"], N[-1])  # without end: to the edge
        ax.plot([low, high], [y, y], color=shade, lw=width, zorder=4)
    ax.plot(size["median"], y, "o", color="white", mec=shade, mew=1.6, ms=6, zorder=5)


def _name_slice(ax: Axes, C: float, size: Mapping, N: float, loss, shade, asked: bool) -> None:
    """The budget and its best size at the end of a curve."""
    best = float(size["median"])
    said = f"best {words.count(best)}" if np.isfinite(best) else "no best size"
    ax.annotate(
        f"{words.flops(C)}: {said}", (N, float(np.median(loss))), xytext=(5, 0), fontsize=8,
        textcoords="offset points", va="center", color=ASKED if asked else shade, weight="bold",
    )  # fmt: skip


def applies(fit: Fit) -> bool:
    """Whether a budget can be spent well or badly: the law weighs N against D, and nothing else."""
    return fit.law.has_surface and not fit.law.given


plot = Plot(
    draw=draw,
    title="What a wrong size costs",
    caption=(
        "Each curve spends one budget (its FLOPs are written at its end) on models of different "
        "sizes, small ones seeing more tokens. The circle is the best size with its 80 % (thick) "
        "and 95 % intervals. A flat valley is good news: where the interval of the best size is "
        "wide but the curve over it is flat, not knowing the best size costs little. Dashed "
        "budgets lie beyond the largest run fitted; those in purple were asked for."
    ),
    applies=applies,
    order=30,
)
