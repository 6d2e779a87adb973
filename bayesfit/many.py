"""One law fitted to many tables: per corpus, per benchmark, per simulated world.

fits = bayesfit.fit_many("chinchilla_approach3", tables)
fits.estimates          # one row a table
fits.bands("alpha")     # bootstrap bands, one row a table
fits.optimum(1e24)      # N* and D* with bands, one row a table
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.binding import bind_each, explained
from bayesfit.computing import in_double
from bayesfit.data.runs import Runs
from bayesfit.datasets import as_runs
from bayesfit.errors import InputError
from bayesfit.inference.many import Tables, described_each
from bayesfit.inference.mle import DELTA, Minimum, starting_points
from bayesfit.law import Law
from bayesfit.models import load as load_law
from bayesfit.prediction.optimum import optima
from bayesfit.stages import Report, Settings, quiet

LIKELIHOOD = "student_t"  # an estimate asks nothing of it


@dataclass(frozen=True)
class Fits:
    """Estimates of one law on many tables, and their bootstraps.

    Attributes:
        law: what was fitted.
        names: of the tables.
        estimates: one row a table: every parameter, `objective` and `converged`.
        refits: parameter -> values of the refits to resampled runs (tables, refits); empty if none
            were asked for.
        converged: which refits did (tables, refits).
    """

    law: Law
    names: tuple[str, ...]
    estimates: pd.DataFrame
    refits: Mapping[str, np.ndarray]
    converged: np.ndarray

    def __repr__(self) -> str:
        count = self.converged.shape[1]
        return f"<{self.law.name} on {len(self.names)} tables, {count} refits of each>"

    def bands(self, name: str) -> pd.DataFrame:
        """Bands of a parameter over the refits, one row a table.

        Raises:
            InputError: there are no refits, or no such parameter.
        """
        self._check_refits()
        if name not in self.refits:
            there = ", ".join(self.refits)
            raise InputError(f"{self.law.name} has no parameter {name!r}; it has {there}")
        return pd.DataFrame(bands.columns(name, self.refits[name].T), index=self._index)

    def optimum(self, flops: float) -> pd.DataFrame:
        """Bands of N*, D*, tokens per parameter and loss at one budget, one row a table.

        Raises:
            InputError: there are no refits, the law has no best size, or several budgets are given.
        """
        self._check_refits()
        if np.ndim(flops):
            raise InputError("ask for one budget at a time")
        flat = {name: x.reshape(-1) for name, x in self.refits.items()}
        found = optima(self.law, flat, flops)
        columns: dict[str, Any] = {}
        for name, x in found.items():
            columns |= bands.columns(name, x[:, 0].reshape(self.converged.shape).T)
        return pd.DataFrame(columns, index=self._index)

    def _check_refits(self) -> None:
        if not self.refits:
            raise InputError("these fits were made without refits: fit again with bootstrap=100")

    @property
    def _index(self) -> pd.Index:
        return self.estimates.index


@in_double
def fit_many(
    law: str | Path | Law,
    tables: Mapping[str, Any] | Sequence[Any],
    *,
    bootstrap: int = 100,
    starts: int = 16,
    delta: float = DELTA,
    seed: int = 0,
    progress: Report = quiet,
) -> Fits:
    """The Huber MLE of one law on many tables, each with a bootstrap: one program for all.

    Args:
        law: a name, the path of a law file, or a `Law` without groups.
        tables: what `fit` takes as runs, each; by name, or in a row.
        bootstrap: resamples of each table's runs; 0 for none.
        starts: how many prior draws each estimate starts from.
        delta: Huber's threshold, in log loss.
        seed: of every random number; table i resamples with seed + i.
        progress: called with (stage, done, total) as work goes on.

    Examples:
        >>> fits = bayesfit.fit_many("chinchilla_approach3", ["pile"], bootstrap=20)
        >>> fits.bands("alpha").shape
        (1, 5)

    Raises:
        InputError: there are no tables, one of them cannot be used, or the law has groups or reads
            whole curves.
    """
    Settings(bootstrap=bootstrap, starts=starts, delta=delta, seed=seed)  # complains of them
    found = law if isinstance(law, Law) else load_law(law)
    if found.group or found.unit or found.adapt is not None:
        raise InputError(f"{found.name} reads groups, curves or columns of a kind: fit one by one")
    runs = _explained(found, tables)
    together = Tables(bind_each(found, list(runs.values()), LIKELIHOOD))
    points = starting_points(together.first, starts, seed)[:, : together.first.law_dimension]
    best = together.estimates(points, delta, partial(progress, "estimates"))
    names = tuple(runs)
    estimates = _estimates(together, best, names)
    if not bootstrap:
        return Fits(found, names, estimates, {}, np.zeros((len(names), 0), bool))
    again = together.refits(
        best.q, [len(x) for x in runs.values()], bootstrap, seed, delta, partial(progress, "refits")
    )
    return Fits(found, names, estimates, described_each(together, again.q), again.converged)


def _explained(law: Law, tables: Mapping[str, Any] | Sequence[Any]) -> dict[str, Runs]:
    """The rows of each table that the law explains, by the table's name."""
    if isinstance(tables, (str, pd.DataFrame)) or not isinstance(tables, (Mapping, Sequence)):
        raise InputError("tables are several: put them in a list, or in a dict by their names")
    if not isinstance(tables, Mapping):
        tables = {f"table {i + 1}": table for i, table in enumerate(tables)}
    if not tables:
        raise InputError("there are no tables: give one at least")
    if len({str(name) for name in tables}) < len(tables):
        raise InputError("two tables have one name: give each its own")
    return {str(name): explained(law, as_runs(table, str(name))) for name, table in tables.items()}


def _estimates(tables: Tables, best: Minimum, names: tuple[str, ...]) -> pd.DataFrame:
    values = described_each(tables, best.q[:, None])
    columns = {name: x[:, 0] for name, x in values.items()}
    columns |= dict(objective=best.objective, converged=best.converged)
    return pd.DataFrame(columns, index=pd.Index(names, name="table"))
