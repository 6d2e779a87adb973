"""How every figure looks: one meaning to a colour, ticks in words, and no global state.

Colours are those of Okabe & Ito (2008), told apart by nearly every eye. Blue is always the
posterior and vermilion the bootstrap; black marks are what others published; dots are runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from bayesfit.data.runs import Runs

if TYPE_CHECKING:
    from bayesfit.fitting import Fit
    from bayesfit.questions.compare import Comparison

POSTERIOR, BOOTSTRAP, PUBLISHED, DATA = "#0072B2", "#D55E00", "black", "#4d4d4d"
_GROUP_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c6d31", "#7f7f7f")
_GROUP_MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # seven to six colours: pairs repeat late
MOST_GROUPS = 12  # more are no longer told apart

DPI = 110

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.formatter.useoffset": False,
    "figure.titlesize": 11.5,
    "figure.titleweight": "bold",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

# Ticks of a log axis: fewer to the decade, the more decades there are.
_SUBS = ((2.2, (1,)), (1.3, (1, 3)), (0.6, (1, 2, 5)), (0.0, (1, 2, 3, 5, 7)))

Draw = Callable[..., Figure]  # (fit, **what is known already)


def styled(draw: Draw) -> Draw:
    """A figure function, drawn in the house style and stamped if its runs were simulated."""

    @wraps(draw)
    def figure_of(fit: Fit | Comparison, **known: Any) -> Figure:
        with matplotlib.rc_context(STYLE):
            figure = draw(fit, **known)
            if fit.runs.simulated:
                stamp(figure, "SIMULATED")
            return figure

    return figure_of


def canvas(width: float, height: float, title: str = "") -> Figure:
    """An empty figure (inches) with its own Agg canvas; pyplot never hears of it."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, x=0.012, ha="left")
    return figure


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """The figure as the bytes of a PNG file, the same for the same figure."""
    file = BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def stamp(figure: Figure, text: str) -> None:
    """Large grey letters across the figure, which cannot be cropped away unnoticed."""
    figure.text(
        0.5, 0.5, text, fontsize=64, color="#808080", alpha=0.22, rotation=24, weight="bold",
        ha="center", va="center", zorder=100, in_layout=False,
    )  # fmt: skip


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
    axis.set_major_formatter(FuncFormatter(lambda x, _: say(x)))
    axis.set_minor_formatter(NullFormatter())


def draw_band(
    ax: Axes, x: np.ndarray, band: Mapping[str, np.ndarray], colour: str = POSTERIOR, **line: Any
) -> None:
    """Median line with its 80 % band and, paler, its 95 % band."""
    ax.fill_between(x, band["lo95"], band["hi95"], color=colour, alpha=0.16, lw=0)
    ax.fill_between(x, band["lo80"], band["hi80"], color=colour, alpha=0.26, lw=0)
    ax.plot(x, band["median"], color=colour, lw=1.6, **line)


def law_colours(count: int) -> list[str]:
    """A colour for each of several laws, the posterior's blue left to what they have in common."""
    return [_GROUP_COLOURS[i % len(_GROUP_COLOURS)] for i in range(count)]


# -- groups of runs ---------------------------------------------------------------------------


def groups(runs: Runs) -> dict[str, np.ndarray]:
    """Family (or group) -> which runs; empty if the table has none, or too many to tell apart."""
    for column in ("family", "group"):
        if column in runs.columns:
            labels = runs[column].astype(str)
            names = list(dict.fromkeys(labels))
            return {n: labels == n for n in names} if 1 < len(names) <= MOST_GROUPS else {}
    return {}


def looks(runs: Runs) -> Iterator[tuple[str, np.ndarray, dict[str, Any]]]:
    """(label, which runs, how to scatter them) of each group; one unlabelled group if none."""
    found = groups(runs)
    if not found:
        yield "", np.ones(len(runs), bool), dict(c=DATA, marker="o", s=11, alpha=0.7, lw=0)
    for i, (name, which) in enumerate(found.items()):
        colour, marker = _GROUP_COLOURS[i % 6], _GROUP_MARKERS[i % 7]
        yield name, which, dict(c=colour, marker=marker, s=26, edgecolors="white", linewidths=0.4)
