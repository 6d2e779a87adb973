"""How large a model a budget should train, on how many tokens, and the loss of building it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bayesfit.answers import Answer
from bayesfit.constants import BUDGETS
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.law import Law
from bayesfit.prediction.optimum import planned_for
from bayesfit.questions import Options, Question, _budgets, _counting, _optima, _plans, _warnings
from bayesfit.questions._record import short


def optimum(
    fit: Fit,
    flops: float | str | Iterable[float] = (),
    *,
    cost: Callable | str | None = None,
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
        cost: FLOPs of training, if not the law's own: ``columns -> FLOPs``, or a rule as text such
            as "6*N*D + 2e9*D" (`bayesfit.prediction.rules`), or "measured", C / (N D) of the runs.
        given: input -> value, of a law that reads more than N and D; the best of several values.
        largest_N: the most parameters.
        largest_D: the most tokens.
        memory: numbers that fit in memory at most, all experts included.
        sizes: the only numbers of parameters that can be built.
        inference_tokens: tokens that the trained network will serve, paid from the same budget.

    Raises:
        InputError: the law says nothing of sizes, or the budgets or constraints cannot be used.

    Examples:
        >>> fit = bayesfit.fit("chinchilla_approach3", "pile")
        >>> answer = bayesfit.optimum(fit, flops=[1e23, 1e24], largest_D=2e12)
        >>> bool((answer.optima["D"] <= 2e12).all())
        True
    """
    planning = _plans.planned(
        dict(
            cost=cost, given=given, largest_N=largest_N, largest_D=largest_D,
            memory=memory, sizes=sizes, inference_tokens=inference_tokens,
        ),
        fit.runs,
    )  # fmt: skip
    asked = _budgets.asked(flops)
    frame = fit.optimum(asked or _budgets.shown(()), **planning)
    recounted, counts = _counting.counted_otherwise(fit, asked or BUDGETS[-1:], planning)
    return Answer(
        f"The best model for a budget, by {fit.law.name} on {fit.runs.name}",
        dict(optima=_optima.table(frame, fit.law, asked, title="")) | recounted,
        [
            *_optima.sentences(frame, fit.law, asked),
            *_warnings.beyond(fit, asked),
            *counts,
            *_plans.in_words(planning, fit.law),
        ],
        facts=short(fit) | dict(asked=asked, planning=_plans.facts(planning, fit.law)),
        warnings=[*_warnings.far(fit, asked)],
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if the law knows no best size for a budget."""
    if not law.is_allocation:
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}, so it knows no best size for a budget: "
            "choose a law of N and D"
        )
    _budgets.asked(options.get("flops", ()))
    planned_for(law, _plans.planned({n: x for n, x in options.items() if n != "flops"}, runs))


question = Question(ask=optimum, stages=("estimate", "posterior"), check=check)
