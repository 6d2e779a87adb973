"""Budgets: those that are always answered for, and those that the user asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bayesfit.constants import BUDGETS
from bayesfit.errors import InputError
from bayesfit.prediction.optimum import budgets

NEAR = 1e-6  # budgets that differ by less than this share are the same


def asked(flops: float | str | Iterable[float]) -> list[float]:
    """The budgets of a user, who may give one or several, ascending.

    Raises:
        InputError: one is not a positive number, or more than anybody means.
    """
    found = merged(numbers(flops, "budgets are FLOPs above zero, such as 1e25"))
    return budgets(found).tolist() if found else []


def sizes(given: float | str | Iterable[float]) -> list[float]:
    """Numbers of parameters, of which a user may give one or several, ascending.

    Raises:
        InputError: one is not a positive number.
    """
    return merged(numbers(given, "sizes are numbers of parameters above zero, such as 7e9"))


def numbers(given: float | str | Iterable[float], what: str) -> list[float]:
    """One positive number or several, also as text with commas between.

    Raises:
        InputError: one is not a finite number above zero; the sentence begins with `what`.
    """
    parts = given.split(",") if isinstance(given, str) else np.atleast_1d(np.asarray(given))
    try:
        values = [float(x) for x in parts]
    except (OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{what}, not {str(given)[:60]}") from error
    for x in values:
        if not 0 < x < np.inf:
            raise InputError(f"{what}, not {x:g}")
    return values


def merged(first: Sequence[float], others: Sequence[float] = ()) -> list[float]:
    """Both lists as one, ascending; of two that are nearly the same, that of the first."""
    kept: list[float] = []
    for C in (*first, *others):
        if not any(same(C, other) for other in kept):
            kept.append(C)
    return sorted(kept)


def shown(flops: float | str | Iterable[float]) -> list[float]:
    """The budgets that everybody sees, and those asked for."""
    return merged(asked(flops), BUDGETS)


def same(C: float, other: float) -> bool:
    """Whether two budgets are one: 10.0**23 is not 1e23, but it is meant."""
    return abs(C / other - 1) < NEAR
