"""Runs against the first of them, draw by draw: what they share, such as E, drops out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Column, Table
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, percent
from bayesfit.law import Law
from bayesfit.questions import _cells as cells


def against_the_first(fit: Fit, runs: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """One row a run but the first: how much more it loses than the first, with bands.

    Args:
        runs: what `Fit.predict` takes; `frame` what it gave.

    Returns:
        `run` and `first` in words, bands of `difference` (of the surface), and two probabilities
        that the run's response is the lower one: of the surface, and of one run of each.
    """
    _check_distinct(fit, frame)
    drawn = fit.predict(runs, draws=True)
    names = [_named(frame, i, fit.law) for i in range(len(frame))]
    surface, observed = (drawn[name].to_numpy() for name in (fit.law.response, "observed"))
    apart, shown = surface[:, 1:] - surface[:, :1], observed[:, 1:] - observed[:, :1]
    return pd.DataFrame(
        dict(run=names[1:], first=names[0])
        | bands.columns("difference", apart)
        | dict(probability=np.mean(apart < 0, 0), probability_observed=np.mean(shown < 0, 0))
    )


def _check_distinct(fit: Fit, frame: pd.DataFrame) -> None:
    """InputError if two groups without runs are compared: one draw stands for each of them."""
    group = fit.law.group
    unseen = sorted(set(map(str, frame[group])) - set(fit.labels)) if group in frame else []
    if len(unseen) > 1:
        raise InputError(
            f"no run is of {' or '.join(unseen)}, so nothing tells them apart: compare one of them"
        )


def _named(frame: pd.DataFrame, row: int, law: Law) -> str:
    """ "N 33B, D 1.4T"."""
    names = [name for name in dict.fromkeys(("run", law.group, *law.inputs)) if name in frame]
    values = [(name, frame[name].iloc[row]) for name in names]
    words = [f"{name} {x if isinstance(x, str) else count(float(x))}" for name, x in values]
    return ", ".join(words)


def table(frame: pd.DataFrame, law: Law) -> Table:
    """The differences for people."""
    shown: list[Column] = [("run", list(frame["run"]))]
    shown.append((f"{law.response} more than the first", cells.each(frame["difference"], _signed)))
    shown += [cells.band(frame, "difference", level, _signed) for level in (80, 95)]
    shown.append(("P(lower)", cells.shares(frame["probability"])))
    shown.append(("P(lower), one run each", cells.shares(frame["probability_observed"])))
    return Table(frame, f"Against the first, {frame['first'].iloc[0]}", shown)


def sentences(frame: pd.DataFrame, law: Law) -> Iterator[str]:
    """What each difference comes to."""
    for row in _rows(frame):
        low, high = sorted((abs(row["difference_lo80"]), abs(row["difference_hi80"])))
        one_sided = row["difference_lo80"] * row["difference_hi80"] > 0
        way = "less" if row["difference"] < 0 else "more"
        ends = f"{low:.3g} to {high:.3g}" if one_sided else _both_ways(row)
        yield (
            f"{row['run']}: a {law.response} {abs(row['difference']):.3g} {way} than "
            f"{row['first']} (80 %: {ends}); it is the lower one in "
            f"{percent(row['probability'])} of draws."
        )


def _both_ways(row: pd.Series) -> str:
    return f"{_signed(row['difference_lo80'])} to {_signed(row['difference_hi80'])}"


def _signed(x: float) -> str:
    return f"{x:+.3g}"


def _rows(frame: pd.DataFrame) -> Iterable[pd.Series]:
    return (row for _, row in frame.iterrows())
