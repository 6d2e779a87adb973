"""How large a model a budget should train, on how many tokens, and the loss of building it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from bayesfit.answers import Answer
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count
from bayesfit.law import Law, cost_name
from bayesfit.questions import Question, _budgets, _optima
from bayesfit.questions._record import short


def optimum(
    fit: Fit,
    flops: float | str | Iterable[float] = (),
    *,
    cost: Callable | None = None,
    given: Mapping[str, Any] | str | None = None,
    largest_N: float | None = None,
    largest_D: float | None = None,
    memory: float | None = None,
    sizes: Iterable[float] | str | float | None = None,
    inference_tokens: float | None = None,
) -> Answer:
    """The best size and tokens for budgets, under whatever constrains them.

    Args:
        flops: budgets; without any, 1e21 to 1e26.
        cost: ``columns -> FLOPs`` of training, if not the law's own.
        given: input -> value, of a law that reads more than N and D; the best of several values.
        largest_N, largest_D: the most parameters, the most tokens.
        memory: numbers that fit in memory at most, all experts included.
        sizes: the only numbers of parameters that can be built.
        inference_tokens: tokens that the trained network will serve, paid from the same budget.

    Raises:
        InputError: the law says nothing of sizes, or the budgets or constraints cannot be used.
    """
    planning = _optima.planned(
        dict(
            cost=cost,
            given=_given(given),
            largest_N=_number(largest_N),
            largest_D=_number(largest_D),
            memory=_number(memory),
            sizes=None if sizes is None else _budgets.sizes(sizes),
            inference_tokens=_number(inference_tokens),
        )
    )
    asked = _budgets.asked(flops)
    frame = fit.optimum(asked or _budgets.shown(()), **planning)
    return Answer(
        f"The best model for a budget, by {fit.law.name} on {fit.runs.name}",
        dict(optima=_optima.table(frame, fit.law, asked, title="")),
        [
            *_optima.sentences(frame, fit.law, asked),
            *_optima.beyond(fit, asked),
            *_in_words(planning, fit.law),
        ],
        facts=short(fit) | dict(asked=asked, planning=_facts(planning, fit.law)),
    )


def check(law: Law) -> None:
    """InputError if the law knows no best size for a budget."""
    if not law.is_allocation:
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}, so it knows no best size for a budget: "
            "choose a law of N and D"
        )


def _given(given: Mapping[str, Any] | str | None) -> dict[str, Any] | None:
    """Values by name; text such as experts=1,2,4,B=2e6 is read."""
    if not given:
        return None
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


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _facts(planning: Mapping[str, Any], law: Law) -> dict[str, Any]:
    return dict(planning) | dict(cost=cost_name(planning.get("cost") or law.cost))


def _in_words(planning: Mapping[str, Any], law: Law) -> list[str]:
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


question = Question(ask=optimum, stages=("estimate", "posterior"), check=check)
