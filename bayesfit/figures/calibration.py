"""Whether bands held where they were asked about runs that the fit had not seen."""

from __future__ import annotations

from itertools import zip_longest

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit.extrapolation.backtest import OURS, PAIRS, RESIDUAL
from bayesfit.figures._style import BOOTSTRAP, DATA, POSTERIOR, STYLE, canvas, log_axis, stamp

COLOURS = {OURS: POSTERIOR, PAIRS: BOOTSTRAP, RESIDUAL: "#E69F00"}
COLUMNS = 2  # roll-outs side by side
MOST = 8  # roll-outs that are drawn; words can have many
LOG = {"C": words.flops, "N": words.count, "D": words.count}  # how values of an axis are said
UNITS = {"C": "C, FLOPs", "N": "N, parameters", "D": "D, training tokens"}


def calibration(scored: pd.DataFrame, by: str = "C", *, simulated: bool = False) -> Figure:
    """Nominal against actual coverage of every method, and each roll-out's errors in its bands.

    Args:
        scored: held-out runs, as `bayesfit.extrapolation.backtest.score` returns them.
        by: the column that the roll-outs went by.
    """
    ours = scored[scored["method"] == OURS]
    rollouts = list(ours.groupby("threshold", sort=False))
    shown = rollouts[:MOST]
    rows = -(-len(shown) // COLUMNS)
    with matplotlib.rc_context(STYLE):
        figure = canvas(11.5, max(4.6, 2.3 * rows + 0.8), _title(ours, len(rollouts)))
        sides = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.5))[0]
        _draw_coverage(sides[0].subplots(), scored)
        axes = sides[1].subplots(rows, COLUMNS, squeeze=False, sharey=True)
        for ax, rollout in zip_longest(axes.ravel(), shown):
            if rollout is None:
                ax.remove()
            else:
                _draw_errors(ax, rollout[1], by)
        for row in axes:
            row[0].set_ylabel("actual over predicted - 1, %")
        if simulated:
            stamp(figure, "SIMULATED")
    return figure


def _title(ours: pd.DataFrame, rollouts: int) -> str:
    inside = ", ".join(f"{ours[f'inside{p}'].mean():.0%} inside {p}%" for p in (80, 95))
    return f"{rollouts} roll-outs, {len(ours)} losses predicted before they were seen: {inside}"


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
        ax.plot(nominal, covered, color=COLOURS[str(method)], lw=width, label=str(method))
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="nominal share of a central band")
    ax.set(ylabel="share of held-out losses inside", title="bands against what happened")
    ax.legend(loc="upper left")


def _draw_errors(ax: Axes, rows: pd.DataFrame, by: str) -> None:
    """Each held-out run in its own bands; runs side by side that share their place."""
    ordered = by in LOG or pd.api.types.is_numeric_dtype(rows["at"])
    rows = rows.sort_values("at" if ordered else "predicted")
    place = rows["at"].to_numpy() if ordered else rows["predicted"].to_numpy()
    for ends, width, alpha in (("95", 1.6, 0.35), ("80", 4.0, 0.35)):
        low, high = (_percent(rows[f"predicted_{side}{ends}"], rows) for side in ("lo", "hi"))
        ax.vlines(place, low, high, color=POSTERIOR, lw=width, alpha=alpha)
    ax.axhline(0, color="#888888", lw=0.8)
    ax.scatter(place, _percent(rows["actual"], rows), s=13, c=DATA, zorder=3, lw=0)
    threshold = rows["threshold"].iloc[0]
    if by in LOG:
        log_axis(ax.xaxis, LOG[by])
    said = (
        f"{by} up to {LOG.get(by, words.number)(threshold)}" if ordered else f"without {threshold}"
    )
    ax.set_title(f"fitted {said} ({rows['fitted'].iloc[0]} runs)")
    ax.set_xlabel(UNITS.get(by, by) if ordered else "predicted loss, nats per token")


def _percent(loss: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    return 100 * (loss / rows["predicted"] - 1).to_numpy()
