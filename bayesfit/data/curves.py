"""Training curves: tables with many rows a run, one for each step at which the loss was noted.

A table is one of curves if it has the columns `run` and `step` and a run stands in several rows.
Two things must not happen to it. Rows of one run are not independent, so a law of final losses sees
the last row of each run only (`finals`), and a law of whole curves sees as many rows as their
residuals have independent ones (`thinned`). And the first steps, when the learning rate still
warms up, follow no law (`without_warmup`): Kaplan et al. 2020, arXiv:2001.08361, warmed up for 3000
steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.errors import InputError

WARMUP = 3000  # steps, Kaplan et al. section 2.2; but never more than SHARE of a run
SHARE = 0.05
DEGREE = 4  # of the polynomial in log step that stands for a curve's own course
FEWEST = 3  # rows that thinning leaves of each run


def are_curves(runs: Runs) -> bool:
    """Whether some run stands in several rows, one for each step."""
    return {"run", "step"} <= set(runs.columns) and bool(runs.table["run"].duplicated().any())


def each(runs: Runs) -> Iterator[np.ndarray]:
    """Row numbers of each run, in the order of its steps."""
    labels, step = runs["run"], runs["step"].astype(float)
    for label in dict.fromkeys(labels):
        rows = np.flatnonzero(labels == label)
        yield rows[np.argsort(step[rows], kind="stable")]


def finals(runs: Runs) -> Runs:
    """The last row of each run of a table of curves; any other table as it is.

    A table with a `step` but without `run` cannot be told from one of finished runs: it is taken as
    such, with a warning.
    """
    if not are_curves(runs):
        return _warned(runs)
    last = np.zeros(len(runs), bool)
    last[[rows[-1] for rows in each(runs)]] = True
    return runs.subset(
        last,
        f"{(~last).sum()} rows left out: {runs.name} holds training curves, and this law is of "
        f"the last row of each of its {last.sum()} runs",
    )


def _warned(runs: Runs) -> Runs:
    if "step" not in runs.columns or "run" in runs.columns:
        return runs
    if not runs.table["N"].duplicated().any():
        return runs
    told = (
        f"{runs.name} has a column step but no column run: each row is taken as a run of its own. "
        "If these are training curves, name the run of each row in a column run."
    )
    return replace(runs, warnings=(*runs.warnings, told))


def without_warmup(runs: Runs, steps: float | None = None) -> Runs:
    """Curves without the rows of their warm-up.

    Args:
        steps: rows up to here are left out; if omitted, up to 3000 steps or 5 % of the run,
            whichever is less.
    """
    if not are_curves(runs):
        return runs
    step, keep = runs["step"].astype(float), np.ones(len(runs), bool)
    for rows in each(runs):
        end = min(WARMUP, SHARE * step[rows[-1]]) if steps is None else steps
        keep[rows] = step[rows] > end
    if keep.all():
        return runs
    which = f"{steps:g} steps" if steps is not None else f"{WARMUP} steps or {SHARE:.0%} of a run"
    return runs.subset(keep, f"{(~keep).sum()} rows left out: warm-up, the first {which}")


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


def thinned(runs: Runs, rows_per_run: int | None = None) -> Runs:
    """Curves with as many rows as they have independent ones, about evenly spaced in log step.

    Args:
        rows_per_run: rows to keep of each run; if omitted, as many as keep apart by the correlation
            time of its residuals from a smooth curve in log step, and never fewer than 3.
    """
    if not are_curves(runs):
        return runs
    step, log_loss = runs["step"].astype(float), np.log(runs["loss"])
    keep = np.zeros(len(runs), bool)
    for rows in each(runs):
        x = np.log(step[rows])
        kept = _spaced(x, rows_per_run) if rows_per_run else _independent(x, log_loss[rows])
        keep[rows[kept]] = True
    if keep.all():
        return runs
    return runs.subset(
        keep,
        f"{(~keep).sum()} rows left out: neighbours on a curve are not independent, so "
        f"{keep.sum()} rows spaced in log step stand for all",
    )


def _spaced(x: np.ndarray, count: int) -> np.ndarray:
    """Which of the rows at x (rows,) lie nearest to `count` evenly spaced points, last first."""
    at = np.linspace(x[-1], x[0], min(count, len(x)))
    return np.unique(np.abs(x[None] - at[:, None]).argmin(1))[::-1]


def _independent(x: np.ndarray, log_loss: np.ndarray) -> np.ndarray:
    """Rows spaced in x, each at least a correlation time from the next."""
    if len(x) <= FEWEST:
        return np.arange(len(x))
    degree = min(DEGREE, len(x) // 3)
    smooth = np.polynomial.Polynomial.fit(x, log_loss, degree)
    apart = correlation_time(log_loss - smooth(x))
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
    if not are_curves(runs):
        return _warned(runs)
    table = thinned(without_warmup(runs))
    order = np.lexsort((table["loss"], table["C"]))
    lowest = np.minimum.accumulate(table["loss"][order])
    keep = np.zeros(len(table), bool)
    keep[order[np.flatnonzero(np.diff(lowest, prepend=np.inf) < 0)]] = True
    return table.subset(
        keep,
        f"{(~keep).sum()} more rows left out: {keep.sum()} are the lower envelope of the curves",
    )


def with_steps(runs: Runs) -> Runs:
    """A table with the columns S (steps) and B (tokens a step), as laws of steps read them.

    S is the column `S` or `step`, B the column `B` or `batch_tokens`; one of them may be missing,
    for D = B S.

    Raises:
        InputError: neither can be told.
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
