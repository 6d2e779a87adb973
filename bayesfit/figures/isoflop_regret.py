"""What a wrong size costs: how far each size lies above the lowest loss of its budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.bands import band
from bayesfit.constants import BUDGETS, TARGET
from bayesfit.data import isoflop
from bayesfit.figures import Plot
from bayesfit.figures import _budgets as budgets
from bayesfit.figures._regret import draw_best, draw_regret
from bayesfit.figures._style import ASKED, DATA, canvas, log_axis, panel
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import loss_of_size, optima

_POINTS = 41
_REACH = 12.0  # a panel goes from N* / 12 to 12 N*, and to the runs of its budget
_PANELS, _ACROSS = 6, 3
_WRONG = 4  # how many times too small or too large the title speaks of
_OUTLIERS = 0.97  # quantile of the dots that a panel reaches up to


@dataclass(frozen=True)
class _Budget:
    """One panel.

    Attributes:
        C: FLOPs.
        N: sizes (sizes,).
        regret: % of each draw's lowest loss (draws, sizes).
        best: the best size of each draw (draws,).
        dots: sizes of runs of this budget, and how far their loss is above the median of the lowest
            loss at their own FLOPs, % (2, runs).
    """

    C: float
    N: np.ndarray
    regret: np.ndarray
    best: np.ndarray
    dots: np.ndarray


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """One panel a budget, those asked for among them; with `ax`, that of the title alone."""
    asked = budgets.asked(flops)
    quoted = budgets.quoted(asked)
    shown = [quoted] if ax is not None else _chosen(fit, asked)
    made = _worked_out(fit, shown)
    title = _title(made[shown.index(quoted)])
    if ax is not None:
        _draw_budget(ax, made[0], asked)
        return panel(ax, title)
    rows = -(-len(made) // _ACROSS)
    figure = canvas(11, 0.6 + 2.6 * rows, title)
    axes = figure.subplots(rows, _ACROSS, squeeze=False)
    for one, where in zip(made, axes.ravel(), strict=False):
        _draw_budget(where, one, asked)
    for where in axes.ravel()[len(made) :]:
        where.remove()
    return figure


def _chosen(fit: Fit, asked: list[float]) -> list[float]:
    """Up to three budgets with runs, spread over the table; the others beyond it, or asked for."""
    profiles = _profiles(fit)
    at = np.unique(np.linspace(0, len(profiles) - 1, min(3, len(profiles))).astype(int))
    seen = profiles[at].tolist()
    wanted = (asked or [TARGET])[-(_PANELS - len(seen)) :]
    seen = [C for C in seen if not any(budgets.near(C, other) for other in wanted)]
    largest = max([*seen, float(fit.runs["C"].max())])
    rest = [C for C in BUDGETS if largest < C and not any(budgets.near(C, x) for x in wanted)]
    room = _PANELS - len(seen) - len(wanted)
    spread = np.unique(np.linspace(0, len(rest) - 1, min(room, len(rest))).astype(int))
    return sorted([*seen, *wanted, *(rest[i] for i in spread)])


def _profiles(fit: Fit) -> np.ndarray:
    """The isoFLOP budgets of the table, ascending."""
    found = isoflop.budgets(fit.runs)
    return np.unique(found[np.isfinite(found)])


def _worked_out(fit: Fit, C: list[float]) -> list[_Budget]:
    law, values = fit.drawn()
    best = optima(law, values, C)
    own = [_runs_of(fit, budget) for budget in C]
    N = np.array([_sizes(fit, best["N"][:, i], C[i], own[i]) for i in range(len(C))])
    spent = np.repeat(C, _POINTS).tolist()
    loss = loss_of_size(law, values, N.ravel().tolist(), spent).reshape(-1, *N.shape)
    lowest = np.minimum(best["loss"], loss.min(2))
    regret = 100 * (loss / lowest[..., None] - 1)
    dots = [_dots(fit, own[i], C[i], lowest[:, i]) for i in range(len(C))]
    return [_Budget(C[i], N[i], regret[:, i], best["N"][:, i], dots[i]) for i in range(len(C))]


def _runs_of(fit: Fit, C: float) -> np.ndarray:
    """Which runs are of a budget (runs,)."""
    found = isoflop.budgets(fit.runs)
    with np.errstate(invalid="ignore"):
        named = np.abs(np.log(found / C)) < 1e-3
    return named if named.any() else budgets.near(fit.runs["C"], C)


def _sizes(fit: Fit, best: np.ndarray, C: float, own: np.ndarray) -> np.ndarray:
    """Around the median N*, or without one 20 tokens per parameter; the runs lie within."""
    middle = float(band(best)["median"])
    middle = middle if np.isfinite(middle) else float(np.sqrt(C / 120))
    runs = fit.runs["N"][own]
    low = min(middle / _REACH, runs.min(initial=np.inf) / 1.2)
    high = max(middle * _REACH, runs.max(initial=0.0) * 1.2)
    inside = np.geomspace(low, high, _POINTS - 1)
    return np.sort(np.append(inside, middle))  # where the title and the circle read it off


def _dots(fit: Fit, own: np.ndarray, C: float, lowest: np.ndarray) -> np.ndarray:
    """Sizes and regrets of the runs; their FLOPs differ a little, and so does the lowest loss."""
    if not own.any():
        return np.empty((2, 0))
    spent = np.array([0.9 * C, 1.1 * C])
    law, values = fit.drawn()
    near = np.median(optima(law, values, spent)["loss"], 0)
    slope = np.log(near[1] / near[0]) / np.log(spent[1] / spent[0])
    level = np.median(lowest) * (fit.runs["C"][own] / C) ** slope
    return np.array([fit.runs["N"][own], 100 * (fit.runs["loss"][own] / level - 1)])


def _title(one: _Budget) -> str:
    """What four times too small or too large a model loses, at the quoted budget."""
    without, said = float(np.mean(~np.isfinite(one.best))), powers.flops(one.C)
    if without > 0.5:
        share = words.percent(without)
        return f"For {said} FLOPs no size is the best in {share} of draws"
    middle, curve = float(band(one.best)["median"]), np.median(one.regret, 0)
    off = [np.interp(np.log(middle * r), np.log(one.N), curve) for r in (1 / _WRONG, _WRONG)]
    small, large = (words.percent(float(x) / 100) for x in off)
    title = (
        f"At {said} FLOPs, a model {_WRONG} times too small loses {small} more than the best one, "
        f"{_WRONG} times too large {large}"
    )
    return title + (f"; {words.percent(without)} of draws know no best size" if without else "")


def _draw_budget(ax: Axes, one: _Budget, asked: list[float]) -> None:
    """Bands, runs and the best size of one budget."""
    draw_regret(ax, one.N, one.regret)
    ax.plot(*one.dots, "o", color=DATA, ms=4, mew=0, alpha=0.8, zorder=4)
    draw_best(ax, one.best)
    middle, wanted = float(band(one.best)["median"]), one.C in asked
    best = "no best size"
    if np.isfinite(middle):
        best = f"best {words.count(middle)}"
        height = float(np.median(one.regret[:, np.searchsorted(one.N, middle)]))
        edge = ASKED if wanted else DATA
        ax.plot(middle, height, "o", color="white", mec=edge, mew=1.6, ms=6, zorder=6)
    ax.set(xlim=(one.N[0], one.N[-1]), ylim=(_floor(one), _top(one)))
    ax.set(xlabel="N, parameters", ylabel="above the lowest loss, %")
    ax.set_title(f"{powers.flops(one.C)} FLOPs: {best}", color=ASKED if wanted else "black")
    log_axis(ax.xaxis, words.count)


def _floor(one: _Budget) -> float:
    """The foot of a panel: runs may lie below the lowest loss, by their scatter."""
    return min(-0.04 * _top(one), 1.15 * float(one.dots[1].min(initial=0.0)))


def _top(one: _Budget) -> float:
    """All of the median, the 80 % band where it is lowest, and nearly all runs."""
    found = band(one.regret)
    dots = float(np.quantile(one.dots[1], _OUTLIERS)) if one.dots.size else 0.0
    median = float(np.max(found["median"][np.isfinite(found["median"])], initial=0.5))
    return 1.2 * max(median, float(np.min(found["hi80"])), dots)


def applies(fit: Fit) -> bool:
    """Whether a budget can be spent well or badly: the law weighs N against D, and nothing else."""
    return fit.law.has_surface and not fit.law.given


plot = Plot(
    draw=draw,
    title="What a wrong size costs",
    caption=(
        "Each panel spends one budget on models of different sizes, small ones seeing more tokens, "
        "and says how far each lies above the lowest loss that the budget can reach: median, 80 % "
        "and 95 % bands. The circle is the best size, with its 80 % (thick) and 95 % intervals at "
        "the foot. Dots are runs of that budget, against the median of the lowest loss; a budget "
        "without dots lies between or beyond the runs. Where the interval of the best size is wide "
        "but the curve over it is flat, not knowing the best size costs little. Budgets in purple "
        "were asked for."
    ),
    applies=applies,
    order=30,
)
