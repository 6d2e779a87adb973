"""The fitted law over its runs: a surface cut at a few D, a curve, or fitted against observed."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.figures import _response as response
from bayesfit.figures._replicates import Replicates
from bayesfit.figures._runs import both, groups, hollow, scatter
from bayesfit.figures._style import POSTERIOR, draw_band, log_axis
from bayesfit.fitted import Fit
from bayesfit.prediction.surface import log_surface

_CURVES = 5  # levels of D at which the fitted surface is drawn
_GRID = 100
CURVE_DRAWS = 500  # of which a curve is the median
# Viridis without its yellow end, which paper swallows.
_HUES = LinearSegmentedColormap.from_list("hues", colormaps["viridis"](np.linspace(0, 0.76, 64)))


def draw_fit(ax: Axes, fit: Fit, again: Replicates, later: Replicates | None) -> None:
    """Response against the law's inputs if they are N and D, or one of them; else against the fit.

    Args:
        again, later: the runs fitted and those held out, as the posterior sees them.
    """
    ax.set_ylabel(response.label(fit.law))
    if set(fit.law.inputs) == {"N", "D"}:
        _draw_surface(ax, fit)
    elif len(fit.law.inputs) == 1 and fit.law.inputs[0] in response.AXES:
        _draw_curve(ax, fit, fit.law.inputs[0])
    else:
        _draw_agreement(ax, fit, again, later)
    if groups(fit.runs) or fit.held_out is not None:
        corner = "upper right" if fit.law.is_of_loss else "upper left"  # a loss falls
        ax.legend(title="runs" if groups(fit.runs) else None, alignment="left", loc=corner)


def _draw_runs(ax: Axes, fit: Fit, column: str) -> None:
    scatter(ax, fit.runs, fit.runs[column], fit.runs[fit.law.response])
    if fit.held_out is not None:
        hollow(ax, fit.held_out[column], fit.held_out[fit.law.response])


def _draw_agreement(ax: Axes, fit: Fit, again: Replicates, later: Replicates | None) -> None:
    """Observed against fitted; on the line they are equal."""
    parts = [again] if later is None else [again, later]
    fitted = [np.asarray(fit.law.link.inverse(part.fitted)) for part in parts]
    scatter(ax, fit.runs, fitted[0], fit.runs[fit.law.response])
    if fit.held_out is not None:
        hollow(ax, fitted[-1], fit.held_out[fit.law.response])
    ends = [np.concatenate(fitted).min(), np.concatenate(fitted).max()]
    ax.plot(ends, ends, color=POSTERIOR, lw=1.2)
    ax.set(xlabel=f"fitted {response.label(fit.law)}", title="observed against fitted")
    response.scale_axis(fit.law, ax.xaxis, ax.yaxis)


def _draw_curve(ax: Axes, fit: Fit, name: str) -> None:
    """A law of one input, with its bands."""
    label, say = response.AXES[name]
    x = np.geomspace(both(fit, name).min() / 1.3, both(fit, name).max() * 1.3, _GRID)
    surface = log_surface(*fit.drawn(), {name: x})
    draw_band(ax, x, band(np.asarray(fit.law.link.inverse(surface))))
    _draw_runs(ax, fit, name)
    ax.set(xlabel=label, title="dots: runs;  line: posterior median, 80 and 95 % bands")
    log_axis(ax.xaxis, say)
    response.scale_axis(fit.law, ax.yaxis)


def _draw_surface(ax: Axes, fit: Fit) -> None:
    """Response against N; the surface cut at a few D, each cut where runs of about that D are."""
    N, D, seen = both(fit, "N"), both(fit, "D"), both(fit, fit.law.response)
    levels, norm = _levels(D), LogNorm(D.min(), D.max())
    grid = np.geomspace(N.min() / 1.3, N.max() * 1.3, _GRID)
    curves = _curves(fit, grid, levels)
    for D_level, curve in zip(levels, curves, strict=True):
        colour = _HUES(norm(D_level))
        ax.plot(grid, curve, color=colour, lw=1.4, zorder=1)
        ax.annotate(
            words.count(D_level), (grid[-1], curve[-1]), xytext=(3, 0), fontsize=7.5, va="center",
            textcoords="offset points", color=colour, weight="bold",
        )  # fmt: skip
    if groups(fit.runs):
        _draw_runs(ax, fit, "N")
    else:
        _draw_runs_by_tokens(ax, fit, norm)
    ax.set_ylim(*_limits(seen, curves))
    what = "dots: runs" if groups(fit.runs) else "dots: runs, coloured by D"
    lines = f"lines: posterior median at D = {_in_words(levels)} tokens"
    ax.set(xlabel=response.AXES["N"][0], title=f"{what};  {lines}")
    log_axis(ax.xaxis, words.count)
    response.scale_axis(fit.law, ax.yaxis)


def _curves(fit: Fit, N: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The median surface (levels, sizes)."""
    columns = dict(N=np.tile(N, len(levels)), D=np.repeat(levels, len(N)))
    surface = log_surface(*fit.drawn(CURVE_DRAWS), columns)
    return np.asarray(fit.law.link.inverse(np.median(surface, 0))).reshape(len(levels), -1)


def _draw_runs_by_tokens(ax: Axes, fit: Fit, norm: LogNorm) -> None:
    look: Any = dict(norm=norm, cmap=_HUES, s=13, lw=0, rasterized=True)
    ax.scatter(fit.runs["N"], fit.runs[fit.law.response], c=fit.runs["D"], **look)
    if fit.held_out is not None:
        hollow(ax, fit.held_out["N"], fit.held_out[fit.law.response])


def _limits(seen: np.ndarray, curves: np.ndarray) -> tuple[float, float]:
    """All runs, and the lower ends of the curves; their upper ends are of no use to anyone."""
    room = 0.06 * np.ptp(seen)
    low = min(seen.min(), curves.min())
    return low - room if low > room else low / 1.1, seen.max() + room


def _levels(D: np.ndarray) -> np.ndarray:
    """About five round values of D, spread over the runs."""
    low, high = np.quantile(D, (0.03, 0.97))
    return np.unique([float(f"{level:.0e}") for level in np.geomspace(low, high, _CURVES)])


def _in_words(levels: np.ndarray) -> str:
    ends = [words.count(x) for x in (levels[0], levels[-1])]
    return ends[0] if len(levels) == 1 else f"{ends[0]} … {ends[1]}"
