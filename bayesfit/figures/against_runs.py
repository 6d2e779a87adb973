"""The fit held against the runs it was made from: curves, residuals, and predictive intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.stats import binom

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.figures._style import (
    DATA,
    POSTERIOR,
    canvas,
    draw_band,
    groups,
    log_axis,
    looks,
    styled,
)
from bayesfit.fitting import QUESTION_DRAWS, Fit
from bayesfit.prediction import surface as predict

AXES = {
    "N": ("N, parameters", words.count),
    "D": ("D, training tokens", words.count),
    "C": ("C, training FLOPs", words.flops),
    "D/N": ("D / N, tokens per parameter", words.number),
}
_CURVES = 5  # levels of D at which the fitted surface is drawn
_GRID = 100
_NAMED = 40  # more runs than this are not named on an axis


@dataclass(frozen=True)
class Replicates:
    """What the posterior says about the runs themselves.

    Attributes:
        surface: fitted log loss (draws, runs).
        observed: log loss of the same runs observed anew, with their scatter (draws, runs).
        log_loss: what was really observed (runs,).
    """

    surface: np.ndarray
    observed: np.ndarray
    log_loss: np.ndarray

    @property
    def residuals(self) -> np.ndarray:
        """Observed against the median surface, as a share of the loss (runs,)."""
        return np.expm1(self.log_loss - np.median(self.surface, 0))

    @property
    def scatter(self) -> np.ndarray:
        """The 2.5 % and 97.5 % ends of the noise alone, as a share of the loss."""
        return np.expm1(np.quantile(self.observed - self.surface, (0.025, 0.975)))

    @property
    def pit(self) -> np.ndarray:
        """Where each run falls in its own predictive distribution, 0 to 1 (runs,)."""
        return (self.observed <= self.log_loss).mean(0)


def replicates(fit: Fit) -> Replicates:
    """Draw every run again from the posterior.

    As many draws as `fit.predict` uses: the program compiled for the one serves the other.
    """
    values = fit.posterior.thin(QUESTION_DRAWS)
    columns = fit.problem.inputs(fit.runs)
    surface = predict.log_surface(fit.law, values, columns)
    again = predict.log_observed(fit.problem, values, surface, columns)
    return Replicates(surface, again, np.log(fit.runs[fit.law.response]))


# -- 1. fit and residuals ---------------------------------------------------------------------


@styled
def fit_and_residuals(fit: Fit, again: Replicates | None = None) -> Figure:
    """Observed and fitted loss; and what is left over, against compute and tokens per parameter."""
    again = again or replicates(fit)
    inside = np.mean((again.residuals > again.scatter[0]) & (again.residuals < again.scatter[1]))
    typical = words.percent(float(np.median(np.abs(again.residuals))))
    figure = canvas(
        11, 5.4, f"Half of the runs lie within {typical} of the fit; "
        f"{words.percent(float(inside))} are inside the 95 % scatter band",
    )  # fmt: skip
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
    _draw_fit(figure.add_subplot(grid[:, 0]), fit, again)
    against = {"C": fit.runs["C"], "D/N": fit.runs["D"] / fit.runs["N"]}
    for row, (name, x) in enumerate(against.items()):
        _draw_residuals(figure.add_subplot(grid[row, 1]), fit, again, name, x)
    return figure


def _draw_fit(ax: Axes, fit: Fit, again: Replicates) -> None:
    """Loss against the law's inputs if they are N and D, or one of them; else against the fit."""
    ax.set_ylabel(_response(fit)[0])
    if fit.law.inputs == ("N", "D"):
        _draw_surface(ax, fit)
    elif len(fit.law.inputs) == 1 and fit.law.inputs[0] in AXES:
        _draw_curve(ax, fit, fit.law.inputs[0])
    else:
        fitted = np.exp(np.median(again.surface, 0))
        _scatter(ax, fit, fitted, fit.runs[fit.law.response])
        ends = [fitted.min(), fitted.max()]
        ax.plot(ends, ends, color=POSTERIOR, lw=1.2)
        ax.set(xlabel=f"fitted {_response(fit)[0]}", title="observed against fitted")
        _log_unless_loss(fit, ax.xaxis, ax.yaxis)
    if groups(fit.runs):
        ax.legend(title="runs", alignment="left", loc="upper right")


def _draw_curve(ax: Axes, fit: Fit, name: str) -> None:
    x = np.geomspace(fit.runs[name].min() / 1.3, fit.runs[name].max() * 1.3, _GRID)
    log_loss = predict.log_surface(fit.law, fit.posterior.thin(QUESTION_DRAWS), {name: x})
    draw_band(ax, x, band(np.exp(log_loss)))
    _scatter(ax, fit, fit.runs[name], fit.runs[fit.law.response])
    ax.set(xlabel=AXES[name][0], title="dots: runs;  line: posterior median, 80 and 95 % bands")
    log_axis(ax.xaxis, AXES[name][1])
    _log_unless_loss(fit, ax.yaxis)


def _response(fit: Fit) -> tuple[str, Callable[[float], str]]:
    """Name and unit of what the law explains, and how its values are said."""
    known = AXES | {"loss": ("loss, nats per token", lambda x: f"{x:.2f}")}
    return known.get(fit.law.response, (fit.law.response, words.number))


def _log_unless_loss(fit: Fit, *axes: Axis) -> None:
    for axis in axes:
        if not fit.law.is_of_loss:
            log_axis(axis, _response(fit)[1])


def _draw_surface(ax: Axes, fit: Fit) -> None:
    """Loss against N; the surface cut at a few D, each cut drawn where runs of about that D are."""
    N, D = fit.runs["N"], fit.runs["D"]
    levels = _levels(D)
    grid = np.geomspace(N.min() / 1.3, N.max() * 1.3, _GRID)
    columns = dict(N=np.tile(grid, len(levels)), D=np.repeat(levels, _GRID))
    log_loss = predict.log_surface(fit.law, fit.posterior.thin(QUESTION_DRAWS // 8), columns)
    curves = np.exp(np.median(log_loss, 0)).reshape(-1, _GRID)
    norm, hues = LogNorm(D.min(), D.max()), _hues()
    for D_level, curve in zip(levels, curves, strict=True):
        ax.plot(grid, curve, color=hues(norm(D_level)), lw=1.4, zorder=1)
        ax.annotate(
            words.count(D_level), (grid[-1], curve[-1]), xytext=(3, 0), fontsize=7.5, va="center",
            textcoords="offset points", color=hues(norm(D_level)), weight="bold",
        )  # fmt: skip
    if groups(fit.runs):
        _scatter(ax, fit, N, fit.runs["loss"])
    else:
        ax.scatter(N, fit.runs["loss"], c=D, norm=norm, cmap=hues, s=13, lw=0, rasterized=True)
    losses = fit.runs["loss"]
    room = 0.06 * np.ptp(losses)
    ax.set_ylim(min(losses.min(), curves.min()) - room, losses.max() + room)
    what = "dots: runs" if groups(fit.runs) else "dots: runs, coloured by D"
    ax.set(
        xlabel=AXES["N"][0], title=f"{what};  lines: posterior median at D = {_said(levels)} tokens"
    )
    log_axis(ax.xaxis, words.count)


def _levels(D: np.ndarray) -> np.ndarray:
    """About five round values of D, spread over the runs."""
    low, high = np.quantile(D, (0.03, 0.97))
    spread = np.geomspace(low, high, _CURVES)
    return np.unique([float(f"{level:.0e}") for level in spread])


def _said(levels: np.ndarray) -> str:
    ends = [words.count(x) for x in (levels[0], levels[-1])]
    return ends[0] if len(levels) == 1 else f"{ends[0]} … {ends[1]}"


def _hues() -> LinearSegmentedColormap:
    """Viridis without its yellow end, which paper swallows."""
    from matplotlib import colormaps

    return LinearSegmentedColormap.from_list("hues", colormaps["viridis"](np.linspace(0, 0.76, 64)))


def _scatter(ax: Axes, fit: Fit, x: np.ndarray, y: np.ndarray) -> None:
    for label, which, look in looks(fit.runs):
        ax.scatter(x[which], y[which], label=label, zorder=3, rasterized=True, **look)


def _draw_residuals(ax: Axes, fit: Fit, again: Replicates, name: str, x: np.ndarray) -> None:
    """Residuals in %, with the noise's own 95 % band; runs far outside are arrows on the edge."""
    low, high = 100 * again.scatter
    ax.axhspan(low, high, color=POSTERIOR, alpha=0.13, lw=0)
    ax.axhline(0, color=POSTERIOR, lw=1.2)
    residuals = 100 * again.residuals
    limit = min(1.12 * np.abs(residuals).max(), 3.5 * max(high, -low))
    limit = max(limit, 1.25 * max(high, -low))
    _scatter(ax, fit, x, residuals)
    ax.set(
        ylim=(-limit, limit),
        xlabel=AXES[name][0],
        ylabel=f"observed − fitted, % of {fit.law.response}",
    )
    for sign, marker in ((1, "^"), (-1, "v")):
        far = sign * residuals > limit
        ax.plot(x[far], np.full(far.sum(), sign * 0.96 * limit), marker, color=DATA, ms=5)
    _draw_trend(ax, np.log(x), residuals)
    beyond = int((np.abs(residuals) > limit).sum())
    note = f";  arrows: {beyond} further off" if beyond else ""
    ax.set_title(f"residuals;  shaded: 95 % of the noise{note}")
    log_axis(ax.xaxis, AXES[name][1])


def _draw_trend(ax: Axes, log_x: np.ndarray, residuals: np.ndarray) -> None:
    """Medians of neighbouring runs, where there are enough of them: what is left over in shape."""
    bins = min(10, len(log_x) // 15)
    if bins < 3:
        return
    parts = np.array_split(np.argsort(log_x), bins)
    x, y = ([np.median(v[p]) for p in parts] for v in (log_x, residuals))
    ax.plot(np.exp(x), y, "-", color="#222222", lw=1.3, label="median of neighbours", zorder=4)
    if not ax.get_legend():
        ax.legend(loc="lower left", handles=ax.get_lines()[-1:])


# -- 7. posterior predictive check ------------------------------------------------------------


@styled
def posterior_predictive(fit: Fit, again: Replicates | None = None) -> Figure:
    """Every run in its own predictive interval; and whether the intervals are honest."""
    again = again or replicates(fit)
    ends = band(again.observed)
    inside = {level: _inside(again, ends, level) for level in (80, 95)}
    said = " and ".join(
        f"{words.percent(share)} inside {level} %" for level, share in inside.items()
    )
    figure = canvas(11, 4.8, f"Runs in their predictive intervals: {said}")
    left, right = figure.subplots(1, 2, width_ratios=(2.4, 1))
    _draw_intervals(left, fit, again, ends)
    _draw_pit(right, again.pit)
    return figure


def _inside(again: Replicates, ends: Mapping[str, np.ndarray], level: int) -> float:
    low, high = ends[f"lo{level}"], ends[f"hi{level}"]
    return float(np.mean((again.log_loss >= low) & (again.log_loss <= high)))


def _draw_intervals(ax: Axes, fit: Fit, again: Replicates, ends: Mapping[str, np.ndarray]) -> None:
    order = np.argsort(-ends["median"])  # by the loss observed, chance would sort high to high
    x, middle = np.arange(len(order)), ends["median"][order]
    for level, shade in ((95, 0.22), (80, 0.38)):
        low, high = (100 * np.expm1(ends[f"{end}{level}"][order] - middle) for end in ("lo", "hi"))
        look: dict[str, Any] = dict(color=POSTERIOR, alpha=shade, lw=0, label=f"{level} % interval")
        if len(x) > _NAMED:
            ax.fill_between(x, low, high, step="mid", **look)
        else:
            ax.bar(x, high - low, 0.6, low, **look)
    off = 100 * np.expm1(again.log_loss[order] - middle)
    ax.axhline(0, color=POSTERIOR, lw=1.0)
    ax.plot(x, off, "o", color=DATA, ms=2.6 if len(x) > 80 else 4.0, label="run", zorder=3)
    ax.set(ylabel=f"{fit.law.response} against its predicted median, %", xlim=(-1, len(x)))
    first = f"fitted runs, highest predicted {fit.law.response} first"
    ax.set_title(f"{first}: checks the noise, not the extrapolation")
    ax.legend(loc="best", ncols=3)
    _name_runs(ax, fit, order, np.exp(middle))


def _name_runs(ax: Axes, fit: Fit, order: np.ndarray, predicted: np.ndarray) -> None:
    """Names under the runs if there are few; else what is predicted for some of them."""
    ax.grid(False, axis="x")
    if len(order) <= _NAMED and "run" in fit.runs.columns:
        ax.set_xticks(np.arange(len(order)), fit.runs["run"].astype(str)[order], rotation=90)
        ax.tick_params(axis="x", labelsize=6.5)
        ax.set_xlabel("run")
        return
    at = np.unique(np.linspace(0, len(order) - 1, 9).astype(int))
    label, say = _response(fit)
    ax.set_xticks(at, [say(x) for x in predicted[at]])
    ax.set_xlabel(f"predicted {label}")


def _draw_pit(ax: Axes, pit: np.ndarray) -> None:
    """Flat within the band if the predictive distributions are right; a hump if they are wide."""
    bins = int(np.clip(len(pit) // 8, 4, 20))
    counts, edges = np.histogram(pit, np.linspace(0, 1, bins + 1))
    low, high = (float(binom.ppf(p, len(pit), 1 / bins)) for p in (0.025, 0.975))
    ax.stairs(counts, edges, fill=True, color=POSTERIOR, alpha=0.45)
    ax.axhline(len(pit) / bins, color="#222222", lw=1.0, label="flat")
    for i, end in enumerate((low, high)):
        said = "95 % of flat histograms" if i == 0 else None
        ax.axhline(end, color="#222222", lw=0.9, ls="--", label=said)
    ax.set(xlabel="PIT: quantile of a run in its prediction", ylabel="number of runs", xlim=(0, 1))
    ax.set_ylim(0, 1.3 * max(high, counts.max()))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_title("flat is right, ∩ too wide, ∪ too narrow")
    ax.legend(loc="upper right", ncols=2)
