"""Refits on the smaller runs: to those below one budget after another, each asked about the rest.

It is the one thing that shows how far to trust an extrapolation: what the same law and likelihood
predicted for their own larger runs before those were seen, which the backtest scores
(`bayesfit.extrapolation.backtest`). All refits share one padded shape, so nothing is compiled
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesfit.binding import bind, padded_length
from bayesfit.data.runs import Runs, as_labels
from bayesfit.inference.mle import starting_points
from bayesfit.inference.nuts import sample
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.prediction.bending import bent
from bayesfit.prediction.surface import log_observed, log_surface
from bayesfit.problem import Problem, described
from bayesfit.progress import Progress, silent

ORDER = "C"  # what makes a run smaller than another, if nothing else is asked for
SHARES = (0.35, 0.5, 0.65, 0.8)  # of the runs, counted from the smallest, that are fitted
CHAINS, DRAWS = 8, 200  # of each refit
SPARE = 2  # runs beyond the number of parameters that a refit must have, and runs above it


@dataclass(frozen=True, eq=False)
class Refit:
    """One fit to some of the runs.

    Attributes:
        runs: all of them.
        below: which of them were fitted (runs,).
        values: flat posterior draws.
        bound: the fit, bound when it is first asked for: who opens a fit asks for it rarely.
        seed: of its random numbers.
        label: what the runs left out have in common, if not that they are larger.
    """

    runs: Runs
    below: np.ndarray
    values: Mapping[str, np.ndarray]
    bound: Callable[[], Problem]
    seed: int = 0
    label: str = ""

    @cached_property
    def problem(self) -> Problem:
        """The fit, bound."""
        return self.bound()

    @cached_property
    def inputs(self) -> Mapping[str, np.ndarray]:
        """Those of all runs, each (runs,) (`Problem.inputs`)."""
        return self.problem.inputs(self.runs)

    @cached_property
    def drawn(self) -> tuple[Law, Mapping[str, np.ndarray]]:
        """The law and the draws to predict with, as `Fit.drawn`."""
        return bent(self.problem.law, self.problem, self.values, self.seed)

    def forecast(self) -> np.ndarray:
        """Predictive draws of the runs above, on the scale of the law's link (draws, above)."""
        above = {name: x[~self.below] for name, x in self.inputs.items()}
        surface = log_surface(*self.drawn, above)
        return log_observed(self.problem, self.values, surface, above, self.seed)


def applies(law: Law) -> bool:
    """Whether a law has one surface of the loss, whose smaller runs can be asked about larger."""
    return law.is_of_loss and law.link.name == "log" and not law.group


def refit_smaller(
    law: Law,
    runs: Runs,
    likelihood: Likelihood,
    *,
    by: str = ORDER,
    shares: Sequence[float] = SHARES,
    thresholds: Sequence[float] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Refit]:
    """Fit below each threshold, smallest first; one with too few runs on a side is left out.

    Args:
        by: the column that orders the runs: budgets (C), sizes (N), or any other number. If it
            holds words, each of them is left out in turn instead.
        shares: where to put thresholds, as shares of the runs; `thresholds` gives them outright.
    """
    least = fewest_runs(law, runs, likelihood)
    if is_text(runs, by):
        masks = {label: np.array(as_labels(runs[by])) != label for label in runs.labels(by)}
        fewest = 1
    else:
        order, fewest = runs[by], 2
        cuts = np.quantile(order, shares, method="lower") if thresholds is None else thresholds
        masks = {cut: order <= cut for cut in sorted(set(map(float, cuts)))}
    masks = {k: m for k, m in masks.items() if m.sum() >= least and (~m).sum() >= fewest}
    refits = []
    for done, (cut, below) in enumerate(masks.items(), 1):
        refit = fit_below(law, runs, likelihood, below, seed=seed)
        refits.append(replace(refit, label=cut) if isinstance(cut, str) else refit)
        progress(done, len(masks))
    return refits


def fewest_runs(law: Law, runs: Runs, likelihood: Likelihood) -> int:
    """How many runs a refit must have."""
    return int((~bind(law, runs, likelihood).hidden).sum()) + SPARE


def is_text(runs: Runs, column: str) -> bool:
    """Whether a column holds words, by which runs can be grouped but not ordered."""
    return runs[column].dtype.kind not in "biuf"


def fit_below(
    law: Law,
    runs: Runs,
    likelihood: Likelihood,
    below: np.ndarray,
    *,
    length: int | None = None,
    seed: int = 0,
) -> Refit:
    """Fit the runs that are `below` (a mask), to be asked about all."""
    problem = bound_below(law, runs, likelihood, below, length=length)
    q = sample(problem, starting_points(problem, 8, seed), seed=seed, chains=CHAINS, draws=DRAWS).q
    values = described(problem, q.reshape(-1, q.shape[-1]))
    return Refit(runs, below, values, lambda: problem, seed)


def bound_below(
    law: Law, runs: Runs, likelihood: Likelihood, below: np.ndarray, *, length: int | None = None
) -> Problem:
    """The problem of fitting some of the runs, at the length of all."""
    labels = runs.labels(law.group) if law.group else None
    length = length or padded_length(len(runs))
    return bind(law, runs.subset(below), likelihood, length=length, labels=labels)
