"""Figures: one pure function each, from a `Fit` to a matplotlib Figure.

    figures = all_figures(fit)
    figures["frontier"].savefig("frontier.pdf")

Nothing here opens a window or leaves a mark on matplotlib's global state. Colours keep one meaning
throughout: see `bayesfit.figures._style`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from matplotlib.figure import Figure

from bayesfit.data.runs import as_labels
from bayesfit.figures._style import png
from bayesfit.figures.against_runs import fit_and_residuals, posterior_predictive, replicates
from bayesfit.figures.chains import trace_and_rank
from bayesfit.figures.compute import (
    frontier,
    has_frontier,
    has_loss_at_scale,
    has_slices,
    isoflop_slices,
    loss_at_scale,
)
from bayesfit.figures.parameters import exponents, pair_plot
from bayesfit.figures.profiles import has_profiles, profiles
from bayesfit.fitting import Fit, Stage
from bayesfit.prediction.optimum import by_group

__all__ = [
    "all_figures",
    "exponents",
    "fit_and_residuals",
    "frontier",
    "isoflop_slices",
    "loss_at_scale",
    "pair_plot",
    "png",
    "posterior_predictive",
    "profiles",
    "trace_and_rank",
]


def all_figures(fit: Fit, progress: Stage = lambda stage, done, total: None) -> dict[str, Figure]:
    """Every figure that makes sense for the law, in the order a reader wants them.

    A law of N alone or of C alone has no size to choose, so it gets no frontier and no slices.
    """
    label = _shown(fit) if fit.law.group else ""
    fit, numbers = (fit.within(label), fit.numbers(label)) if label else (fit, fit)
    wanted = chosen(fit)
    figures = {}
    for done, (name, draw) in enumerate(wanted.items()):
        figures[name] = draw(numbers if draw in OF_NUMBERS else fit)
        if label:
            figures[name].text(0.99, 0.992, label, ha="right", va="top", weight="bold")
        progress("figures", done + 1, len(wanted))
    return figures


OF_NUMBERS = (exponents, pair_plot, trace_and_rank)  # they look at parameters, not at the law


def _shown(fit: Fit) -> str:
    """The group with most runs, for which a law of groups is shown; tables have all of them.

    None if the answer is common to all groups, as the best size for a budget may be.
    """
    if fit.law.is_allocation and not by_group(fit.law, fit.posterior.flat):
        return ""
    runs = as_labels(fit.runs[fit.law.group])
    return max(fit.labels, key=runs.count)


def chosen(fit: Fit) -> dict[str, Callable[[Fit], Figure]]:
    """Name -> function of the figures that make sense for the law."""
    wanted: dict[str, Callable[[Fit], Figure]] = {}
    if has_frontier(fit):
        wanted["frontier"] = frontier
    if has_profiles(fit):
        wanted["profiles"] = profiles
    if has_slices(fit):
        wanted["isoflop_slices"] = isoflop_slices
    if has_loss_at_scale(fit):
        wanted["loss_at_scale"] = loss_at_scale
    again = cache(lambda: replicates(fit))  # the one thing that is slow, and wanted twice
    return wanted | {
        "fit_and_residuals": lambda fit: fit_and_residuals(fit, again=again()),
        "posterior_predictive": lambda fit: posterior_predictive(fit, again=again()),
        "exponents": exponents,
        "pair_plot": pair_plot,
        "trace_and_rank": trace_and_rank,
    }
