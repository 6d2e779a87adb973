"""A law before any run: what its priors alone know, for the question of which runs to pay for.

Priors are on parameters at a reference run, so somebody has to say about where runs will be and
what loss to expect there; a run that others have published will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import discovery
from bayesfit.binding import bind
from bayesfit.constants import QUESTION_DRAWS
from bayesfit.data.runs import Runs, from_frame
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.models import load as load_law
from bayesfit.prediction.bending import bent
from bayesfit.problem import Problem, prior_draws

ROWS = 64  # of the table that stands for the reference run: more than any law has parameters


@dataclass(frozen=True)
class PriorFit:
    """What a law's priors know; it is asked as a fit is, by questions that need no run.

    Attributes:
        law, likelihood: whose priors they are.
        runs: one row, the reference run; nothing is learned from it.
        problem: both bound, without any run.
        seed: of every random number.
    """

    law: Law
    likelihood: Likelihood
    runs: Runs
    problem: Problem
    seed: int = 0
    labels: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Priors of {self.law.name}>"

    def drawn(self, count: int | None = QUESTION_DRAWS) -> tuple[Law, dict[str, np.ndarray]]:
        """The law and draws of its priors, bent where the likelihood takes it to be off."""
        law, values = self._drawn
        return law, {name: x[:count] for name, x in values.items()}

    @cached_property
    def _drawn(self) -> tuple[Law, dict[str, np.ndarray]]:
        values = prior_draws(self.problem, QUESTION_DRAWS, self.seed)
        return bent(self.law, self.problem, values, self.seed)

    def ask(self, question: str, **options: Any) -> Any:
        """The answer to a question by its name.

        Raises:
            InputError: the question is one about runs that were fitted.
        """
        found = discovery.load("question", question)
        if not found.before_runs:
            raise InputError(f"{question} is asked of a fit: fit some runs first")
        return found.ask(self, **options)


def from_priors(
    law: str | Path | Law,
    around: Mapping[str, float],
    *,
    likelihood: str | Likelihood | None = None,
    seed: int = 0,
) -> PriorFit:
    """A law before any run.

    Args:
        law: a name, the path of a law file, or a `Law`.
        around: the reference run: every input of the law, and the loss to expect there.
        likelihood: the law's own if omitted.
        seed: of every random number.

    Raises:
        InputError: the law has groups, or an input or the loss is missing.

    Examples:
        >>> bayesfit.from_priors("kaplan_chinchilla", dict(N=1e8, D=2e9, loss=3.3))
        <Priors of kaplan_chinchilla>
    """
    found = law if isinstance(law, Law) else load_law(law)
    if found.group or found.unit:
        raise InputError(f"{found.name} has groups or curves, and no reference run: fit some runs")
    needed = [*(x for x in found.inputs if x != "C" or "N" not in found.inputs), found.response]
    missing = [name for name in needed if name not in around]
    if missing:
        raise InputError(
            f"say about where runs will be, and what {found.response} to expect there: around has "
            f"no {missing[0]} (--around 'N=1e8,D=2e9,loss=3.3')"
        )
    try:
        row = pd.DataFrame({name: [float(x)] for name, x in around.items()})
    except (TypeError, ValueError) as error:
        raise InputError(f"around holds what is no number ({error}): give one run") from error
    runs = from_frame(row, "priors alone", "priors")
    table = replace(runs, table=pd.concat([runs.table] * ROWS, ignore_index=True))
    bound = bind(found, table, likelihood)
    problem = replace(bound, weights=np.zeros_like(bound.weights))
    return PriorFit(found, problem.likelihood, runs, problem, seed)


Known = Fit | PriorFit  # what a question can be asked of that needs no run
