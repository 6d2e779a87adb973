"""The rows of a table that a law explains, by what the law declares (`Law.rows`).

A law of final losses sees the last row of each training run, a law of curves sees rows along each
run, and a law of the envelope takes its own from the whole table. What was left out stands in
`Runs.left_out`; where nobody can know whether rows belong to one run, a warning asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesfit.data.curves import RUN, finals, log_loss, named, thinned, without_warmup
from bayesfit.data.runs import Runs
from bayesfit.data.units import doubt


def explained(runs: Runs, rows: str, explains: Callable[[Runs], np.ndarray] = log_loss) -> Runs:
    """The rows that a law of this kind explains; asked twice, it changes nothing more.

    Args:
        rows: "final", the last row of each run; "curve", rows along each run without its warm-up,
            as many as are independent; "envelope", every row, under the name of its run.
        explains: the response of the law, whose residuals tell which rows are independent.

    Returns:
        The same object if the table is not one of curves, and there is no doubt about that.
    """
    runs = _doubted(runs)
    if not runs.is_of_curves:
        return runs
    if rows == "final":
        return replace(finals(runs), reduced="final")
    if rows == "envelope" or runs.reduced:
        return named(runs)
    return replace(thinned(without_warmup(runs), explains=explains), reduced="curve")


def _doubted(runs: Runs) -> Runs:
    """The table, with a warning if rows taken as runs may lie on curves all the same."""
    why = "" if runs.reduced else doubt(runs.table, runs.units)
    row = "row without a label" if runs.is_of_curves else "row"
    warning = (
        f"{runs.name} may hold training curves ({why}), but each {row} is taken as a run of its "
        f"own: name the run of each row in a column {RUN}, or give finished runs only"
    )
    if not why or warning in runs.warnings:
        return runs
    return replace(runs, warnings=(*runs.warnings, warning))
