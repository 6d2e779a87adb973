"""Estimates and bootstraps of a law, in the paper's own parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesfit import binding, models
from bayesfit.data.runs import Runs
from bayesfit.inference import bootstrap, mle
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import described_law
from benchmarks.reproductions.rows import BOOTSTRAP

LEAST_SQUARES = 1.0  # Huber's threshold in log loss beyond which no residual lies
STARTS, RESAMPLES = 64, 400
Values = dict[str, np.ndarray]


class Fitted:
    """A law fitted to runs: `at` the estimate, `draws` those of a bootstrap of its runs.

    Attributes:
        objective: the sum of Huber losses at the estimate.
    """

    def __init__(
        self, law: str, runs: Runs, *, delta: float = mle.DELTA, resamples: np.ndarray | int = 0
    ) -> None:
        found = models.load(law)
        self.law = found.adapted(tuple(runs.columns))
        self.runs = binding.explained(self.law, runs)
        self.bound = binding.bind(self.law, self.runs, "normal")
        starts = mle.starting_points(self.bound, STARTS)[:, : self.bound.law_dimension]
        best = mle.race(self.bound, starts, delta=delta).best()
        self.q, self.objective = best.q, float(best.objective)
        self.values = described_law(self.bound, best.q[None])
        self.draws = self._bootstrap(resamples, delta)

    def _bootstrap(self, resamples: np.ndarray | int, delta: float) -> Values:
        if isinstance(resamples, int):
            if not resamples:
                return {}
            resamples = bootstrap.resample(len(self.runs), resamples, seed=0)
        refits = bootstrap.refit(self.bound, self.q, resamples, delta=delta)
        return described_law(self.bound, refits.q[refits.converged])

    def at(self, name: str) -> float:
        """A parameter, or what is derived from them."""
        return float(self.values[name][0])

    def row(self, name: str) -> dict[str, object]:
        """`ours`, `known` and `known_by` of a row about a parameter."""
        return dict(ours=self.at(name)) | band(self.draws[name])

    def loss(self, columns: Mapping[str, object]) -> np.ndarray:
        """The response of other runs (runs,)."""
        return response(self.law, self.values, columns)[0]


def band(draws: np.ndarray) -> dict[str, object]:
    """`known` and `known_by` of a row: the 95 % interval of draws."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return dict(known=(float(low), float(high)), known_by=BOOTSTRAP)


def response(law, values: Mapping[str, np.ndarray], columns: Mapping[str, object]) -> np.ndarray:
    """The response of runs under draws of a law's parameters (draws, runs)."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x)) for x in columns.values()))
    surface = log_surface(law, values, dict(zip(columns, arrays, strict=True)))
    return np.asarray(law.link.inverse(surface))
