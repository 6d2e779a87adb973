"""Figures: one file each, a pure function from a fit to a matplotlib Figure, its caption beside it.

    fit.plot.frontier(flops=3.8e25).savefig("frontier.pdf")
    figures.draw(fit, "frontier", ax=ax)

A file ends with ``plot = Plot(...)`` and is found by its name; a file of yours in the sub-folder
`figures` of a folder in BAYESFIT_PLUGINS is one more. Files that begin with _ are what several
figures share. Nothing here opens a window or leaves a mark on matplotlib's global state.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from bayesfit import discovery
from bayesfit.errors import InputError
from bayesfit.figures._shown import Shown, shown
from bayesfit.figures._style import canvas, panel, styled
from bayesfit.pictures import both, house, in_palette, png, svg
from bayesfit.stages import Report, quiet

if TYPE_CHECKING:
    from bayesfit.fitted import Fit

__all__ = [
    "Plot",
    "Plots",
    "all_figures",
    "both",
    "canvas",
    "draw",
    "house",
    "in_palette",
    "load",
    "names",
    "of_fit",
    "panel",
    "png",
    "svg",
]


def _always(fit: Fit) -> bool:
    """Whether a figure that every fit has applies."""
    del fit
    return True


@dataclass(frozen=True, eq=False)
class Plot:
    """One figure: how it is drawn, how to read it, and for which fits it makes sense.

    Attributes:
        draw: ``(fit, *, ax=None, flops=()) -> Figure``. With `ax` it draws its main panel there and
            returns the figure that the axes are in. `flops` are budgets that the user asked for. It
            is drawn in the house style, and stamped if the runs of the fit are SIMULATED.
        title: a heading, for people.
        caption: sentences on how to read it, and on what should give pause.
        applies: whether it makes sense for a fit.
        order: its place among the others; small ones come first.
        of: what it is drawn from: "fit"; or the tables of a "comparison" or a "backtest", which
            `draw` then takes instead (its docstring says which).
        numbers: whether it looks at parameters only. Of a fit with groups it is then given the
            parameters of one group, where other figures are given the law of that group.
        grouped: whether it shows the groups side by side, and so is given the fit of all.
    """

    draw: Callable[..., Figure]
    title: str
    caption: str
    applies: Callable[[Fit], bool] = _always
    order: int = 100
    of: str = "fit"
    numbers: bool = False
    grouped: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "draw", styled(self.draw))

    def __call__(self, fit: Fit, *, group: str | None = None, **options: Any) -> Figure:
        """The figure of a fit.

        Args:
            group: the label to show, of a law with groups; that with most runs if omitted.
            options: `ax`, `flops`, and what else `draw` takes.

        Raises:
            InputError: it is not drawn from a fit, or makes no sense for this one.
        """
        if self.of != "fit":
            raise InputError(
                f"the figure {self.title!r} is drawn from the tables of a {self.of}, "
                "not from a fit: give them to its `draw`"
            )
        what = shown(fit, group)
        if not self.applies(self._look_at(what)):
            raise InputError(
                f"the figure {self.title!r} makes no sense for {fit.law.name}; "
                f"those that do are {', '.join(of_fit(fit))}"
            )
        return self._of(what, **options)

    def _look_at(self, what: Shown) -> Fit:
        """What `applies` looks at."""
        return what.whole if self.grouped else what.fit

    def _of(self, what: Shown, **options: Any) -> Figure:
        if self.grouped:
            return self.draw(what.whole, **options)
        figure = self.draw(what.numbers if self.numbers else what.fit, **options)
        what.name_group(options.get("ax") or figure)
        return figure


def names() -> list[str]:
    """All figures there are, in alphabetical order; none is imported."""
    return discovery.names("plot")


def load(name: str) -> Plot:
    """The figure of that name.

    Raises:
        InputError: there is none.
    """
    return discovery.load("plot", name)


def of_fit(fit: Fit) -> dict[str, Plot]:
    """Name -> figure of those that make sense for a fit, in the order in which to read them."""
    return _of_shown(shown(fit))


def _of_shown(what: Shown) -> dict[str, Plot]:
    every = [(name, plot) for name, plot in discovery.every("plot") if plot.of == "fit"]
    every.sort(key=lambda named: named[1].order)  # stable: the same order by name
    return {name: plot for name, plot in every if plot.applies(plot._look_at(what))}


def draw(fit: Fit, name: str, **options: Any) -> Figure:
    """The figure of that name of a fit (`Plot.__call__`).

    Args:
        options: `ax`, axes of yours for its main panel; `flops`, budgets to mark; `group`, the
            label to show of a law with groups.

    Raises:
        InputError: there is no such figure, or it makes no sense for the fit.
    """
    return load(name)(fit, **options)


def all_figures(
    fit: Fit, flops: float | Iterable[float] = (), progress: Report = quiet
) -> dict[str, Figure]:
    """Every figure that makes sense for a fit, in the order in which to read them.

    Args:
        flops: budgets that the user asked for, to be marked.
        progress: called with ("figures", done, total) after each.
    """
    what = shown(fit)
    wanted, figures = _of_shown(what), {}
    for name, plot in wanted.items():
        figures[name] = plot._of(what, flops=flops)
        progress("figures", len(figures), len(wanted))
    return figures


class Plots:
    """The figures of a fit as methods: `fit.plot.frontier(ax=..., flops=...)`."""

    def __init__(self, fit: Fit) -> None:
        self._fit = fit

    def __getattr__(self, name: str) -> Callable[..., Figure]:
        if name.startswith("_") or name not in names():
            raise AttributeError(f"there is no figure {name!r}; there are {', '.join(names())}")
        return MethodType(_function(name), self._fit)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *of_fit(self._fit)]

    def __repr__(self) -> str:
        lines = [f"  .{name}(): {plot.title}" for name, plot in of_fit(self._fit).items()]
        return "\n".join([f"Figures of {self._fit.law.name}:", *lines])


class _Package(ModuleType):
    """This package, in which `figures.frontier` is a function, its file imported or not.

    Python puts a file that is imported into its package, in the place of the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


def __getattr__(name: str) -> Callable[..., Figure]:
    if name.startswith("_") or name not in names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _function(name)


def _function(name: str) -> Callable[..., Figure]:
    """A figure as a function of a fit (or of tables), with its documentation."""
    plot = load(name)
    call = plot if plot.of == "fit" else plot.draw

    @wraps(plot.draw)
    def drawn(*what: Any, **options: Any) -> Figure:
        return call(*what, **options)

    drawn.__name__ = drawn.__qualname__ = name
    return drawn


def __dir__() -> list[str]:
    return sorted({*__all__, *names()})


sys.modules[__name__].__class__ = _Package
