"""What differs between the groups of a pooled fit, and by how much: one line a group."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.constants import UNSEEN
from bayesfit.figures import Plot
from bayesfit.figures import _parameters as parameters
from bayesfit.figures._style import BOOTSTRAP, POSTERIOR, canvas, panel
from bayesfit.fitted import Fit
from bayesfit.pooling import SPREAD

MOST = 40  # groups that one page can tell apart
ACROSS = 3  # parameters side by side
ROW = 0.28  # inches of a group


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Up to three parameters that differ between groups; `ax`: the first of them."""
    del flops  # no parameter depends on a budget
    names = differing(fit)[:ACROSS]
    title = _title(fit)
    if ax is not None:
        _draw_forest(ax, fit, names[0], named=True)
        return panel(ax, title)
    figure = canvas(11, 1.3 + ROW * (len(fit.labels) + 1), title)
    axes = figure.subplots(1, len(names), squeeze=False)[0]
    for name, where in zip(names, axes, strict=True):
        _draw_forest(where, fit, name, named=name == names[0])
    return figure


def differing(fit: Fit) -> list[str]:
    """The paper's parameters that are not the same in all groups, those of a role first."""
    flat = fit.posterior.flat
    main = [fit.law.roles[role] for role in parameters.MAIN if role in fit.law.roles]
    every = dict.fromkeys([*main, *fit.law.symbols])
    several = [n for n in every if n in flat and flat[n].ndim == 2]
    return [name for name in several if np.ptp(flat[name][:, : len(fit.labels)], axis=1).max() > 0]


def _spreads(fit: Fit) -> dict[str, np.ndarray]:
    """Parameter at the reference run -> how far groups lie apart, as logs or logits (draws,)."""
    end = SPREAD.format("")
    flat = fit.posterior.flat
    return {name.removesuffix(end): x for name, x in flat.items() if name.endswith(end)}


def _title(fit: Fit) -> str:
    """The spread between groups, as the posterior has it."""
    said = []
    for name, draws in list(_spreads(fit).items())[:ACROSS]:
        found = {level: float(x) for level, x in band(draws).items()}
        said.append(f"{name} {words.estimate(found['median'], found['lo80'], found['hi80'])}")
    return f"Spread between {fit.law.group} groups, in logs: {'; '.join(said)}; 80 % intervals"


def _draw_forest(ax: Axes, fit: Fit, name: str, *, named: bool) -> None:
    """Median, 80 % (thick) and 95 % (thin) of each group; behind them, those of one not seen."""
    draws, labels = fit.posterior.flat[name], [*fit.labels, UNSEEN]
    unseen = {end: float(x) for end, x in band(draws[:, -1]).items()}
    for level, shade in ((95, 0.10), (80, 0.16)):
        ends = unseen[f"lo{level}"], unseen[f"hi{level}"]
        ax.axvspan(*ends, color=POSTERIOR, alpha=shade, lw=0, zorder=0)
    for y in range(len(labels)):
        found = band(draws[:, y])
        ax.plot([found["lo95"], found["hi95"]], [y, y], color=POSTERIOR, lw=1.2)
        ax.plot([found["lo80"], found["hi80"]], [y, y], color=POSTERIOR, lw=4.0)
        ax.plot(found["median"], y, "o", color="white", mec=POSTERIOR, ms=5.5, mew=1.5)
    mle = np.ravel(fit.estimate[name])[0]
    low, high = _ends(draws)
    if low < mle < high:
        ax.axvline(mle, color=BOOTSTRAP, lw=1.0, ls=":")
    ax.set(xlim=(low, high), ylim=(len(labels) - 0.4, -0.6), ylabel=fit.law.group)
    ax.set(xlabel=parameters.axis_label(fit, name))
    ax.set_title(f"{words.symbol(name)}: {powers.in_text(fit.law.symbols.get(name, ''))}")
    ax.set_yticks(range(len(labels)), labels if named else [""] * len(labels))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5))


def _ends(draws: np.ndarray) -> tuple[float, float]:
    """An axis that nearly all draws of every group are within."""
    ends = np.array([parameters.ends(x) for x in draws.T])
    low, high = float(ends.min()), float(ends.max())
    room = 0.03 * (high - low)
    return low - room, high + room


def applies(fit: Fit) -> bool:
    """Whether parameters are pooled over groups that a page can tell apart."""
    pooled = bool(fit.law.group) and bool(_spreads(fit))
    return pooled and 2 <= len(fit.labels) <= MOST and bool(differing(fit))


plot = Plot(
    draw=draw,
    title="How far the groups lie apart",
    caption=(
        "One line for each group: median, 80 % (thick) and 95 % intervals of a parameter. The last "
        "line, and the blue behind, is what the spread between the groups says of one more, "
        "not seen: where it is as narrow as the lines of the groups, they are alike; where it is "
        "wide, a group of your own may be anywhere in it. Dotted: the Huber estimate, which is one "
        "for all groups."
    ),
    applies=applies,
    order=65,
    grouped=True,
)
