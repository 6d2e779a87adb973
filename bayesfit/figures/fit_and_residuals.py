"""Observed and fitted response; and what is left over, against compute and tokens per parameter."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit.figures import Plot
from bayesfit.figures import _response as response
from bayesfit.figures._replicates import Replicates, held_out, replicates
from bayesfit.figures._runs import hollow, of_runs, scatter
from bayesfit.figures._style import DATA, POSTERIOR, canvas, log_axis, panel
from bayesfit.figures._surface import draw_fit
from bayesfit.fitted import Fit
from bayesfit.formatting import number, percent

_RUNS_A_BIN = 15  # of a trend


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """The fit over the runs, and residuals in two panels; `ax`: the former."""
    del flops  # there is no axis of budgets beyond the runs
    again, later = replicates(fit), held_out(fit)
    title = _title(fit, again, later)
    if ax is not None:
        draw_fit(ax, fit, again, later)
        return panel(ax, title)
    figure = canvas(11, 5.4, title)
    columns = _against(fit)
    grid = figure.add_gridspec(len(columns), 2, width_ratios=(1.25, 1))
    draw_fit(figure.add_subplot(grid[:, 0]), fit, again, later)
    for row, column in enumerate(columns):
        _draw_residuals(figure.add_subplot(grid[row, 1]), fit, again, later, column)
    return figure


def _against(fit: Fit) -> list[str]:
    """Compute and tokens per parameter, or else inputs of the law that vary, two at most."""
    if {"N", "D", "C"} <= set(fit.runs.columns):
        return ["C", "D/N"]
    varied = [name for name in fit.law.inputs if np.ptp(fit.runs[name].astype(float)) > 0]
    return varied[:2] or list(fit.law.inputs[:1])


def _title(fit: Fit, again: Replicates, later: Replicates | None) -> str:
    low, high = again.scatter
    inside = float(np.mean((again.residuals > low) & (again.residuals < high)))
    typical, *others = (
        response.off_in_words(fit.law, float(np.median(np.abs(runs.residuals))))
        for runs in (again, later)
        if runs is not None
    )
    later_too = f" (held out: {others[0]})" if others else ""
    return (
        f"Half of the runs lie within {typical} of the fit{later_too}; "
        f"{percent(inside)} are inside the 95 % scatter band"
    )


def _draw_residuals(
    ax: Axes, fit: Fit, again: Replicates, later: Replicates | None, column: str
) -> None:
    """Residuals, with the 95 % band of the scatter; runs far outside are arrows on the edge."""
    low, high = again.scatter
    ax.axhspan(low, high, color=POSTERIOR, alpha=0.13, lw=0)
    ax.axhline(0, color=POSTERIOR, lw=1.2)
    x, residuals = of_runs(fit.runs, column), again.residuals
    limit = _limit(np.append(residuals, [] if later is None else later.residuals), low, high)
    scatter(ax, fit.runs, x, residuals)
    beyond = _draw_arrows(ax, x, residuals, limit)
    if later is not None and fit.held_out is not None:
        beyond += _draw_arrows(ax, of_runs(fit.held_out, column), later.residuals, limit)
        hollow(ax, of_runs(fit.held_out, column), later.residuals)
    label, say = response.AXES.get(column, (column, number))
    ax.set(ylim=(-limit, limit), xlabel=label)
    ax.set_ylabel(f"observed − fitted,\n{response.off_unit(fit.law)}")
    _draw_trend(ax, x, residuals)
    note = f";  arrows: {beyond} further off" if beyond else ""
    ax.set_title(f"residuals;  shaded: 95 % of the scatter{note}")
    if (x > 0).all():
        log_axis(ax.xaxis, say)


def _limit(residuals: np.ndarray, low: float, high: float) -> float:
    """Half the height of a panel: all residuals, but not many times the scatter."""
    band = max(high, -low)
    return float(np.clip(1.12 * np.abs(residuals).max(), 1.25 * band, 3.5 * band))


def _draw_arrows(ax: Axes, x: np.ndarray, residuals: np.ndarray, limit: float) -> int:
    for sign, marker in ((1, "^"), (-1, "v")):
        far = sign * residuals > limit
        ax.plot(x[far], np.full(far.sum(), sign * 0.96 * limit), marker, color=DATA, ms=5)
    return int((np.abs(residuals) > limit).sum())


def _draw_trend(ax: Axes, at: np.ndarray, residuals: np.ndarray) -> None:
    """Medians of neighbouring runs, where there are enough of them: what is left over in shape."""
    bins = min(10, len(at) // _RUNS_A_BIN)
    if bins < 3:
        return
    parts = np.array_split(np.argsort(at), bins)
    x, y = ([np.median(v[p]) for p in parts] for v in (at, residuals))
    (line,) = ax.plot(x, y, "-", color="#222222", lw=1.3, label="median of neighbours", zorder=4)
    ax.legend(loc="lower left", handles=[line])


plot = Plot(
    draw=draw,
    title="The fit and what it leaves over",
    caption=(
        "Left, the runs and the fitted law. Right, what each run shows less what was fitted, "
        "against compute and against tokens per parameter (or what else the law reads). About 95 "
        "of 100 runs should lie in the shaded band, without a trend: a bend at the right of the "
        "upper panel means that the law fails at scale, and a whole family on one side means that "
        "it differs from the others in something that the law does not see. Hollow runs were "
        "held out: they were predicted, not fitted."
    ),
    order=50,
)
