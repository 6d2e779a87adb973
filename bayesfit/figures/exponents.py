"""The exponents: densities from the posterior and the bootstrap, over published values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.figures import Plot
from bayesfit.figures import _parameters as parameters
from bayesfit.figures._style import PUBLISHED, canvas, panel
from bayesfit.fitted import Fit

_NORMAL_95 = 1.96  # half the 95 % interval of a normal, in standard errors
_FURTHEST = 1.0  # how far beyond the draws an axis follows published values, in widths of the draws


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Up to four parameters, each a density over intervals; `ax`: the density of the first."""
    del flops  # no parameter depends on a budget
    title = _title(fit, parameters.first_name(fit))
    if ax is not None:
        _draw_densities(ax, fit, parameters.first_name(fit))
        ax.set_xlabel(parameters.axis_label(fit, parameters.first_name(fit)))
        ax.legend(loc="upper right")
        return panel(ax, title)
    names = parameters.main_names(fit)
    across = min(2, len(names))
    rows = -(-len(names) // across)
    figure = canvas(11, 0.6 + 3 * rows, title)
    grid = figure.add_gridspec(2 * rows, across, height_ratios=(1.5, 1) * rows)
    for i, name in enumerate(names):
        row, column = divmod(i, across)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
        _draw_densities(upper, fit, name)
        upper.tick_params(labelbottom=False)
        _draw_forest(lower, fit, name, named=column == 0)
    return figure


def _title(fit: Fit, name: str) -> str:
    """One parameter by both ways of fitting."""
    found = {
        label: band(draws.flat[name])
        for label, draws, _ in parameters.sources(fit)
        if name in draws.flat
    }
    said = [
        f"{words.estimate(float(x['median']), float(x['lo80']), float(x['hi80']))} by {label}"
        for label, x in found.items()
    ]
    return f"{words.symbol(name)} = {', '.join(said)};  80 % intervals"


def span(fit: Fit, name: str) -> tuple[float, float]:
    """The ends of an axis: nearly all draws, and published values that are not too far off."""
    ends = [
        parameters.ends(draws.flat[name])
        for _, draws, _ in parameters.sources(fit)
        if name in draws.flat
    ]
    low, high = float(np.min(ends)), float(np.max(ends))
    room = _FURTHEST * (high - low)
    marks = [
        value + sign * np.nan_to_num(_NORMAL_95 * error)
        for _, value, error in parameters.published_values(fit, name)
        for sign in (-1, 1)
    ]
    low, high = (
        min([low, *(max(x, low - room) for x in marks)]),
        max([high, *(min(x, high + room) for x in marks)]),
    )
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def _draw_densities(ax: Axes, fit: Fit, name: str) -> None:
    low, high = span(fit, name)
    grid = np.linspace(low, high, 300)
    for label, draws, colour in parameters.sources(fit):
        x = draws.flat.get(name)
        if x is None:
            continue
        if np.std(x) < 2e-3 * (high - low):  # narrower than a line: a parameter at its bound
            ax.vlines(np.median(x), 0, 1, color=colour, lw=2.2)
            text = f" {label}: all at {words.number(float(np.median(x)), 2)}"
            ax.text(float(np.median(x)), 1.1, text, color=colour, fontsize=8, va="center")
            continue
        y = parameters.density(x, grid)
        ax.fill_between(grid, y, color=colour, alpha=0.25, lw=0)
        ax.plot(grid, y, color=colour, lw=1.5, label=label)
    ax.set(xlim=(low, high), ylim=(0, 1.2), yticks=[], ylabel="density\n(peak = 1)")
    ax.tick_params(length=0)
    ax.grid(False, axis="y")
    meaning = powers.in_text(fit.law.symbols.get(name, ""))
    ax.set_title(f"{words.symbol(name)}: {meaning}" if meaning else words.symbol(name))


def _draw_forest(ax: Axes, fit: Fit, name: str, *, named: bool) -> None:
    """One line each: median, 80 % (thick) and 95 % (thin); published values in black."""
    labels = []
    for label, draws, colour in parameters.sources(fit):
        if name in draws.flat:
            found, y = band(draws.flat[name]), len(labels)
            ax.plot([found["lo95"], found["hi95"]], [y, y], color=colour, lw=1.2)
            ax.plot([found["lo80"], found["hi80"]], [y, y], color=colour, lw=4.0)
            ax.plot(found["median"], y, "o", color="white", mec=colour, ms=5.5, mew=1.5)
        labels.append(label)
    known = {source.source: (x, se) for source, x, se in parameters.published_values(fit, name)}
    for source in fit.law.published:
        if source.source in known:
            _draw_published(ax, *known[source.source], len(labels), span(fit, name))
        labels.append(source.source)
    ax.set(ylim=(len(labels) - 0.4, -0.6), xlabel=parameters.axis_label(fit, name))
    ax.set_yticks(range(len(labels)), labels if named else [""] * len(labels))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(7))


def _draw_published(
    ax: Axes, value: float, error: float, y: int, ends: tuple[float, float]
) -> None:
    """A printed value with its interval; one beyond the axis is an arrow at the edge."""
    if ends[0] <= value <= ends[1]:
        across = None if np.isnan(error) else _NORMAL_95 * error
        ax.errorbar(value, y, xerr=across, fmt="D", color=PUBLISHED, ms=4, lw=1.1, capsize=2.5)
        return
    left = value < ends[0]
    ax.annotate(
        words.number(value), (0.0 if left else 1.0, y), xycoords=ax.get_yaxis_transform(),
        xytext=(14 if left else -14, 0), textcoords="offset points", va="center",
        ha="left" if left else "right", fontsize=7.5, color=PUBLISHED,
        arrowprops=dict(arrowstyle="->", lw=0.9, color=PUBLISHED),
    )  # fmt: skip


plot = Plot(
    draw=draw,
    title="The exponents, by posterior and by bootstrap",
    caption=(
        "Blue, the posterior: what the runs and the priors say together, scatter that runs share "
        "and the doubt in the law included. Vermilion, refits of the Huber estimate to resampled "
        "runs, which take the law to be true. Where blue is the wider, that doubt is why; where "
        "vermilion is, the prior decides. Black marks are published values, with 95 % intervals "
        "where a standard error was printed; an arrow at the edge is one that lies further off. "
        "They were found on other runs, so they need not agree. Thick lines hold 80 %, thin ones "
        "95 %."
    ),
    order=70,
    numbers=True,
)
