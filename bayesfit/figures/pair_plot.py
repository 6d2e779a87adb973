"""How the law's own parameters hang together: draws, with 80 and 95 % contours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import gaussian_filter

from bayesfit import formatting as words
from bayesfit.figures import Plot
from bayesfit.figures import _parameters as parameters
from bayesfit.figures._parameters import axis_label, is_scale, straight
from bayesfit.figures._style import BOOTSTRAP, POSTERIOR, canvas, log_axis, panel
from bayesfit.fitted import Fit

_MOST = 6  # parameters
_CELLS = 64


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Every pair of the first parameters; `ax`: the pair that is most correlated."""
    del flops  # no parameter depends on a budget
    names = parameters.textbook_names(fit)[:_MOST]
    thinned = fit.posterior.thin(parameters.DOTS)
    draws = {name: thinned[name] for name in names}
    along, across, title = _most_correlated(draws)
    if ax is not None:
        _draw_cell(ax, fit, draws, along, across)
        ax.set(xlabel=axis_label(fit, along), ylabel=_upright(fit, along, across))
        return panel(ax, title)
    figure = canvas(1.9 * len(names) + 0.6, 1.75 * len(names) + 0.7, title)
    axes = figure.subplots(len(names), len(names), squeeze=False)
    for row, across in enumerate(names):
        for column, along in enumerate(names):
            if column > row:
                axes[row, column].remove()
                continue
            _draw_cell(axes[row, column], fit, draws, along, across)
            _label_outside(axes[row, column], fit, names, along, across)
    figure.legend(handles=_key(), loc="upper right", bbox_to_anchor=(0.98, 0.93))
    return figure


def _most_correlated(draws: dict[str, np.ndarray]) -> tuple[str, str, str]:
    """The two parameters with the highest correlation, and the title that says so."""
    names = list(draws)
    if len(names) < 2:
        return names[0], names[0], f"The posterior of {words.symbol(names[0])}"
    matrix = np.corrcoef([straight(draws[name]) for name in names])
    matrix[np.tril_indices(len(names))] = 0
    i, j = np.unravel_index(np.argmax(np.abs(matrix)), matrix.shape)
    first, second = (
        ("log " if is_scale(draws[name]) else "") + words.symbol(name)
        for name in (names[i], names[j])
    )
    title = f"Most correlated: {first} and {second}, correlation {matrix[i, j]:.3f}"
    return names[i], names[j], title


def _draw_cell(ax: Axes, fit: Fit, draws: dict[str, np.ndarray], along: str, across: str) -> None:
    """One panel: a density on the diagonal, draws and contours elsewhere."""
    ax.grid(False)
    ax.set_xlim(*_room(draws[along]))
    if along == across:
        _draw_margin(ax, draws[along])
        ax.set(ylim=(0, 1.1), yticks=[])
    else:
        ax.set_ylim(*_room(draws[across]))
        _draw_pair(ax, draws[along], draws[across])
        at = fit.estimate[along], fit.estimate[across]
        ax.plot(*at, "P", color=BOOTSTRAP, ms=7, mec="white", mew=0.8, zorder=5)
        _few_ticks(ax.yaxis, draws[across])
    _few_ticks(ax.xaxis, draws[along])


def _label_outside(ax: Axes, fit: Fit, names: list[str], along: str, across: str) -> None:
    """Labels on the outer panels only."""
    bottom, left = across == names[-1], along == names[0]
    ax.tick_params(labelbottom=bottom, labelleft=left)
    if bottom:
        ax.set_xlabel(axis_label(fit, along))
    if left:
        ax.set_ylabel(_upright(fit, along, across))


def _upright(fit: Fit, along: str, across: str) -> str:
    return "density" if across == along else axis_label(fit, across)


def _key() -> list[Line2D]:
    mle: Any = dict(color=BOOTSTRAP, marker="P", ms=7, mec="white", ls="", label="MLE, if inside")
    return [
        Line2D([], [], color=POSTERIOR, lw=1.3, label="posterior: holds 80 % of draws"),
        Line2D([], [], color=POSTERIOR, lw=0.7, label="posterior: holds 95 %"),
        Line2D([], [], **mle),
    ]


def _draw_margin(ax: Axes, x: np.ndarray) -> None:
    low, high = np.log(_room(x)) if is_scale(x) else _room(x)
    grid = np.linspace(low, high, 160)
    y = parameters.density(straight(x), grid)
    grid = np.exp(grid) if is_scale(x) else grid
    ax.fill_between(grid, y, color=POSTERIOR, alpha=0.25, lw=0)
    ax.plot(grid, y, color=POSTERIOR, lw=1.3)


def _draw_pair(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    ax.plot(x, y, ".", color=POSTERIOR, ms=1.8, alpha=0.2, mew=0, rasterized=True)
    X, Y, height, levels = contours(straight(x), straight(y))
    X, Y = np.exp(X) if is_scale(x) else X, np.exp(Y) if is_scale(y) else Y
    ax.contour(X, Y, height, levels=levels, colors=POSTERIOR, linewidths=(0.7, 1.3))


def contours(x: np.ndarray, y: np.ndarray):
    """Smoothed density over a slanted grid, and the heights that hold 95 % and 80 % of draws.

    The histogram is made in decorrelated coordinates: on axes of its own, smoothing would fatten a
    narrow ridge such as that of A and alpha.
    """
    points = np.vstack([x, y])
    center, root = points.mean(1, keepdims=True), np.linalg.cholesky(np.cov(points))
    z = np.linalg.solve(root, points - center)
    edges = [np.linspace(v.min() - 1, v.max() + 1, _CELLS + 1) for v in z]
    cells, _, _ = np.histogram2d(*z, bins=edges)
    height = gaussian_filter(cells, [0.28 / (e[1] - e[0]) for e in edges])
    middles = np.meshgrid(*(0.5 * (e[1:] + e[:-1]) for e in edges), indexing="ij")
    X, Y = (center + root @ np.vstack([m.ravel() for m in middles])).reshape(2, _CELLS, _CELLS)
    ranked = np.sort(height.ravel())[::-1]
    held = np.cumsum(ranked) / ranked.sum()
    return X, Y, height, [ranked[np.searchsorted(held, share)] for share in (0.95, 0.80)]


def _room(x: np.ndarray) -> np.ndarray:
    """The ends of an axis: nearly all draws, and a little more."""
    low, high = parameters.ends(straight(x))
    ends = np.array([low, high]) + 0.12 * (high - low) * np.array([-1, 1])
    return np.exp(ends) if is_scale(x) else ends


def _few_ticks(axis: Axis, x: np.ndarray) -> None:
    if is_scale(x):
        log_axis(axis, words.number)
    else:
        axis.set_major_locator(MaxNLocator(3, prune="both"))


plot = Plot(
    draw=draw,
    title="How the parameters hang together",
    caption=(
        "Draws of the posterior for each pair, with contours that hold 80 % and 95 % of them. A "
        "thin slanting ridge means that the runs fix a combination of two parameters, and neither "
        "by itself: never quote A without its alpha, nor round one of them. The vermilion cross "
        "is the Huber estimate."
    ),
    order=80,
    numbers=True,
)
