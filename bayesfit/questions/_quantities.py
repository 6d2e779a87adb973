"""What a design is to find out: a quantity that every draw has, and how to say its band."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from bayesfit.bands import band
from bayesfit.errors import InputError
from bayesfit.formatting import count, flops, number, percent, symbol
from bayesfit.law import Law, View
from bayesfit.prediction.frontier import lowest
from bayesfit.prediction.optimum import optima
from bayesfit.prediction.surface import log_surface
from bayesfit.questions import _budgets
from bayesfit.questions import _cells as cells
from bayesfit.questions._recipes import Recipes

OPTIMAL: Mapping[str, tuple[str, cells.Say]] = {
    "N": ("N*", count),
    "D": ("D*", count),
    "tokens_per_parameter": ("tokens per parameter at the optimum", cells.ratio),
}
MOST_WITHOUT = 0.5  # share of draws without a best size beyond which nothing is designed for it
LOWEST = (
    "The lowest loss is that of the best size, which is another one in each draw: the loss of the "
    "N* that `bayesfit optimum` has lies a little above it."
)
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Quantity:
    """What is to be found out.

    Attributes:
        words: such as "the loss at 1e25 FLOPs".
        draws: its value in every draw, on a scale on which it is nearly normal (draws,).
        inverse: from that scale to the value.
        say: a value, in words.
        C: the FLOPs that it is about, or NaN.
        of_optimum: whether it says where the optimum lies, and not what is lost there.
        meaning: a sentence on what it is, where the words alone may be taken for something else.
    """

    words: str
    draws: np.ndarray
    inverse: Callable[[Any], Any]
    say: Callable[[float], str]
    C: float = np.nan
    of_optimum: bool = False
    meaning: str = ""

    @property
    def there(self) -> np.ndarray:
        """The draws that have it (draws,)."""
        return np.isfinite(self.draws)

    def ends(self, share: float = 1.0) -> dict[str, float]:
        """Its band once that share of the doubt's width is left, about the median of today."""
        ends = {level: float(x) for level, x in band(self.draws[self.there]).items()}
        middle = ends["median"]
        return {
            level: float(self.inverse(middle + share * (x - middle))) for level, x in ends.items()
        }

    def in_words(self, share: float = 1.0) -> str:
        """Its 80 % band: 1.812 to 1.871."""
        ends = self.ends(share)
        return f"{self.say(ends['lo80'])} to {self.say(ends['hi80'])}"


def read_target(target: Any) -> dict[str, float]:
    """C=1e25, N=70e9,D=1.4e12, a budget in FLOPs, or columns of one run.

    Raises:
        InputError: it is none of them.
    """
    if isinstance(target, Real):
        target = dict(C=target)
    given = target
    try:
        if isinstance(target, str):
            pairs = [part.split("=") for part in target.split(",")]
            target = {"C": pairs[0][0]} if len(pairs[0]) == 1 else dict(pairs)
            if len(target) < len(pairs):
                raise ValueError("a name twice")
        found = {str(name).strip(): float(x) for name, x in target.items()}
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise InputError(
            f"cannot read the target {str(given)[:60]!r}: write a budget as C=1e25, or one run as "
            "N=70e9,D=1.4e12"
        ) from error
    for name, x in found.items():
        if not 0 < x < np.inf:
            raise InputError(f"{name} of the target is a finite number above zero, not {x:g}")
    return found


def no_target(name: str) -> str:
    """What is wanted where nobody says at which budget."""
    return f"{name} at which budget? Give a target, such as C=1e25 (--target C=1e25)"


def quantity(
    law: Law, values: Values, name: str, target: Mapping[str, float] | None, plan: Mapping[str, Any]
) -> Quantity:
    """The quantity of that name: loss, N, D, tokens_per_parameter, or a parameter of the law.

    Args:
        law, values: the law and draws of it to predict with.
        target: the budget or the run that it is about (`read_target`).
        plan: constraints of the optimum.

    Raises:
        InputError: the law has no such quantity, or most draws have no best size.
    """
    if name not in ("loss", *OPTIMAL):
        return _parameter(law, values, name)
    if target is None:
        raise InputError(no_target(name))
    if set(target) == {"C"}:
        found = _of_budget(law, values, name, target["C"], plan)
    elif name == "loss":
        found = _of_run(law, values, target)
    else:
        raise InputError(f"{name} is that of a budget: give the target as C=1e25")
    without = 1.0 - found.there.mean()
    if without > MOST_WITHOUT:
        raise InputError(
            f"{percent(without)} of the draws have no best size at {flops(found.C)} FLOPs: ask for "
            "the loss of one run instead, such as --target N=70e9,D=1.4e12"
        )
    return found


def speedup(recipes: Recipes, target: Mapping[str, float] | None) -> Quantity:
    """How many times less compute one recipe needs than another."""
    if target is None or set(target) != {"C"}:
        raise InputError("a speed-up is that at a budget: give the target as C=1e22")
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.log(recipes.in_compute([target["C"]])[:, 0])
    words = f"the speed-up of {recipes.of} over {recipes.over} at {flops(target['C'])} FLOPs"
    return Quantity(words, draws, np.exp, lambda x: number(x, 3), target["C"])


def _of_budget(law: Law, values: Values, name: str, C: float, plan: Mapping[str, Any]) -> Quantity:
    [C] = _budgets.numbers(C, "the budget of a target is FLOPs above zero, such as 1e25")
    if name == "loss":
        words, say = "the lowest loss", cells.loss
        found = lowest(law, values, np.array([C])) if not plan else None
    else:
        (words, say), found = OPTIMAL[name], None
    if found is None:
        found = optima(law, values, C, **plan)[name]
    with np.errstate(divide="ignore"):
        draws = np.log(found[:, 0])
    meaning = "" if name in OPTIMAL or law.inputs == ("C",) else LOWEST
    words = f"{words} at {flops(C)} FLOPs"
    return Quantity(words, draws, np.exp, say, C, name in OPTIMAL, meaning)


def _of_run(law: Law, values: Values, target: Mapping[str, float]) -> Quantity:
    missing = [name for name in law.inputs if name not in target and name != "C"]
    if missing:
        raise InputError(f"the target names no {missing[0]}; {law.name} reads it: add it")
    columns = {name: np.array([x]) for name, x in target.items()}
    C = _cost(law, columns)
    draws = log_surface(law, values, dict(columns) | dict(C=np.array([C])))[:, 0]
    run = ", ".join(f"{name} = {count(x)}" for name, x in target.items())
    return Quantity(f"the loss of {run}", draws, law.link.inverse, cells.loss, C)


def _cost(law: Law, columns: Mapping[str, np.ndarray]) -> float:
    if "C" in columns:
        return float(columns["C"][0])
    return float(law.cost(View(**columns))[0]) if {"N", "D"} <= set(columns) else np.nan


def _parameter(law: Law, values: Values, name: str) -> Quantity:
    found = values.get(name)
    if found is None or np.ndim(found) != 1:
        known = [x for x in law.symbols or values if x in values and np.ndim(values[x]) == 1]
        raise InputError(
            f"there is no quantity {name!r}; there are loss, {', '.join(OPTIMAL)}, speedup and "
            f"parameters of {law.name}: {', '.join(known)}"
        )
    found = np.asarray(found, float)
    if (found > 0).all():
        return Quantity(symbol(name), np.log(found), np.exp, number)
    return Quantity(symbol(name), found, np.asarray, number)
