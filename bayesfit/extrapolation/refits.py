"""A ladder of fits: to the runs below one budget after another, each asked about the runs above.

It is the one thing that tells a user how far to trust an extrapolation: what the same law and noise
said about their own larger runs before it had seen them. The discrepancy learns kappa from it
(`bayesfit.prediction.shortfall`), and the backtest scores it (`bayesfit.extrapolation.backtest`). All rungs share one
padded shape, so nothing is compiled twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.data.runs import Runs, as_labels
from bayesfit.inference.mle import starting_points
from bayesfit.inference.nuts import sample
from bayesfit.law import Law
from bayesfit.likelihoods.noise import Noise
from bayesfit.prediction import shortfall as discrepancy
from bayesfit.prediction.shortfall import Kappa
from bayesfit.prediction.surface import log_offset, log_surface
from bayesfit.problem import Problem, bind, padded_length
from bayesfit.progress import Progress, silent

SHARES = (0.35, 0.5, 0.65, 0.8)  # of the runs, counted from the smallest, that a rung is fitted to
CHAINS, DRAWS = 16, 100  # of each rung; as many chains as a fit, so one program serves both
SPARE = 2  # runs beyond the number of parameters that a rung must have, and runs above it


class Rung(NamedTuple):
    """One fit of the ladder.

    Attributes:
        below: which runs were fitted (runs,).
        problem: the fit, bound.
        values: flat posterior draws.
        surface: fitted log loss of all runs, above and below (draws, runs).
        offset: what to expect of each beyond that, if its model was fitted (draws or 1, runs).
        label: what the runs left out have in common, if not that they are larger.
    """

    below: np.ndarray
    problem: Problem
    values: dict[str, np.ndarray]
    surface: np.ndarray
    offset: np.ndarray
    label: str = ""

    @property
    def frontier(self) -> np.ndarray:
        """Best fitted log loss of each draw among the runs fitted (draws,)."""
        return discrepancy.frontier(self.surface[:, self.below])

    def kappa(self, scored: np.ndarray, log_loss: np.ndarray) -> Kappa | None:
        """kappa seen by the runs that are `scored` (runs,), of whose log loss (runs,) is known."""
        beyond = log_loss[scored] - self.offset[:, scored]
        return discrepancy.estimate(self.surface[:, scored], self.frontier, beyond)


def climb(
    law: Law,
    runs: Runs,
    noise: Noise,
    *,
    by: str = "C",
    shares: Sequence[float] = SHARES,
    thresholds: Sequence[float] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Rung]:
    """Fit below each threshold, smallest first; a rung with too few runs on a side is left out.

    Args:
        by: the column that orders the runs: budgets (C), sizes (N), or any other number. If it
            holds words, each of them is left out in turn instead.
        shares: where to put thresholds, as shares of the runs; `thresholds` gives them outright.
    """
    least = bind(law, runs, noise).dimension + SPARE
    if is_text(runs, by):
        masks = {label: np.array(as_labels(runs[by])) != label for label in runs.labels(by)}
        fewest = 1
    else:
        order, fewest = runs[by], 2
        cuts = np.quantile(order, shares, method="lower") if thresholds is None else thresholds
        masks = {cut: order <= cut for cut in sorted(set(map(float, cuts)))}
    masks = {k: m for k, m in masks.items() if m.sum() >= least and (~m).sum() >= fewest}
    rungs = []
    for done, (cut, below) in enumerate(masks.items(), 1):
        rung = fit_below(law, runs, noise, below, seed=seed)
        rungs.append(rung._replace(label=cut) if isinstance(cut, str) else rung)
        progress(done, len(masks))
    return rungs


def is_text(runs: Runs, column: str) -> bool:
    """Whether a column holds words, by which runs can be grouped but not ordered."""
    return runs[column].dtype.kind not in "biuf"


def fit_below(
    law: Law,
    runs: Runs,
    noise: Noise,
    below: np.ndarray,
    *,
    length: int | None = None,
    seed: int = 0,
) -> Rung:
    """Fit the runs that are `below` (a mask), and predict all."""
    length = length or padded_length(len(runs))
    labels = runs.labels(law.group) if law.group else None
    problem = bind(law, runs.subset(below), noise, length=length, labels=labels)
    starts = starting_points(problem, 8, seed)
    q = sample(problem, starts, seed=seed, chains=CHAINS, draws=DRAWS).q
    values = describe(problem, q.reshape(-1, q.shape[-1]))
    inputs = problem.inputs(runs)
    surface, offset = log_surface(law, values, inputs), log_offset(problem, values, inputs)
    return Rung(below, problem, values, surface, offset)


@jax.jit
def _describe(problem: Problem, q):
    return jax.vmap(problem.describe)(q)


def describe(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """Everything worth keeping of each q (draws, dimension), as arrays (draws, ...)."""
    return {name: np.asarray(x) for name, x in _describe(problem, jnp.asarray(q)).items()}


@jax.jit
def _describe_law(problem: Problem, q):
    return jax.vmap(problem.describe_law)(q)


def describe_law(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """The same for q without noise parameters."""
    return {name: np.asarray(x) for name, x in _describe_law(problem, jnp.asarray(q)).items()}


def kappas(rungs: Sequence[Rung], log_loss: np.ndarray, known: np.ndarray) -> list[Kappa]:
    """What each rung says of kappa, scored on the runs above it that are already known.

    Args:
        log_loss: observed, of all runs (runs,).
        known: the runs that may be looked at (runs,).
    """
    found = []
    for rung in rungs:
        scored = known & ~rung.below
        if scored.sum() >= 2:
            found.append(rung.kappa(scored, log_loss))
    return [kappa for kappa in found if kappa is not None]


def unseen(rung: Rung, kappa: Kappa | None, seed: int = 0) -> Mapping[str, np.ndarray]:
    """A rung's draws with kappa, to predict runs above it."""
    if kappa is None:
        return rung.values
    drawn = np.random.default_rng(seed).normal(kappa.mean, kappa.sd, len(rung.surface))
    return rung.values | dict(kappa=drawn, frontier=rung.frontier)
