"""Several fits, each under a name of its own, for questions that lay laws side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.fitting import open_fit

Fits = Mapping[str, Any] | Sequence[Any]


def named(fits: Fits) -> dict[str, Fit]:
    """Every fit under a name of its own: that of its law, with that of its runs where laws repeat.

    Raises:
        InputError: one is neither a fit nor a folder of one.
    """
    if isinstance(fits, Mapping):
        return {str(name): opened(fit) for name, fit in fits.items()}
    found: dict[str, Fit] = {}
    for each in fits:
        fit = opened(each)
        name = fit.law.name
        if name in found:
            name = f"{fit.law.name} on {fit.runs.name}"
        same = sum(other.startswith(name) for other in found)
        found[f"{name} ({same + 1})" if name in found else name] = fit
    return found


def opened(fit: Any) -> Fit:
    """A fit, read from its folder where that is given.

    Raises:
        InputError: it is neither.
    """
    if isinstance(fit, Fit):
        return fit
    if not isinstance(fit, (str, PathLike)):
        raise InputError(f"cannot compare a {type(fit).__name__}: give fits, or folders of fits")
    return open_fit(fit)
