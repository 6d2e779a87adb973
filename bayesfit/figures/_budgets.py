"""What figures of budgets share: which budgets they show, how those asked for are marked, a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.interpolate import PchipInterpolator

from bayesfit.constants import TARGET
from bayesfit.figures._labels import HALO
from bayesfit.figures._runs import hollow, hollow_key, of_runs
from bayesfit.figures._style import ASKED, DARK, DATA, POSTERIOR
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import budgets

LARGEST = 1e27  # FLOPs that figures reach to, if nothing further is asked for
A_DECADE = 2  # budgets of a grid that are worked out
BETWEEN = 5  # times as many that are drawn
CLOSE = 0.1  # in log C, within which budgets are one to a reader
RUNS = "#d9d9d9"  # where there are runs


def asked(flops: float | Iterable[float]) -> list[float]:
    """The budgets that the user asked for, ascending.

    Raises:
        InputError: one is no positive number.
    """
    found = sorted({float(C) for C in np.atleast_1d(np.asarray(flops, float))})
    return budgets(found).tolist() if found else []


def woven(regular: Iterable[float], wanted: list[float]) -> list[float]:
    """Regular budgets and those that are wanted; of two that are one to a reader, the latter."""
    rest = [C for C in regular if not any(near(C, other) for other in wanted)]
    return sorted([*rest, *wanted])


def grid(fit: Fit, wanted: list[float]) -> list[float]:
    """From below the smallest run to 1e27 FLOPs, evenly in the log but for those wanted.

    Whole decades are in it, so that what a table has asked of them is not worked out again.
    """
    smallest = min([fit.runs["C"].min(), *wanted])
    largest = max([LARGEST, 10 * fit.runs["C"].max(), *(3 * C for C in wanted)])
    low = int(np.floor(np.log10(smallest / 1.01)))  # a budget asked for is never at the edge
    high = int(np.ceil(A_DECADE * np.log10(largest) - 1e-9))
    first, *inner, last = (
        float(f"{10.0 ** (k / A_DECADE):.15g}") for k in range(A_DECADE * low, high + 1)
    )
    return [first, *woven(inner, wanted), last]


def smooth(C: np.ndarray, found: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Bands between the budgets of a grid too, in logs, by curves that make no bump of their own.

    They go through what was worked out (Fritsch & Carlson 1980, doi:10.1137/0717021). Bands of
    which an end is infinite somewhere stay as they are.
    """
    if not all((np.isfinite(x) & (x > 0)).all() for x in found.values()):
        return C, found
    between = np.geomspace(C[0], C[-1], BETWEEN * len(C))[1:-1]
    fine = np.sort([*C, *(x for x in between if not near(C, x).any())])
    curve = {name: PchipInterpolator(np.log(C), np.log(x)) for name, x in found.items()}
    drawn = {name: np.exp(through(np.log(fine))) for name, through in curve.items()}
    for name, x in found.items():
        drawn[name][np.searchsorted(fine, C)] = x
    return fine, drawn


def near(C: Any, other: float) -> Any:
    """Whether two budgets are one to a reader of a figure, elementwise."""
    return np.abs(np.log(C / other)) < CLOSE


def nearest(C: np.ndarray, budget: float) -> int:
    """Where a budget stands in the grid; one that was asked for is in it."""
    return int(np.argmin(np.abs(np.log(C / budget))))


def quoted(wanted: list[float]) -> float:
    """The budget that a title speaks of: the largest asked for."""
    return wanted[-1] if wanted else TARGET


def shades(count: int) -> list:
    """The posterior's blue from pale to dark, for small to large budgets."""
    scale = LinearSegmentedColormap.from_list("budgets", ["#7fc4ea", POSTERIOR, DARK])
    return list(scale(np.linspace(0, 1, count)))


def shade_runs(ax: Axes, fit: Fit) -> None:
    """Grey where there are runs: all to the right of it is extrapolation."""
    C = fit.runs["C"]
    ax.axvspan(C.min(), C.max(), color=RUNS, alpha=0.45, lw=0, zorder=0)


def mark(ax: Axes, C: float, value: float, text: str, *, high: bool = False) -> None:
    """A thin line at a budget that was asked for, with the value there and its words.

    Args:
        high: write at the upper end of the line, and not at the lower.
    """
    ax.axvline(C, color=ASKED, lw=0.9, ls=(0, (4, 2)), zorder=3)
    if np.isfinite(value):
        ax.plot(C, value, "o", color="white", mec=ASKED, mew=1.5, ms=5.5, zorder=6)
    note = ax.annotate(
        text, (C, float(high)), xycoords=ax.get_xaxis_transform(), xytext=(-3, -4 if high else 4),
        textcoords="offset points", rotation=90, ha="right", va="top" if high else "bottom",
        fontsize=8, color=ASKED, weight="bold", path_effects=HALO, zorder=6,
    )  # fmt: skip
    note.set_in_layout(False)


def key(fit: Fit, wanted: list[float], published: bool = False) -> list[Line2D | Patch]:
    """What stands in the legend of a figure of budgets."""
    entries = [
        Line2D([], [], color=POSTERIOR, lw=1.6, label="posterior median"),
        Patch(color=POSTERIOR, alpha=0.42, lw=0, label="80 % band"),
        Patch(color=POSTERIOR, alpha=0.16, lw=0, label="95 % band"),
        Patch(color=RUNS, alpha=0.6, lw=0, label="compute of the runs fitted"),
        Line2D([], [], color=DATA, marker=".", ls="", label="runs fitted"),
    ]
    if fit.held_out is not None:
        entries.append(hollow_key())
    if published:
        entries.append(Line2D([], [], color="k", marker="D", ms=4, ls="", label="published models"))
    if wanted:
        label = "budget asked for" if len(wanted) == 1 else "budgets asked for"
        entries.append(Line2D([], [], color=ASKED, lw=0.9, ls=(0, (4, 2)), label=label))
    return entries


def draw_runs(ax: Axes, fit: Fit, column: str) -> None:
    """The runs of a fit against compute, hollow where they were held out.

    Args:
        column: of the table, or "D/N".
    """
    ax.plot(fit.runs["C"], of_runs(fit.runs, column), ".", color=DATA, ms=5, alpha=0.65, mew=0)
    if fit.held_out is not None:
        hollow(ax, fit.held_out["C"], of_runs(fit.held_out, column))
