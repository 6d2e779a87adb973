"""Programs that nearly every question needs, compiled before there are draws to ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bayesfit.data.runs import Runs
from bayesfit.prediction import bending, optimum, surface
from bayesfit.problem import Problem


def programs(problem: Problem, runs: Runs, draws: int) -> list[Callable[[], None]]:
    """What compiles each: the bend of a law, runs observed, and the best size for a budget.

    Args:
        runs: that are predicted.
        draws: of which questions are asked.
    """
    law, values = bending.blank(problem, draws)
    found = [partial(surface.ready, problem, values, problem.inputs(runs))]
    if problem.likelihood.bend is not None:
        found.insert(0, partial(bending.ready, problem))
    if law.is_allocation and law.optimum is None and law.has_surface and not law.given:
        found.append(partial(optimum.ready, law, values))
    return found
