"""What the posterior says of runs: the surface there, and the same runs observed anew."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesfit.bands import band
from bayesfit.data.runs import Runs
from bayesfit.figures import _response as response
from bayesfit.fitted import Fit
from bayesfit.law import Law
from bayesfit.prediction.surface import log_observed, log_surface


@dataclass(frozen=True)
class Replicates:
    """Runs beside what the posterior says of them, all on the scale of the law's link.

    Attributes:
        law: the law.
        surface: fitted (draws, runs).
        observed: the same runs observed anew, with their scatter (draws, runs).
        happened: what was really observed (runs,).
    """

    law: Law
    surface: np.ndarray
    observed: np.ndarray
    happened: np.ndarray

    @cached_property
    def fitted(self) -> np.ndarray:
        """The median surface (runs,)."""
        return np.median(self.surface, 0)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Observed minus fitted (runs,), in the unit of `response.off_unit`."""
        return response.off(self.law, self.happened, self.fitted)

    @cached_property
    def scatter(self) -> np.ndarray:
        """The 2.5 % and 97.5 % ends of the scatter alone, in the same unit."""
        return np.quantile(response.off(self.law, self.observed, self.surface), (0.025, 0.975))

    @cached_property
    def ends(self) -> dict[str, np.ndarray]:
        """The predictive interval of each run."""
        return band(self.observed)

    @cached_property
    def pit(self) -> np.ndarray:
        """Where each run falls in its own predictive distribution, 0 to 1 (runs,)."""
        return (self.observed <= self.happened).mean(0)

    def inside(self, level: int) -> np.ndarray:
        """Which runs are in their interval of 80 or 95 %."""
        low, high = self.ends[f"lo{level}"], self.ends[f"hi{level}"]
        return (self.happened >= low) & (self.happened <= high)


def predicted(fit: Fit, runs: Runs) -> Replicates:
    """Runs that the fit has seen, or others, predicted as `fit.predict` does: the same draws."""
    law, values = fit.drawn()
    columns = fit.problem.inputs(runs)
    surface = log_surface(law, values, columns)
    observed = log_observed(fit.problem, values, surface, columns, fit.seed)
    happened = np.asarray(fit.law.link.of(runs[fit.law.response].astype(float)))
    return Replicates(fit.law, surface, observed, happened)


_last: list[tuple[weakref.ref[Fit], Replicates]] = []


def replicates(fit: Fit) -> Replicates:
    """The runs fitted, drawn again; two figures want them, so those of the last fit are kept."""
    if not _last or _last[0][0]() is not fit:
        _last[:] = [(weakref.ref(fit, lambda _: _last.clear()), predicted(fit, fit.runs))]
    return _last[0][1]


def held_out(fit: Fit) -> Replicates | None:
    """The runs that were held out, as the fit predicts them; None without any."""
    return None if fit.held_out is None else predicted(fit, fit.held_out)
