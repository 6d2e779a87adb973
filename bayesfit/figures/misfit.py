"""Where the law itself is off on this table, and which way: the field that the likelihood found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.figures import Plot
from bayesfit.figures._runs import both
from bayesfit.figures._style import canvas, log_axis, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.surface import log_surface

DRAWS = 1000  # of which the field's mean and sd are taken
_POINTS = 48  # on either axis
_DOT: Any = dict(color="black", ms=5, mew=0.4, mec="white", zorder=3)
_AROUND = 2.0  # times beyond the runs that are shown
_SURE = 2.0  # sds from 0 beyond which the law is called off


class _Field(NamedTuple):
    """Mean and sd of the field over a grid, in per cent of the loss (ratios, budgets)."""

    C: np.ndarray
    ratio: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """The field's posterior mean over compute and tokens per parameter, dotted where unsure."""
    del flops  # the field is shown where there are runs
    found = _field(fit)
    title = _title(fit, found)
    if ax is not None:
        figure = panel(ax, title)
    else:
        figure = canvas(9.5, 5.4, title)
        ax = figure.subplots()
        ax.set_title("dots: runs;  colour: the loss above or below the law;  hatched: unsure")
    _draw(ax, fit, found)
    return figure


def _field(fit: Fit) -> _Field:
    N, D = both(fit, "N"), both(fit, "D")
    C = np.geomspace((6 * N * D).min() / _AROUND, (6 * N * D).max() * _AROUND, _POINTS)
    ratio = np.geomspace((D / N).min() / _AROUND, (D / N).max() * _AROUND, _POINTS)
    budget, tokens = (x.ravel() for x in np.meshgrid(C, ratio))
    sizes = np.sqrt(budget / 6 / tokens)
    law, values = fit.drawn(DRAWS)
    columns = {"N": sizes, "D": sizes * tokens}
    off = 100 * (log_surface(law, values, columns) - log_surface(fit.law, values, columns))
    shape = (_POINTS, _POINTS)
    return _Field(C, ratio, off.mean(0).reshape(shape), off.std(0).reshape(shape))


def _at_runs(fit: Fit, found: _Field) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd at the nearest points of the grid to the runs fitted (runs,) each."""
    N, D = fit.runs["N"], fit.runs["D"]
    column = np.abs(np.log(found.C[None] / (6 * N * D)[:, None])).argmin(1)
    row = np.abs(np.log(found.ratio[None] / (D / N)[:, None])).argmin(1)
    return found.mean[row, column], found.sd[row, column]


def _title(fit: Fit, found: _Field) -> str:
    mean, sd = _at_runs(fit, found)
    sure = np.abs(mean) > _SURE * sd
    if not sure.any():
        return f"Nowhere on these runs is {fit.law.name} off by more than the doubt about it"
    at = int(np.argmax(np.where(sure, np.abs(mean), 0.0)))
    N, D = float(fit.runs["N"][at]), float(fit.runs["D"][at])
    way = "above" if mean[at] > 0 else "below"
    return (
        f"{fit.law.name} is off: at {powers.flops(6 * N * D)} FLOPs and {words.number(D / N)} "
        f"tokens per parameter the loss lies {words.percent(abs(float(mean[at])) / 100)} {way} it"
    )


def _draw(ax: Axes, fit: Fit, found: _Field) -> None:
    most = max(float(np.abs(found.mean).max()), 1e-3)
    norm = TwoSlopeNorm(0.0, -most, most)
    faded = found.mean * np.minimum(1.0, np.abs(found.mean) / (_SURE * found.sd))
    shades = ax.pcolormesh(
        found.C, found.ratio, faded, norm=norm, cmap="RdBu_r", shading="gouraud",
        rasterized=True,
    )  # fmt: skip
    unsure = (np.abs(found.mean) < _SURE * found.sd).astype(float)
    hatched = ax.contourf(
        found.C, found.ratio, unsure, levels=[0.5, 1.5], colors="none", hatches=["///"]
    )
    hatched.set_edgecolor("#c4c4c4")
    hatched.set_linewidth(0.0)
    ax.plot(6 * fit.runs["N"] * fit.runs["D"], fit.runs["D"] / fit.runs["N"], ".", **_DOT)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="C = 6 N D, FLOPs", ylabel="D/N, tokens per parameter")
    log_axis(ax.xaxis, powers.flops)
    log_axis(ax.yaxis, words.number)
    ax.grid(visible=False)
    bar = ax.figure.colorbar(shades, ax=ax, pad=0.02)
    bar.set_label("loss above the law, %")


def applies(fit: Fit) -> bool:
    """Whether the likelihood takes the law to be off, and the law is one of N and D."""
    return fit.likelihood.bend is not None and fit.law.has_surface and not fit.law.given


plot = Plot(
    draw=draw,
    title="Where the law is off",
    caption=(
        "The likelihood learns the law and, beside it, a smooth field by which the law is off. Red "
        "is where losses lie above the law, blue where they lie below; hatched, and paler the less "
        "sure, is what the runs do not tell from nought (less than two standard deviations). "
        "Predictions and N* are of law and field together. A pattern that is sure and strong says "
        "which way the law bends wrongly on this table, and that another law may be wanted."
    ),
    applies=applies,
    order=65,
)
