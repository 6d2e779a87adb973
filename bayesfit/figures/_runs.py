"""How runs are shown: a colour and a mark for each family, and hollow marks for those held out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bayesfit.data.runs import Runs
from bayesfit.figures._style import DATA, GROUP_COLOURS
from bayesfit.fitted import Fit

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # seven to six colours: pairs repeat late
MOST_GROUPS = 12  # an eye does not keep more apart
HOLLOW: Any = dict(marker="o", mfc="none", mec="#111111", mew=1.1, ms=5.5, ls="", zorder=4)
HELD_OUT = "runs held out"


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
        colour, marker = GROUP_COLOURS[i % 6], _MARKERS[i % 7]
        yield name, which, dict(c=colour, marker=marker, s=26, edgecolors="white", linewidths=0.4)


def scatter(ax: Axes, runs: Runs, x: np.ndarray, y: np.ndarray) -> None:
    """The runs fitted, each group in its look."""
    for label, which, look in looks(runs):
        ax.scatter(x[which], y[which], label=label, zorder=3, rasterized=True, **look)


def hollow(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Runs that were held out."""
    ax.plot(x, y, label=HELD_OUT, **HOLLOW)


def hollow_key() -> Line2D:
    """What stands for them in a legend."""
    return Line2D([], [], label=HELD_OUT, **HOLLOW)


def of_runs(runs: Runs, column: str) -> np.ndarray:
    """A column of the table; "D/N" is that of tokens per parameter."""
    return runs["D"] / runs["N"] if column == "D/N" else runs[column]


def both(fit: Fit, column: str) -> np.ndarray:
    """A column of the runs fitted and of those held out, end to end."""
    tables = [fit.runs] + ([] if fit.held_out is None else [fit.held_out])
    return np.concatenate([of_runs(runs, column) for runs in tables])
