"""How values of the response are said, and how far one lies from another.

Nothing else here knows about links: a law explains the log of a loss, the logit of an accuracy, or
what else it declares, and figures show the response itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axis import Axis

from bayesfit import formatting as words
from bayesfit import powers
from bayesfit.figures._style import log_axis
from bayesfit.law import Law

AXES: dict[str, tuple[str, Callable[[float], str]]] = {
    "N": ("N, parameters", words.count),
    "D": ("D, training tokens", words.count),
    "C": ("C, training FLOPs", powers.flops),
    "D/N": ("D / N, tokens per parameter", words.number),
}


def label(law: Law) -> str:
    """Name and unit of what the law explains."""
    return "loss, nats per token" if law.is_of_loss else AXES.get(law.response, (law.response,))[0]


def in_words(law: Law) -> Callable[[float], str]:
    """How a value of the response is said."""
    if law.is_of_loss:
        return words.loss
    return AXES[law.response][1] if law.response in AXES else words.number


def scale_axis(law: Law, *axes: Axis) -> None:
    """Make axes of the response logarithmic where that is how the law sees it, a loss excepted."""
    if law.link.name == "log" and not law.is_of_loss:
        for axis in axes:
            log_axis(axis, in_words(law))


def off(law: Law, value: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """How far a value lies from another, both on the scale of the link, in the unit of `off_unit`.

    Per cent where the link is the log, hundredths where it is the logit, and otherwise the unit of
    the response.
    """
    if law.link.name == "log":
        with np.errstate(over="ignore"):  # a heavy tail: infinitely far off
            return 100 * np.expm1(value - middle)
    apart = np.asarray(law.link.inverse(value)) - np.asarray(law.link.inverse(middle))
    return 100 * apart if law.link.name == "logit" else apart


def off_unit(law: Law) -> str:
    """What `off` counts in, to stand on an axis."""
    names = {"log": f"% of {law.response}", "logit": f"points of {law.response}"}
    return names.get(law.link.name, law.response)


def off_in_words(law: Law, x: float) -> str:
    """A distance that `off` found: 0.42 %."""
    unit = {"log": " %", "logit": " points"}.get(law.link.name, f" of {law.response}")
    return words.number(x, 2) + unit
