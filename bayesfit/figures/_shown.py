"""What of a fit its figures show: all of it, or one group of a law that has groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfit.data.runs import as_labels
from bayesfit.fitted import Fit
from bayesfit.prediction.optimum import by_group


@dataclass(frozen=True)
class Shown:
    """One group of a fit, or all of one without groups.

    Attributes:
        label: the group; "" if all is shown.
        fit: the law as it stands for the group, and the group's runs.
        numbers: the parameters as they stand for the group.
        whole: all groups.
    """

    label: str
    fit: Fit
    numbers: Fit
    whole: Fit

    def name_group(self, where: Figure | Axes) -> None:
        """Write the label into the upper right corner."""
        text: Any = dict(s=self.label, ha="right", va="top", weight="bold", parse_math=False)
        if self.label and isinstance(where, Axes):
            where.text(0.99, 0.985, transform=where.transAxes, **text)
        elif self.label:
            where.text(0.99, 0.992, **text)


def shown(fit: Fit, group: str | None = None) -> Shown:
    """What figures show of a fit.

    Args:
        group: the label of a group; that with most runs if omitted.

    Raises:
        InputError: no group is called so.
    """
    label = group if group is not None else _with_most_runs(fit)
    if not label:
        return Shown("", fit, fit, fit)
    return Shown(label, fit.within(label), fit.numbers(label), fit)


def _with_most_runs(fit: Fit) -> str:
    """That group; "" without groups, or if the answer is common to all, as N* may be."""
    if not fit.law.group:
        return ""
    if fit.law.is_allocation and not by_group(fit.law, fit.posterior.flat):
        return ""
    runs = as_labels(fit.runs[fit.law.group])
    return max(fit.labels, key=runs.count)
