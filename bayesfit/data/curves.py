"""Training curves: tables with several rows a run, one for each point at which the loss was noted.

Two things must not happen to such a table. Rows of one run are not independent, so a law of final
losses sees the last row of each run only (`finals`), and a law of whole curves sees as many rows as
their residuals have independent ones (`thinned`). And the first steps, when the learning rate still
warms up, follow no law (`without_warmup`): Kaplan et al. 2020, arXiv:2001.08361, warmed up for 3000
steps. How the rows of a run are known is in `bayesfit.data.units`; any table that is not one of
curves is returned as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.data.units import Units
from bayesfit.data.values import as_labels
from bayesfit.errors import InputError

RUN = "run"  # the column that names the run of each row, in every table made here
WARMUP = 3000  # steps, Kaplan et al. section 2.2; but never more than SHARE of a run
SHARE = 0.05
SHARE_OF_TOKENS = 0.02  # of a run, where there are no steps
DEGREE = 4  # of the polynomial in log step that stands for a curve's own course
FEWEST = 3  # rows that thinning leaves of each run


def named(runs: Runs) -> Runs:
    """Curves with a column `run` that names the run of each row, whatever they were known by."""
    units = runs.units
    if units is None:
        return runs
    names, sizes = np.array(units.names, object)[units.run], np.bincount(units.run)
    if RUN in runs.columns:
        curve = sizes[units.run] > 1
        labels = np.array(as_labels(runs[RUN]), object)
        if (labels[curve] == names[curve]).all():
            return runs
    return runs.with_column(RUN, names)


def finals(runs: Runs) -> Runs:
    """The last row of each run of a table of curves."""
    units = runs.units
    if units is None:
        return runs
    last = np.zeros(len(runs), bool)
    last[[rows[-1] for rows in units.each()]] = True
    return named(runs).subset(
        last,
        f"{(~last).sum()} rows left out: {runs.name} holds training curves{_seen(units)}, and this "
        f"law is of the last row of each of its {last.sum()} runs",
    )


def _seen(units: Units) -> str:
    """How runs without names were known, and what to do if they are no curves."""
    if units.column:
        return ""
    sign = "rises with step" if units.of_steps else "is evenly spaced"
    return (
        f" (seen: D {sign} among the rows of one N; if each is a run of its own, name it in a "
        f"column {RUN})"
    )


def without_warmup(runs: Runs, steps: float | None = None) -> Runs:
    """Curves without the rows of their warm-up.

    Args:
        steps: rows up to here are left out; if omitted, up to 3000 steps or 5 % of the run,
            whichever is less; up to 2 % of its tokens in a table that has no steps.

    Raises:
        InputError: `steps` are given for a table that has none.
    """
    units = runs.units
    if units is None:
        return runs
    if steps is not None and not units.of_steps:
        raise InputError(f"{runs.name} has no column step: warm-up cannot be counted in steps")
    keep = np.ones(len(runs), bool)
    for rows in units.each():
        end = _warm(units, float(units.along[rows[-1]])) if steps is None else steps
        keep[rows] = (units.along[rows] > end) | (len(rows) == 1)
    if keep.all():
        return runs
    first = f"{WARMUP} steps or {SHARE:.0%} of a run"
    first = first if units.of_steps else f"{SHARE_OF_TOKENS:.0%} of the tokens of a run"
    first = first if steps is None else f"{steps:g} steps"
    return named(runs).subset(keep, f"{(~keep).sum()} rows left out: warm-up, the first {first}")


def _warm(units: Units, length: float) -> float:
    """Where the warm-up of a run of this length ends, in steps or tokens."""
    return min(WARMUP, SHARE * length) if units.of_steps else SHARE_OF_TOKENS * length


def correlation_time(residuals: np.ndarray) -> float:
    """Rows of a curve that count as one: (1 + r) / (1 - r), r the correlation of neighbours.

    That is the integrated autocorrelation time of an AR(1) process.

    Args:
        residuals: of one curve, in the order of its steps (rows,).
    """
    x = residuals - residuals.mean()
    variance = float(x @ x)
    r = float(x[:-1] @ x[1:]) / variance if variance else 0.0
    return float(np.clip((1 + r) / max(1 - r, 1e-9), 1.0, len(x)))


def log_loss(runs: Runs) -> np.ndarray:
    """What most laws explain (rows,)."""
    return np.log(runs["loss"])


def thinned(
    runs: Runs, rows_per_run: int | None = None, explains: Callable[[Runs], np.ndarray] = log_loss
) -> Runs:
    """Curves with as many rows as they have independent ones, about evenly spaced in log step.

    In a table without steps it is log D that they are spaced in.

    Args:
        rows_per_run: rows to keep of each run; if omitted, as many as keep apart by the correlation
            time of its residuals from a smooth curve in log step, and never fewer than 3.
        explains: what has those residuals (rows,).
    """
    units = runs.units
    if units is None:
        return runs
    response, keep = explains(runs), np.zeros(len(runs), bool)
    for rows in units.each():
        x = np.log(units.along[rows])
        kept = _spaced(x, rows_per_run) if rows_per_run else _independent(x, response[rows])
        keep[rows[kept]] = True
    if keep.all():
        return runs
    return named(runs).subset(
        keep,
        f"{(~keep).sum()} rows left out: neighbours on a curve are not independent, so "
        f"{keep.sum()} rows spaced in log {'step' if units.of_steps else 'D'} stand for all",
    )


def _spaced(x: np.ndarray, count: int) -> np.ndarray:
    """Which of the rows at x (rows,) lie nearest to `count` evenly spaced points, last first."""
    at = np.linspace(x[-1], x[0], min(count, len(x)))
    return np.unique(np.abs(x[None] - at[:, None]).argmin(1))[::-1]


def _independent(x: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Rows spaced in x, each at least a correlation time from the next."""
    if len(x) <= FEWEST:
        return np.arange(len(x))
    degree = min(DEGREE, len(x) // 3)
    smooth = np.polynomial.Polynomial.fit(x, response, degree)
    apart = correlation_time(response - smooth(x))
    kept: list[int] = []
    for row in _spaced(x, round(len(x) / apart)):
        if not kept or kept[-1] - row >= apart:
            kept.append(row)
    return np.array(kept) if len(kept) >= FEWEST else _spaced(x, FEWEST)


def efficient(runs: Runs) -> Runs:
    """The lower envelope of curves: rows that no row of any run beats with less compute.

    Curves lose their warm-up and are thinned first, so that its rows are independent; but a minimum
    is lucky, and where losses are noisy the envelope lies a little too low. Any other table is
    returned as it is.
    """
    if not runs.is_of_curves or runs.reduced == "envelope":
        return runs
    table = thinned(without_warmup(runs))
    order = np.lexsort((table["loss"], table["C"]))
    lowest = np.minimum.accumulate(table["loss"][order])
    keep = np.zeros(len(table), bool)
    keep[order[np.flatnonzero(np.diff(lowest, prepend=np.inf) < 0)]] = True
    found = table.subset(
        keep,
        f"{(~keep).sum()} more rows left out: {keep.sum()} are the lower envelope of the curves",
    )
    return replace(found, reduced="envelope")


def with_steps(runs: Runs) -> Runs:
    """A table with the columns S (steps) and B (tokens a step), as laws of steps read them.

    S is the column `S` or `step`, B the column `B` or `batch_tokens`; one of them may be missing,
    for D = B S.

    Raises:
        InputError: the table has neither.
    """
    S, B = _first(runs, "S", "step"), _first(runs, "B", "batch_tokens")
    if S is None and B is None:
        raise InputError(
            f"{runs.name} has neither steps (column S or step) nor tokens a step (B or "
            "batch_tokens): add one of them"
        )
    S = runs["D"] / B if S is None else S
    B = runs["D"] / S if B is None else B
    return replace(runs, table=runs.table.assign(S=S, B=B))


def _first(runs: Runs, *names: str) -> np.ndarray | None:
    """The first of these columns that the table has, as positive numbers."""
    for name in names:
        if name in runs.columns:
            runs.require([name])
            values = runs[name].astype(float)
            if (values <= 0).any():
                row = int(np.flatnonzero(values <= 0)[0])
                raise InputError(f"{runs.name}, run {row + 1}: {name} is not above zero")
            return values
    return None
