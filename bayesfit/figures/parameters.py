"""The parameters: how sure of each, by posterior and bootstrap, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import gaussian_filter

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.figures._style import (
    BOOTSTRAP,
    POSTERIOR,
    PUBLISHED,
    canvas,
    log_axis,
    styled,
)
from bayesfit.fitting import Fit
from bayesfit.inference.draws import Draws
from bayesfit.law import Published, View

MAIN = ("alpha", "beta", "a", "E")  # what a reader looks for first, where a law has it
_SCALE = 5.0  # a positive parameter above this is no exponent and no loss: shown by its log
_MOST_PAIRS = 6
_CELLS = 64
_DOTS = 2000  # draws that are shown, or behind a density


def textbook_names(fit: Fit) -> list[str]:
    """The law's own parameters, as its paper orders them; vectors are left to the tables."""
    problem, q = fit.problem, jnp.zeros(fit.problem.law_dimension)  # any q has the same names
    names = problem.textbook(problem.constrain(q, problem.law_priors()))
    return [name for name in names if fit.posterior.flat[name].ndim == 1]


def main_names(fit: Fit) -> list[str]:
    """Up to four parameters that the story is about."""
    flat, textbook = fit.posterior.flat, textbook_names(fit)
    known = [name for name in MAIN if name in flat]
    rest = [n for n in (*textbook, *fit.law.symbols) if n in flat and not is_scale(flat[n])]
    rest = [name for name in dict.fromkeys(rest) if flat[name].ndim == 1]
    return known if len(known) >= 3 else list(dict.fromkeys([*known, *rest]))[:4] or textbook[:4]


def is_scale(draws: np.ndarray) -> bool:
    """Whether a parameter is a scale such as A or B, best seen through its log."""
    return bool(np.min(draws) > 0 and np.median(draws) > _SCALE)


def published_values(fit: Fit, name: str) -> Iterator[tuple[Published, float, float]]:
    """(source, value, standard error or NaN), derived values worked out from what is printed."""
    for source in fit.law.published:
        values = dict(source.values)
        if name not in values:
            try:
                values |= fit.law.derived(View(**values))
            except AttributeError:  # the paper prints too few parameters
                continue
        if name in values:
            yield source, float(values[name]), float(source.errors.get(name, np.nan))


# -- 2. exponents -----------------------------------------------------------------------------


@styled
def exponents(fit: Fit) -> Figure:
    """Densities from the posterior and the bootstrap, over intervals and published values."""
    names = main_names(fit)
    figure = canvas(11, 6.6, _both_ways(fit, "a" if "a" in names else names[0]))
    across = min(2, len(names))
    rows = -(-len(names) // across)
    grid = figure.add_gridspec(2 * rows, across, height_ratios=(1.5, 1) * rows)
    for i, name in enumerate(names):
        row, column = divmod(i, across)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
        _draw_densities(upper, fit, name)
        _draw_forest(lower, fit, name, named=column == 0)
    return figure


def _sources(fit: Fit) -> Iterator[tuple[str, Draws, str]]:
    yield "posterior", fit.posterior, POSTERIOR
    yield "bootstrap", fit.bootstrap, BOOTSTRAP


def _both_ways(fit: Fit, name: str) -> str:
    """The title: one parameter by both ways of fitting."""
    found = {label: band(draws.flat[name]) for label, draws, _ in _sources(fit)}
    said = [
        f"{words.estimate(float(x['median']), float(x['lo80']), float(x['hi80']))} by {label}"
        for label, x in found.items()
    ]
    return f"{words.symbol(name)} = {said[0]}, {said[1]};  80 % intervals"


def _span(fit: Fit, name: str) -> tuple[float, float]:
    """All but the outermost draws of both sets, and every published value with its errors."""
    values = [
        np.quantile(draws.flat[name], (0.002, 0.998))
        for _, draws, _ in _sources(fit)
        if name in draws.flat
    ]
    marks = [
        value + sign * np.nan_to_num(1.96 * error)
        for _, value, error in published_values(fit, name)
        for sign in (-1, 1)
    ]
    low, high = np.min([*np.ravel(values), *marks]), np.max([*np.ravel(values), *marks])
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - room), float(high + room)


def _draw_densities(ax: Axes, fit: Fit, name: str) -> None:
    low, high = _span(fit, name)
    grid = np.linspace(low, high, 300)
    for label, draws, colour in _sources(fit):
        x = draws.flat.get(name)
        if x is None:
            continue
        if np.std(x) < 2e-3 * (high - low):  # narrower than a line: a parameter at its bound
            ax.vlines(np.median(x), 0, 1, color=colour, lw=2.2)
            text = f" {label}: all at {words.number(float(np.median(x)), 2)}"
            ax.text(float(np.median(x)), 1.1, text, color=colour, fontsize=8, va="center")
            continue
        y = density(x, grid)
        ax.fill_between(grid, y, color=colour, alpha=0.25, lw=0)
        ax.plot(grid, y, color=colour, lw=1.5)
    ax.set(xlim=(low, high), ylim=(0, 1.2), yticks=[], ylabel="density\n(peak = 1)")
    ax.tick_params(labelbottom=False, length=0)
    ax.grid(False, axis="y")
    meaning = fit.law.symbols.get(name, "")
    ax.set_title(f"{words.symbol(name)}: {meaning}" if meaning else words.symbol(name))


def density(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Gaussian kernel density with its peak at 1; positive draws are reflected at zero."""
    x = x[np.linspace(0, len(x) - 1, min(len(x), _DOTS)).astype(int)]
    spread = min(np.std(x), np.subtract(*np.quantile(x, (0.75, 0.25))) / 1.34) or np.std(x)
    width = 0.9 * spread * len(x) ** -0.2  # Silverman's rule

    def kernel(points: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((points[:, None] - x) / width) ** 2).sum(1)

    total = kernel(at)
    if x.min() > 0:
        total = np.where(at >= 0, total + kernel(-at), 0.0)
    return total / total.max()


def _draw_forest(ax: Axes, fit: Fit, name: str, *, named: bool) -> None:
    """One line each: median, 80 % (thick) and 95 % (thin); published values in black."""
    labels = []
    for label, draws, colour in _sources(fit):
        if name in draws.flat:
            found = band(draws.flat[name])
            ax.plot([found["lo95"], found["hi95"]], [len(labels)] * 2, color=colour, lw=1.2)
            ax.plot([found["lo80"], found["hi80"]], [len(labels)] * 2, color=colour, lw=4.0)
            ax.plot(found["median"], len(labels), "o", color="white", mec=colour, ms=5.5, mew=1.5)
        labels.append(label)
    for source in fit.law.published:
        for printed, value, error in published_values(fit, name):
            if printed is source:
                across = None if np.isnan(error) else 1.96 * error
                ax.errorbar(
                    value, len(labels), xerr=across, fmt="D", color=PUBLISHED, ms=4, lw=1.1,
                    capsize=2.5,
                )  # fmt: skip
        labels.append(source.source)
    ax.set(ylim=(len(labels) - 0.4, -0.6), xlabel=words.symbol(name) + _unit(fit, name))
    ax.set_yticks(range(len(labels)), labels if named else [""] * len(labels))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(7))


def _unit(fit: Fit, name: str) -> str:
    return ", nats per token" if "nats" in fit.law.symbols.get(name, "") else ""


# -- 3. pair plot -----------------------------------------------------------------------------


@styled
def pair_plot(fit: Fit) -> Figure:
    """How the law's own parameters hang together: draws, with 80 and 95 % contours."""
    names = textbook_names(fit)[:_MOST_PAIRS]
    draws = {name: fit.posterior.thin(_DOTS)[name] for name in names}
    figure = canvas(1.9 * len(names) + 0.6, 1.75 * len(names) + 0.7, _most_entangled(draws))
    axes = figure.subplots(len(names), len(names), squeeze=False)
    for row, across in enumerate(names):
        for column, along in enumerate(names):
            ax = axes[row, column]
            if column > row:
                ax.remove()
                continue
            if column == row:
                _draw_margin(ax, draws[along])
            else:
                _draw_pair(ax, draws[along], draws[across])
                at = fit.estimate[along], fit.estimate[across]
                ax.plot(*at, "P", color=BOOTSTRAP, ms=7, mec="white", mew=0.8, zorder=5)
            _frame(ax, fit, draws, across, along)
    figure.legend(handles=_pair_key(), loc="upper right", bbox_to_anchor=(0.98, 0.93))
    return figure


def _straight(x: np.ndarray) -> np.ndarray:
    """A parameter in the coordinate in which it is drawn: scales by their log."""
    return np.log(x) if is_scale(x) else x


def _most_entangled(draws: dict[str, np.ndarray]) -> str:
    names = list(draws)
    if len(names) < 2:
        return f"The posterior of {words.symbol(names[0])}"
    matrix = np.corrcoef([_straight(draws[name]) for name in names])
    matrix[np.tril_indices(len(names))] = 0
    pair = np.unravel_index(np.argmax(np.abs(matrix)), matrix.shape)
    first, second = (
        ("log " if is_scale(draws[names[i]]) else "") + words.symbol(names[i]) for i in pair
    )
    return f"Most entangled: {first} and {second}, correlation {matrix[pair]:.3f}"


def _pair_key() -> list[Line2D]:
    return [
        Line2D([], [], color=POSTERIOR, lw=1.3, label="posterior: holds 80 % of draws"),
        Line2D([], [], color=POSTERIOR, lw=0.7, label="posterior: holds 95 %"),
        Line2D(
            [], [], color=BOOTSTRAP, marker="P", ms=7, mec="white", ls="", label="MLE, if inside"
        ),
    ]


def _draw_margin(ax: Axes, x: np.ndarray) -> None:
    low, high = np.log(_room(x)) if is_scale(x) else _room(x)
    grid = np.linspace(low, high, 160)
    y = density(_straight(x), grid)
    grid = np.exp(grid) if is_scale(x) else grid
    ax.fill_between(grid, y, color=POSTERIOR, alpha=0.25, lw=0)
    ax.plot(grid, y, color=POSTERIOR, lw=1.3)


def _draw_pair(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    ax.plot(x, y, ".", color=POSTERIOR, ms=1.8, alpha=0.2, mew=0, rasterized=True)
    X, Y, height, levels = contours(_straight(x), _straight(y))
    X, Y = np.exp(X) if is_scale(x) else X, np.exp(Y) if is_scale(y) else Y
    ax.contour(X, Y, height, levels=levels, colors=POSTERIOR, linewidths=(0.7, 1.3))


def contours(x: np.ndarray, y: np.ndarray):
    """Smoothed density over a sheared grid, and the heights that hold 95 % and 80 % of draws.

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
    low, high = np.quantile(_straight(x), (0.001, 0.999))
    ends = np.array([low, high]) + 0.08 * (high - low) * np.array([-1, 1])
    return np.exp(ends) if is_scale(x) else ends


def _frame(ax: Axes, fit: Fit, draws: dict[str, np.ndarray], across: str, along: str) -> None:
    """Limits and few ticks; labels on the outer panels only."""
    names = list(draws)
    ax.grid(False)
    ax.set_xlim(*_room(draws[along]))
    _few_ticks(ax.xaxis, draws[along])
    if across == along:
        ax.set(ylim=(0, 1.1), yticks=[])
    else:
        ax.set_ylim(*_room(draws[across]))
        _few_ticks(ax.yaxis, draws[across])
    bottom, left = across == names[-1], along == names[0]
    ax.tick_params(labelbottom=bottom, labelleft=left)
    if bottom:
        ax.set_xlabel(words.symbol(along) + _unit(fit, along))
    if left:
        ax.set_ylabel("density" if across == along else words.symbol(across) + _unit(fit, across))


def _few_ticks(axis: Axis, x: np.ndarray) -> None:
    if is_scale(x):
        log_axis(axis, words.number)
    else:
        axis.set_major_locator(MaxNLocator(3, prune="both"))
