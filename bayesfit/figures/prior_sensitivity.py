"""What the priors decide: how fast each answer moves as they are made stronger or weaker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.constants import TARGET
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._style import DATA, POSTERIOR, canvas, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.sensitivity import NOTABLE, notable

_ROW = 0.34  # inches


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Sensitivity of each answer to priors and runs, and to each prior; with `ax`, the former."""
    asked = budgets.asked(flops)
    target = asked[-1] if asked else TARGET
    found = fit.prior_sensitivity(target)
    labels = [_say(str(name), target) for name in found.index]
    title = _title(found, target)
    if ax is not None:
        _draw_sensitivities(ax, found, labels)
        return panel(ax, title)
    figure = canvas(10.5, 1.5 + _ROW * len(found), title)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.15))
    _draw_sensitivities(left, found, labels)
    _draw_each(right, found)
    return figure


def _title(found: pd.DataFrame, target: float) -> str:
    moved = [_say(name, target) for name in notable(found)]
    if not moved:
        return "No answer hangs on the priors"
    if len(moved) == len(found):
        return "Every answer hangs on the priors"
    return f"The priors move {', '.join(moved)}"


def _say(name: str, target: float) -> str:
    at = f"at {powers.flops(target)} FLOPs"
    return dict(log_N=f"N* {at}", loss_at_N=f"loss {at}").get(name, words.symbol(name))


def _draw_sensitivities(ax: Axes, found: pd.DataFrame, labels: list[str]) -> None:
    y = np.arange(len(found))
    ax.axvline(NOTABLE, color=DATA, lw=0.8, ls="--")
    ax.hlines(y, found["prior"], found["likelihood"], color="#cccccc", lw=1.2, zorder=1)
    ax.plot(found["likelihood"], y, "o", color=POSTERIOR, ms=6, label="to the runs")
    ax.plot(found["prior"], y, "D", color="black", ms=6, label="to the priors")
    ax.set_yticks(y, labels)
    ax.set(ylim=(len(found) - 0.5, -0.5), xlim=(0, None), xlabel="power-scaling sensitivity")
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)


def _draw_each(ax: Axes, found: pd.DataFrame) -> None:
    each = found.filter(like="prior_")
    shades = ax.imshow(each.to_numpy(float), aspect="auto", cmap="Greys", vmin=0,
                       vmax=max(2 * NOTABLE, float(each.to_numpy().max())))  # fmt: skip
    names = [str(name).removeprefix("prior_") for name in each]
    ax.set_xticks(range(len(names)), [words.symbol(n) for n in names], rotation=45, ha="right")
    ax.set_xlabel("the prior of")
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.figure.colorbar(shades, ax=ax, pad=0.02, label="sensitivity to one prior")


def applies(fit: Fit) -> bool:
    """Whether there is one law for all runs; of groups the finding speaks."""
    return not fit.problem.law.group


plot = Plot(
    draw=draw,
    title="What the priors decide",
    caption=(
        "How fast the distribution of each answer moves as the priors, or the runs, are made to "
        "count a little more or less (power scaling, arXiv:2107.14054). Right of the dashed line "
        "the priors move an answer enough to be said where it is quoted; where the runs move it "
        "too, the two disagree or both are needed. The right panel says which prior it is."
    ),
    applies=applies,
    order=75,
)
