"""Whether bands held where they were asked about runs that the fit had not seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.extrapolation.backtest import OURS, PAIRS, RESIDUAL
from bayesfit.figures import Plot
from bayesfit.figures._style import BOOTSTRAP, DATA, POSTERIOR, canvas, log_axis, panel, stamp

COLOURS = {OURS: POSTERIOR, PAIRS: BOOTSTRAP, RESIDUAL: "#E69F00"}
COLUMNS = 2  # refits side by side
MOST = 8  # refits that are drawn; a column of words can have many
LOG = {"C": powers.flops, "N": words.count, "D": words.count}  # how values of an axis are said
UNITS = {"C": "C, FLOPs", "N": "N, parameters", "D": "D, training tokens"}


def draw(
    scored: pd.DataFrame,
    by: str = "C",
    *,
    simulated: bool = False,
    response: str = "loss, nats per token",
    ax: Axes | None = None,
    flops: float | Iterable[float] = (),
) -> Figure:
    """Nominal against actual coverage of every method, and each refit's errors in its bands.

    Args:
        scored: held-out runs, as `bayesfit.extrapolation.backtest.score` returns them.
        by: the column that the refits on smaller runs went by.
        simulated: whether the runs are; the figure is then stamped.
        response: what was predicted, and its unit.
        ax: axes for the coverage alone.
    """
    del flops  # hold-outs have budgets of their own
    ours = scored[scored["method"] == OURS]
    refits = [part for _, part in ours.groupby("threshold", sort=False)]
    title = _title(ours, len(refits))
    if ax is not None:
        _draw_coverage(ax, scored)
        figure = panel(ax, title)
    else:
        rows = -(-min(len(refits), MOST) // COLUMNS)
        figure = canvas(11.5, max(4.6, 2.3 * rows + 0.8), title)
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.5))[0]
        _draw_coverage(left.subplots(), scored)
        axes = right.subplots(rows, COLUMNS, squeeze=False, sharey=True)
        _draw_refits(axes, refits[:MOST], by, f"predicted {response}")
    if simulated:
        stamp(ax or figure)
    return figure


def _title(ours: pd.DataFrame, refits: int) -> str:
    inside = ", ".join(f"{words.percent(ours[f'inside{p}'].mean())} inside {p} %" for p in (80, 95))
    fits = "1 refit" if refits == 1 else f"{refits} refits"
    return f"{fits}, {len(ours)} values predicted before they were seen: {inside}"


def coverage(pit: np.ndarray, nominal: np.ndarray) -> np.ndarray:
    """Share of outcomes inside the central band of each nominal share (levels,)."""
    return (np.abs(2 * pit - 1)[None] <= nominal[:, None]).mean(1)


def _draw_coverage(ax: Axes, scored: pd.DataFrame) -> None:
    """Below the diagonal bands are too narrow. Grey: two binomial standard errors."""
    nominal = np.linspace(0, 1, 101)
    count = int((scored["method"] == OURS).sum())
    slack = 2 * np.sqrt(nominal * (1 - nominal) / count)
    ax.fill_between(nominal, nominal - slack, nominal + slack, color="#bbbbbb", alpha=0.35, lw=0)
    ax.plot(nominal, nominal, color="#888888", lw=0.8)
    for method, rows in scored.groupby("method", sort=False):
        covered, width = coverage(rows["pit"].to_numpy(), nominal), 2.0 if method == OURS else 1.2
        colour = COLOURS.get(str(method), DATA)
        ax.plot(nominal, covered, color=colour, lw=width, label=str(method))
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="nominal share of a central band")
    ax.set(ylabel="share of held-out values inside", title="bands against what happened")
    ax.legend(loc="upper left")


def _draw_refits(axes: np.ndarray, refits: list[pd.DataFrame], by: str, predicted: str) -> None:
    for ax, rows in zip_longest(axes.ravel(), refits):
        if rows is None:
            ax.remove()
        else:
            _draw_errors(ax, rows, by, predicted)
    for row in axes:
        row[0].set_ylabel("actual over predicted − 1, %")


def _draw_errors(ax: Axes, rows: pd.DataFrame, by: str, predicted: str) -> None:
    """Each held-out run in its own bands; runs side by side that share their place."""
    ordered = by in LOG or pd.api.types.is_numeric_dtype(rows["at"])
    rows = rows.sort_values("at" if ordered else "predicted")
    place = rows["at"].to_numpy() if ordered else rows["predicted"].to_numpy()
    for ends, width, alpha in (("95", 1.6, 0.35), ("80", 4.0, 0.35)):
        low, high = (_percent(rows[f"predicted_{side}{ends}"], rows) for side in ("lo", "hi"))
        ax.vlines(place, low, high, color=POSTERIOR, lw=width, alpha=alpha)
    ax.axhline(0, color="#888888", lw=0.8)
    ax.scatter(place, _percent(rows["actual"], rows), s=13, c=DATA, zorder=3, lw=0)
    if by in LOG:
        log_axis(ax.xaxis, LOG[by])
    threshold, fitted = rows["threshold"].iloc[0], rows["fitted"].iloc[0]
    say = LOG.get(by, words.number)
    which = f"{by} up to {say(threshold)}" if ordered else f"without {threshold}"
    ax.set_title(f"fitted {which} ({fitted} runs)")
    ax.set_xlabel(UNITS.get(by, by) if ordered else predicted)


def _percent(values: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    return 100 * (values / rows["predicted"] - 1).to_numpy()


plot = Plot(
    draw=draw,
    title="Did the bands hold?",
    caption=(
        "Fits to the smaller runs, asked about the larger ones before they were seen. Left, the "
        "share of held-out values inside central bands against the share that was promised: below "
        "the diagonal bands are too narrow, above it too wide; grey is two standard errors. "
        "Right, one panel a refit: each held-out run as a dot in its 80 % (thick) and 95 % (thin) "
        "bands."
    ),
    of="backtest",
    order=10,
)
