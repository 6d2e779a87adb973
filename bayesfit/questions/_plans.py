"""What constrains a budget, as people give it: for every question that plans one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.formatting import count
from bayesfit.law import Law, cost_name
from bayesfit.prediction import rules
from bayesfit.prediction.planning import Plan
from bayesfit.questions import _budgets


def planned(limits: Mapping[str, Any], runs: Runs) -> dict[str, Any]:
    """The constraints that were given, without those left out (`prediction.planning.Plan`).

    Args:
        limits: name (`LIMITS`) -> as people write it, or None.
        runs: those by which FLOPs are measured, if the rule of them is "measured".

    Raises:
        InputError: one cannot be read, or there is none of that name.
    """
    strange = sorted(set(limits) - set(LIMITS))
    if strange:
        raise InputError(f"there is no limit {strange[0]!r}; there are {', '.join(LIMITS)}")
    there = {name: x for name, x in limits.items() if x is not None and not _is_empty(name, x)}
    if there.get("cost") == rules.MEASURED:
        there["cost"] = rules.measured(runs)
    return {name: READ.get(name, partial(_number, name))(x) for name, x in there.items()}


def _is_empty(name: str, value: Any) -> bool:
    return name == "given" and not value


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is a number, not {value!r}") from error


def _rule(cost: Any) -> Callable[[Any], Any]:
    """A rule of FLOPs, as a function or as text."""
    if isinstance(cost, str):
        return rules.read(cost)
    if not callable(cost):
        raise InputError(f"cost is a rule such as '6*N*D + 2e9*D', or a function, not {cost!r}")
    return cost


def _given(given: Mapping[str, Any] | str) -> dict[str, Any]:
    """Values by name; text such as experts=1,2,4,B=2e6 is read."""
    found: dict[str, list[float]] = {}
    try:
        if not isinstance(given, str):
            return {name: _one_or_several(np.ravel(x).tolist()) for name, x in given.items()}
        for part in given.split(","):
            name, equals, value = part.rpartition("=")
            name = name.strip() if equals else list(found)[-1]
            found.setdefault(name, []).append(float(value))
    except (ValueError, TypeError, IndexError) as error:
        raise InputError(
            f"cannot read {given!r}: write what is given as experts=64, or experts=1,8,64"
        ) from error
    return {name: _one_or_several(values) for name, values in found.items()}


def _one_or_several(values: list[Any]) -> Any:
    numbers = [float(x) for x in values]
    return numbers[0] if len(numbers) == 1 else numbers


def facts(planning: Mapping[str, Any], law: Law) -> dict[str, Any]:
    """The constraints for the record, the rule of FLOPs by its name; `rule` is one as text."""
    cost = planning.get("cost")
    rule = cost.text if isinstance(cost, rules.Rule) else None
    return dict(planning) | dict(cost=cost_name(cost or law.cost), rule=rule)


def in_words(planning: Mapping[str, Any], law: Law) -> list[str]:
    """What the budget pays for, and what bounds the choice."""
    said = [f"FLOPs are counted as {cost_name(planning.get('cost') or law.cost)}."]
    plain = {name: x for name, x in planning.items() if name != "cost"}
    if plain:
        bounds = ", ".join(f"{name.replace('_', ' ')} {_say(x)}" for name, x in plain.items())
        said.append(f"The choice is bound by: {bounds}.")
    if "largest_D" in plain:
        said.append("What is left of a budget when tokens run out is not spent.")
    return said


def _say(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_listed(x)}" for name, x in value.items())
    return " ".join(map(count, value)) if isinstance(value, list) else count(value)


def _listed(value: Any) -> str:
    return ",".join(f"{x:g}" for x in np.atleast_1d(value))


LIMITS = tuple(Plan.__dataclass_fields__)
READ: Mapping[str, Callable[[Any], Any]] = dict(  # the others are numbers
    given=_given, sizes=_budgets.sizes, cost=_rule
)
