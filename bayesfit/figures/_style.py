"""How every figure looks: one meaning to a colour, ticks in words, and no global state.

Colours are those of Okabe & Ito (2008), which nearly every eye can tell apart. Blue is always the
posterior and vermilion the bootstrap; black marks are what others published; dots are runs, hollow
ones runs that were held out of the fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from bayesfit.pictures import DPI, house, tick

POSTERIOR, BOOTSTRAP, PUBLISHED, DATA = "#0072B2", "#D55E00", "black", "#4d4d4d"
ASKED = "#8B0057"  # budgets that the user asked for
DARK = "#00263d"  # the posterior's blue at the end of a scale of shades
GROUP_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c6d31", "#7f7f7f")

_LETTERS_AN_INCH = 10.0  # of a title of a figure, before it goes on in another line
_SMALL_LETTERS_AN_INCH = 12.0  # of a title of a panel

# Ticks of a log axis: fewer to the decade, the more decades there are.
_SUBS = ((2.2, (1,)), (1.3, (1, 3)), (0.6, (1, 2, 5)), (0.0, (1, 2, 3, 5, 7)))

Draw = Callable[..., Figure]


def styled(draw: Draw) -> Draw:
    """A figure function that draws in the house style, and stamps what is of simulated runs."""

    @wraps(draw)
    def figure_of(*what: Any, **options: Any) -> Figure:
        with house():
            figure = draw(*what, **options)
            if any(is_simulated(x) for x in what):
                stamp(options.get("ax") or figure)
            return figure

    return figure_of


def is_simulated(what: Any) -> bool:
    """Whether a fit, or a table of runs, is of a simulation."""
    return bool(getattr(getattr(what, "runs", what), "simulated", False))


def canvas(width: float, height: float, title: str = "") -> Figure:
    """An empty figure (inches) with its own Agg canvas; pyplot never hears of it."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(fill(title, int(_LETTERS_AN_INCH * width)), x=0.012, ha="left")
    return figure


def panel(ax: Axes, title: str) -> Figure:
    """The figure that the user's axes are in, once what was found stands above them."""
    ax.set_title(fill(title, max(20, int(_SMALL_LETTERS_AN_INCH * inches(ax)[0]))))
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def one_panel(ax: Axes | None, title: str, paint: Callable[[Axes], None]) -> Figure:
    """A figure of one panel, or that panel on the user's axes."""
    if ax is None:
        figure = canvas(9, 5.0, title)
        paint(figure.subplots())
        return figure
    paint(ax)
    return panel(ax, title)


def inches(ax: Axes) -> tuple[float, float]:
    """Width and height of a panel."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return ax.bbox.width / figure.dpi, ax.bbox.height / figure.dpi


def stamp(where: Figure | Axes, text: str = "SIMULATED") -> None:
    """Large grey letters across a figure or a panel, which cannot be cropped away unnoticed."""
    large = isinstance(where, Figure)
    letters = where.text(
        0.5, 0.5, text, fontsize=64 if large else 32, color="#808080", alpha=0.22, rotation=24,
        weight="bold", ha="center", va="center", zorder=100,
        transform=where.transSubfigure if large else where.transAxes,
    )  # fmt: skip
    letters.set_in_layout(False)


# -- axes -------------------------------------------------------------------------------------


def log_axis(axis: Axis, say: Callable[[float], str]) -> None:
    """Make an axis logarithmic, with ticks at powers of ten (or 1, 2, 5) said by `say`."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
    low, high = sorted(axis.get_view_interval())
    decades = np.log10(high / low)
    subs = next(subs for least, subs in _SUBS if decades > least)
    if decades < 0.35:
        axis.set_major_locator(MaxNLocator(4))
    else:
        axis.set_major_locator(LogLocator(subs=subs, numticks=9))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(partial(tick, say)))
    axis.set_minor_formatter(NullFormatter())


def draw_band(
    ax: Axes, x: np.ndarray, band: Mapping[str, np.ndarray], colour: str = POSTERIOR, **line: Any
) -> None:
    """Median line with its 80 % band and, paler, its 95 % band."""
    ax.fill_between(x, band["lo95"], band["hi95"], color=colour, alpha=0.16, lw=0)
    ax.fill_between(x, band["lo80"], band["hi80"], color=colour, alpha=0.26, lw=0)
    ax.plot(x, band["median"], color=colour, lw=1.6, **line)


def highest(*values: Any) -> float:
    """The largest finite number of some arrays, tables or columns; 1 if there is none."""
    every = np.concatenate([np.ravel(np.asarray(x, float)) for x in values])
    return float(every[np.isfinite(every)].max(initial=1.0))


def through_the_top(x: Any, top: float) -> np.ndarray:
    """The end of a band, on a log axis: where it has none, far above the panel and not left out."""
    return np.minimum(x, 1e3 * top)


def law_colours(count: int) -> list[str]:
    """A colour for each of several laws, the posterior's blue left to what they have in common."""
    return [GROUP_COLOURS[i % len(GROUP_COLOURS)] for i in range(count)]
