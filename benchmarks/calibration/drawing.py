"""The figures of the calibration, in the style of the report's."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from bayesfit.figures import _style as style
from bayesfit.formatting import symbol
from benchmarks.calibration.ranks import ecdf, simultaneous_band

ACROSS = 6  # panels in a row
TITLE = "Ranks of simulated truths, with the 95 % band of a whole curve"
WAYS = {
    "posterior as shipped": style.POSTERIOR,
    "posterior, law believed": "#56B4E9",
    "bootstrap": style.BOOTSTRAP,
}


def ecdf_differences(found: dict[str, dict[str, np.ndarray]], kept: int) -> Figure:
    """ECDF of the ranks minus the uniform one: a block a law, a panel a quantity."""
    rows = [-(-len(ranks) // ACROSS) for ranks in found.values()]
    with matplotlib.rc_context(style.STYLE):
        figure = style.canvas(1.75 * ACROSS, 0.5 + sum(1.6 * n + 0.35 for n in rows), TITLE)
        blocks = np.atleast_1d(figure.subfigures(len(found), 1, height_ratios=rows))
        for block, (law, ranks), high in zip(blocks, found.items(), rows, strict=True):
            tables = len(next(iter(ranks.values())))
            block.suptitle(f"{law}, {tables} simulated tables", x=0.012, ha="left", fontsize=9.5)
            axes = block.subplots(high, ACROSS, sharex=True, sharey=True, squeeze=False).ravel()
            for ax, (name, x) in zip(axes, ranks.items(), strict=False):
                _panel(ax, _said(name), x, kept)
            for ax in axes[len(ranks) :]:
                ax.set_axis_off()
            block.supxlabel("rank of the truth among posterior draws", fontsize=8)
            block.supylabel("ECDF - uniform", fontsize=8)
    return figure


def _panel(ax: Axes, title: str, ranks: np.ndarray, kept: int) -> None:
    at = np.arange(1, kept + 1) / (kept + 1)
    low, high = simultaneous_band(len(ranks), kept)
    ax.fill_between(at, low - at, high - at, color="#dddddd", lw=0, step="mid")
    ax.axhline(0, color=style.PUBLISHED, lw=0.6)
    ax.step(at, ecdf(ranks[None], kept)[0] / len(ranks) - at, color=style.POSTERIOR, where="mid")
    ax.set_title(title)
    ax.set_xlim(0, 1)


def coverages(cases: dict[str, dict], tables: int) -> Figure:
    """Share of intervals that hold the truth: a panel a kind of scatter, a mark a quantity.

    The grey bands are where 95 % of exact intervals would fall, for this number of tables.
    """
    with matplotlib.rc_context(style.STYLE):
        title = f"How often intervals hold the truth, {tables} simulated tables each"
        figure = style.canvas(13, 3.8, title)
        axes = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
        for ax, (kind, ways) in zip(axes, cases.items(), strict=True):
            _levels(ax, ways, tables)
            ax.set_title(kind)
        axes[0].set_ylabel("coverage")
        axes[0].legend(loc="lower left", handletextpad=0.2)
    return figure


def _levels(ax: Axes, ways: dict[str, dict], tables: int) -> None:
    """The marks of one panel; each way a colour, each level a grey band."""
    quantities = list(next(iter(ways.values())))
    for (way, found), shift in zip(ways.items(), (-0.2, 0.0, 0.2), strict=False):
        at = np.arange(len(quantities)) + shift
        for level in (name for name in found[quantities[0]] if name.startswith("0.")):
            y = [found[name][level] for name in quantities]
            label = way if level == "0.95" else None
            ax.scatter(at, y, s=16, color=WAYS[way], label=label, zorder=3)
    for level in (float(name) for name in found[quantities[0]] if name.startswith("0.")):
        low, high = stats.binom.ppf([0.025, 0.975], tables, level) / tables
        ax.axhspan(low, high, color="#dddddd", lw=0, zorder=0)
        ax.axhline(level, color=style.PUBLISHED, lw=0.6, zorder=1)
    ax.set_xticks(range(len(quantities)), [_said(name) for name in quantities])
    ax.set_ylim(0, 1.03)


def _said(name: str) -> str:
    words = dict(log_N="N*", log_D="D*", log_loss="loss", log_likelihood="log likelihood")
    return words.get(name, symbol(name))
