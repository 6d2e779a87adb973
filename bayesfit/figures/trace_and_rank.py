"""Whether the chains agree: without that, no other figure of the posterior is worth a look."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayesfit import formatting as words
from bayesfit.figures import Plot
from bayesfit.figures._parameters import is_scale, main_names
from bayesfit.figures._style import POSTERIOR, canvas, log_axis, panel
from bayesfit.fitted import Fit

_TALLEST = 9.0  # inches of all panels
_ALIKE = 1.01  # R-hat below which chains agree (Vehtari et al. 2021)


def draw(fit: Fit, *, ax: Axes | None = None, flops: float | Iterable[float] = ()) -> Figure:
    """Paths of the chains, and how each ranks among all; `ax`: paths of the worst parameter."""
    del flops  # no chain depends on a budget
    values, names = fit.posterior.values, _names(fit)
    title = _title(fit, names)
    if ax is not None:
        worst = str(fit.convergence["r_hat"].loc[names].idxmax())
        _draw_trace(ax, values[worst], worst)
        ax.set_xlabel("draw, after warm-up")
        return panel(ax, title)
    figure = canvas(11, min(1.25 * len(names), _TALLEST) + 1.1, title)
    axes = figure.subplots(len(names), 2, width_ratios=(2.2, 1), squeeze=False, sharex="col")
    for (left, right), name in zip(axes, names, strict=True):
        _draw_trace(left, values[name], name)
        _draw_ranks(right, values[name], float(fit.convergence["ess_bulk"][name]))
    axes[-1, 0].set_xlabel("draw, after warm-up")
    axes[-1, 1].set_xlabel("rank among all draws, 0 to 1")
    axes[0, 0].set_title("trace: every chain over its draws")
    axes[0, 1].set_title("ranks of each chain, against an even spread")
    return figure


def _names(fit: Fit) -> list[str]:
    """The main parameters of the law, and those of the likelihood."""
    values, problem = fit.posterior.values, fit.problem
    scatter = [n for n in problem.shapes if n in values and n not in problem.law_shapes]
    return [name for name in (*main_names(fit), *scatter) if values[name].ndim == 2]


def _title(fit: Fit, names: list[str]) -> str:
    table = fit.convergence.loc[names]
    chains, draws = fit.posterior.values[names[0]].shape
    diverging = int(np.sum(fit.posterior.stats.get("diverging", 0)))
    said = f"{diverging} divergences" if diverging else "no divergences"
    verdict = "agree" if table["r_hat"].max() < _ALIKE and not diverging else "need a look"
    return (
        f"{chains} chains of {draws} draws {verdict}: worst R-hat {table['r_hat'].max():.3f}, "
        f"smallest ESS {words.number(float(table['ess_bulk'].min()))}, {said}"
    )


def _draw_trace(ax: Axes, chains: np.ndarray, name: str) -> None:
    draws = np.broadcast_to(np.arange(chains.shape[1]), chains.shape)
    paths = np.stack([draws, chains], axis=-1)
    shades = np.linspace(0.25, 0.9, len(chains))
    colours = [to_rgba(POSTERIOR, shade) for shade in shades]
    ax.add_collection(LineCollection(list(paths), colors=colours, lw=0.35, rasterized=True))
    ax.autoscale_view()
    ax.set(ylabel=words.symbol(name), xlim=(0, chains.shape[1] - 1))
    if is_scale(chains) and chains.max() > 20 * chains.min():
        log_axis(ax.yaxis, words.number)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(3))


def rank_difference(chains: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Share of each chain's draws below a rank, minus the share expected (chains, grid).

    Säilynoja et al. 2022: unlike a rank histogram it needs no bins.
    """
    ranks = (np.argsort(np.argsort(chains.ravel())).reshape(chains.shape) + 0.5) / chains.size
    return (ranks[:, :, None] <= grid).mean(1) - grid


def _draw_ranks(ax: Axes, chains: np.ndarray, ess: float) -> None:
    """Lines stay in the grey band if chains agree.

    The band is Dvoretzky, Kiefer and Wolfowitz's, 95 % for all chains at once, at the number of
    independent draws that each chain is worth.
    """
    grid = np.linspace(0, 1, 101)
    count, draws = chains.shape
    allowed = np.sqrt(np.log(2 * count / 0.05) / (2 * min(draws, ess / count)))
    found = rank_difference(chains, grid)
    limit = max(1.6 * allowed, 1.1 * float(np.abs(found).max()))  # a chain that leaves is seen
    ax.axhspan(-allowed, allowed, color="#bbbbbb", alpha=0.35, lw=0)
    ax.plot(grid, found.T, color=POSTERIOR, alpha=0.55, lw=0.7)
    ax.set(ylim=(-limit, limit), xlim=(0, 1), ylabel="excess share")
    ax.yaxis.set_major_locator(MaxNLocator(3))


plot = Plot(
    draw=draw,
    title="Do the chains agree?",
    caption=(
        "Left, the path of every chain: a fuzzy caterpillar without drift is what one wants. "
        "Right, how far each chain has more than its share of low or high draws; chains that "
        "explore the same distribution stay inside the grey band. If they leave it, no other "
        "number here should be used before the sampler has been run for longer."
    ),
    order=90,
    numbers=True,
)
