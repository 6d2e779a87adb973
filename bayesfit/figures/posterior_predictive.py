"""Every run in its own predictive interval; whether the intervals are honest; held-out runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.stats import binom

from bayesfit.figures import Plot
from bayesfit.figures import _response as response
from bayesfit.figures._replicates import Replicates, held_out, replicates
from bayesfit.figures._runs import HOLLOW
from bayesfit.figures._style import DATA, POSTERIOR, canvas, panel
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

_NAMED = 40  # more runs than this are not named on an axis


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Intervals of the runs, their quantiles, and predictions of held-out runs; `ax`: the first."""
    del flops  # it shows runs, which have budgets of their own
    again, later = replicates(fit), held_out(fit)
    title = _title(again, later)
    if ax is not None:
        _draw_intervals(ax, fit, again)
        return panel(ax, title)
    figure = canvas(11, 4.8, title)
    widths = (2.4, 1) if later is None else (1.9, 1, 1.25)
    left, *others = figure.subplots(1, len(widths), width_ratios=widths)
    _draw_intervals(left, fit, again)
    _draw_pit(others[0], again.pit)
    if later is not None:
        _draw_held_out(others[1], fit, later)
    return figure


def _title(again: Replicates, later: Replicates | None) -> str:
    shares = [percent(float(np.mean(again.inside(level)))) for level in (80, 95)]
    said = f"Fitted runs: {shares[0]} inside their 80 % intervals, {shares[1]} inside 95 %"
    if later is None:
        return said
    counts = [int(later.inside(level).sum()) for level in (80, 95)]
    total = len(later.happened)
    return f"{said};  held out: {counts[0]} and {counts[1]} of {total}"


def _draw_intervals(ax: Axes, fit: Fit, again: Replicates) -> None:
    law, ends = fit.law, again.ends
    order = np.argsort(-ends["median"])  # by the value observed, chance would sort high to low
    x, middle = np.arange(len(order)), ends["median"][order]
    for level, shade in ((95, 0.22), (80, 0.38)):
        low, high = (
            response.off(law, ends[f"{end}{level}"][order], middle) for end in ("lo", "hi")
        )
        look: dict[str, Any] = dict(color=POSTERIOR, alpha=shade, lw=0, label=f"{level} % interval")
        if len(x) > _NAMED:
            ax.fill_between(x, low, high, step="mid", **look)
        else:
            ax.bar(x, high - low, 0.6, low, **look)
    ax.axhline(0, color=POSTERIOR, lw=1.0)
    happened = response.off(law, again.happened[order], middle)
    ax.plot(x, happened, "o", color=DATA, ms=2.6 if len(x) > 80 else 4.0, label="run", zorder=3)
    ax.set_ylabel(f"observed − predicted median,\n{response.off_unit(law)}")
    ax.set_xlim(-1, len(x))
    ax.set_title("fitted runs, highest prediction first")
    ax.legend(loc="best", ncols=3)
    _name_runs(ax, fit, order, np.asarray(law.link.inverse(middle)))


def _name_runs(ax: Axes, fit: Fit, order: np.ndarray, predicted: np.ndarray) -> None:
    """Names under the runs if there are few; else what is predicted for some of them."""
    ax.grid(False, axis="x")
    if len(order) <= _NAMED and "run" in fit.runs.columns:
        ax.set_xticks(np.arange(len(order)), fit.runs["run"].astype(str)[order], rotation=90)
        ax.tick_params(axis="x", labelsize=6.5)
        ax.set_xlabel("run")
        return
    at = np.unique(np.linspace(0, len(order) - 1, 9).astype(int))
    say = response.in_words(fit.law)
    ax.set_xticks(at, [say(x) for x in predicted[at]])
    ax.set_xlabel(f"predicted {response.label(fit.law)}")


def _draw_pit(ax: Axes, pit: np.ndarray) -> None:
    """Flat within the band if the predictive distributions are right; a hump if they are wide."""
    bins = int(np.clip(len(pit) // 8, 4, 20))
    counts, edges = np.histogram(pit, np.linspace(0, 1, bins + 1))
    low, high = (float(binom.ppf(p, len(pit), 1 / bins)) for p in (0.025, 0.975))
    ax.stairs(counts, edges, fill=True, color=POSTERIOR, alpha=0.45)
    ax.axhline(len(pit) / bins, color="#222222", lw=1.0, label="flat")
    for i, end in enumerate((low, high)):
        label = "95 % of flat histograms" if i == 0 else None
        ax.axhline(end, color="#222222", lw=0.9, ls="--", label=label)
    ax.set(xlabel="PIT: quantile of a run in its prediction", ylabel="number of runs", xlim=(0, 1))
    ax.set_ylim(0, 1.3 * max(high, counts.max()))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_title("flat is right, ∩ too wide, ∪ too narrow")
    ax.legend(loc="upper right", ncols=2)


def _draw_held_out(ax: Axes, fit: Fit, later: Replicates) -> None:
    """What was predicted for the runs held out, with its intervals, against what happened."""
    inverse, label = fit.law.link.inverse, response.label(fit.law)
    happened = np.asarray(inverse(later.happened))
    ends = {name: np.asarray(inverse(x)) for name, x in later.ends.items()}
    for level, width in ((95, 1.4), (80, 3.6)):
        low, high = ends[f"lo{level}"], ends[f"hi{level}"]
        ax.vlines(happened, low, high, color=POSTERIOR, lw=width, alpha=0.4, label=f"{level} %")
    ax.plot(happened, ends["median"], **HOLLOW)
    span = [min(happened.min(), ends["median"].min()), max(happened.max(), ends["median"].max())]
    ax.plot(span, span, color="#888888", lw=0.9, label="as predicted", zorder=0)
    ax.set(xlabel=f"observed {label}", ylabel=f"predicted {label}")
    ax.set_title("runs held out: tests the extrapolation")
    ax.legend(loc="upper left")
    response.scale_axis(fit.law, ax.xaxis, ax.yaxis)


plot = Plot(
    draw=draw,
    title="Would this fit have produced these runs?",
    caption=(
        "Left, every run against what the posterior predicts for it, scatter included. Beside it, "
        "the quantile at which each run falls in its own prediction: an even histogram says that "
        "the intervals are as wide as they should be. These runs were used in the fit, so this "
        "tests the likelihood and not the extrapolation. Runs that were held out test that: where "
        "there are any, the last panel shows what was predicted for each, with 80 and 95 % "
        "intervals, against what happened."
    ),
    order=60,
)
