"""Where the best size of a budget lies, with its tokens: the joint region of N and D."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.figures import Plot
from bayesfit.figures._labels import HALO
from bayesfit.figures._style import ASKED, POSTERIOR, log_axis, one_panel
from bayesfit.fitted import Fit
from bayesfit.law import View
from bayesfit.prediction.decision import REGIONS, Decision
from bayesfit.prediction.surface import log_surface

POINTS = 61  # sizes, and tokens, at which the expected loss is worked out for its contours
DRAWS = 500  # over which it is a mean there
MARGIN = 2.5  # times the 95 % region that the axes go on
LEAST = 8.0  # times the size to build that they reach at least, either way
WIDTHS = dict(zip(REGIONS, (9.0, 4.5, 1.4), strict=True))  # of the lines, points
EDGE = 0.04  # of the panel, along its frame, that is no place for a label
STEPS = (-5.0, -2.0, -1.0, 1.0, 2.0, 5.0, 10.0)  # of expected loss, % of that of the plan


def draw(
    decision: Decision,
    fit: Fit,
    *,
    ax: Axes | None = None,
    flops: float | Iterable[float] = (),
) -> Figure:
    """The region on the line that the budget pays for, over contours of the expected loss.

    Args:
        decision: the budget (`bayesfit.prediction.decision`).
        fit: what it is decided by.
        flops: not looked at: the budget is the decision's.
    """
    del flops
    N, D = decision.size, float(decision.tokens(decision.size))
    title = (
        f"{powers.flops(decision.C)} FLOPs on {fit.runs.name}: {words.count(N)} parameters on "
        f"{words.count(D)} tokens"
    )
    return one_panel(ax, title, lambda where: _draw(where, decision, (N, D)))


def _draw(ax: Axes, decision: Decision, best: tuple[float, float]) -> None:
    sizes, tokens = _reach(decision, best)
    ax.set(xlim=(sizes[0], sizes[-1]), ylim=(tokens[0], tokens[-1]))
    ax.set(xlabel="N, parameters", ylabel="D, tokens")
    log_axis(ax.xaxis, words.count)
    log_axis(ax.yaxis, words.count)
    _draw_contours(ax, decision, best, sizes, tokens)
    ax.plot(sizes, decision.tokens(sizes), color=ASKED, lw=0.9, ls=(0, (4, 2)))
    for share, width in reversed(WIDTHS.items()):
        along = np.geomspace(*decision.region(share), POINTS)
        ax.plot(
            along, decision.tokens(along), color=POSTERIOR, lw=width, alpha=0.55,
            solid_capstyle="butt", zorder=4,
        )  # fmt: skip
    ax.plot(*best, "o", color="white", mec=ASKED, mew=1.8, ms=8, zorder=6)
    ax.annotate(
        f"{words.count(best[0])} on {words.count(best[1])}", best, xytext=(9, 9), fontsize=8.5,
        textcoords="offset points", color=ASKED, weight="bold", path_effects=HALO, zorder=7,
    )  # fmt: skip
    ax.legend(
        handles=_key(decision), loc="lower left", frameon=True, edgecolor="white", framealpha=1.0
    )


def _reach(decision: Decision, best: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and tokens along the axes."""
    low, high = decision.region(REGIONS[-1])
    low, high = min(low / MARGIN, best[0] / LEAST), max(high * MARGIN, best[0] * LEAST)
    sizes = np.geomspace(low, min(high, decision.largest), POINTS)
    bought = decision.tokens(sizes)
    sizes, bought = sizes[bought > 1], bought[bought > 1]
    return sizes, np.geomspace(bought.min(), bought.max() * MARGIN, POINTS)


def _draw_contours(
    ax: Axes, decision: Decision, best: tuple[float, float], N: np.ndarray, D: np.ndarray
) -> None:
    """How far the expected loss is off elsewhere; nothing if the law has no loss of N and D."""
    law, given = decision.law, dict(decision.plan.get("given") or {})
    if law.at_size is not None:
        return
    sizes, tokens = (np.append(x.ravel(), y) for x, y in zip(np.meshgrid(N, D), best, strict=True))
    columns = {name: np.full(sizes.shape, float(x)) for name, x in given.items()}
    columns |= dict(N=sizes, D=tokens)
    cost = decision.plan.get("cost") or law.cost
    columns["C"] = np.asarray(cost(View(**columns)), float) + np.zeros(sizes.shape)
    thin = np.linspace(0, len(decision.best) - 1, min(DRAWS, len(decision.best))).astype(int)
    values = {name: x[thin] for name, x in decision.values.items()}
    loss = np.exp(log_surface(law, values, columns)).mean(0)
    above = 100 * (loss[:-1] / loss[-1] - 1).reshape(len(D), len(N))
    lines = ax.contour(N, D, above, levels=STEPS, colors="#999999", linewidths=0.7, linestyles="-")
    for label in ax.clabel(lines, fmt="%+g %%", fontsize=7.5, colors="#555555"):
        where = ax.transAxes.inverted().transform(ax.transData.transform(label.get_position()))
        label.set_visible(bool((abs(where - 0.5) < 0.5 - EDGE).all()))  # the frame would cut it


def _key(decision: Decision) -> list[Line2D]:
    entries = [
        Line2D([], [], color=POSTERIOR, alpha=0.55, lw=width, label=f"{100 * share:.0f} % region")
        for share, width in WIDTHS.items()
    ]
    said = f"what {powers.flops(decision.C)} FLOPs pay for"
    entries.append(Line2D([], [], color=ASKED, lw=0.9, ls=(0, (4, 2)), label=said))
    if decision.law.at_size is None:
        entries.append(Line2D([], [], color="#999999", lw=0.7, label="expected loss, against it"))
    return entries


plot = Plot(
    draw=draw,
    title="The best size with its tokens",
    caption=(
        "What is spent on parameters is not spent on tokens: all pairs of N and D that the budget "
        "pays for lie on the dashed line, and so does the region that holds the best pair with a "
        "probability of 50, 80 and 95 %. The circle is the plan of least expected loss. Grey lines "
        "say how far the expected loss of other pairs, of any cost, lies above or below that of "
        "the plan: where they run along the dashed line, a wrong size costs little."
    ),
    of="budget",
    order=5,
)
