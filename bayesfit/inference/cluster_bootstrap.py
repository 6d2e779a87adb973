"""Bootstrap of whole units: every row of a training curve is drawn, or none is.

Rows of one run are not independent: resampling rows would promise more than the runs can keep. A
law names the column of its units (`Law.unit`). If it also prepares its table, an envelope of
curves for instance, each replicate is prepared anew, so that the winner's luck is drawn again too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from bayesfit.binding import bind, explained, padded_length
from bayesfit.data.curves import named
from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.inference import mle
from bayesfit.inference.bootstrap import resample
from bayesfit.problem import Problem
from bayesfit.progress import Progress, silent

TOGETHER = 50  # tables that are refitted in one call
PATIENCE = 10  # draws for each replicate wanted; some leave no table that the law can be fitted to


def refit(
    problem: Problem,
    given: Runs,
    optimum: np.ndarray,
    count: int,
    delta: float = mle.DELTA,
    seed: int = 0,
    progress: Progress = silent,
) -> mle.Minimum:
    """Refit on `count` resamples of whole units, starting from the optimum of the whole table.

    Args:
        given: the table before the law prepared it.
        optimum: q of the whole table's MLE (law_dimension,).

    Raises:
        InputError: hardly any resample leaves a table that the law can be fitted to.
    """
    found = []
    for batch in _batches(_tables(problem, given, count, seed), TOGETHER):
        length = padded_length(max(map(len, batch)))
        bound = [bind(problem.law, table, problem.likelihood, length=length, labels=problem.labels)
                 for table in batch]  # fmt: skip
        same = [replace(one, ref=problem.ref) for one in bound]  # q means the same in all of them
        found.append(mle.minimise_each(same, optimum, delta=delta))
        progress(min(count, TOGETHER * len(found)), count)
    return mle.Minimum(*(np.concatenate(x) for x in zip(*found, strict=True)))


def _tables(problem: Problem, given: Runs, count: int, seed: int) -> Iterator[Runs]:
    """Tables of resampled units, as the law prepares them."""
    given = named(given)
    labels = np.array(as_labels(given[problem.law.unit]), object)
    rows = [np.flatnonzero(labels == unit) for unit in dict.fromkeys(labels)]
    done = 0
    for drawn in resample(len(rows), PATIENCE * count, seed):
        try:
            table = explained(problem.law, _drawn(given, problem.law.unit, rows, drawn))
        except InputError:
            continue
        yield table
        done += 1
        if done == count:
            return
    raise InputError(
        f"{given.name} has too few {problem.law.unit}s to resample them: only {done} of "
        f"{PATIENCE * count} resamples leave a table that {problem.law.name} can be fitted to"
    )


def _drawn(given: Runs, unit: str, rows: list[np.ndarray], times: np.ndarray) -> Runs:
    """Each unit as often as it was drawn; a second copy is a unit of its own."""
    parts = [
        given.table.iloc[own].assign(**{unit: f"{number} {copy}"})
        for number, (own, drawn) in enumerate(zip(rows, times, strict=True))
        for copy in range(drawn)
    ]
    return replace(given, table=pd.concat(parts, ignore_index=True))


def _batches(tables: Iterator[Runs], size: int) -> Iterator[list[Runs]]:
    batch: list[Runs] = []
    for table in tables:
        batch.append(table)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
