"""How findings name runs: by number, from 1 as all that a person reads, and by what is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesfit.data.headings import RUN, column_of
from bayesfit.fitted import Fit
from bayesfit.formatting import count, joined, number

NAMED = 3  # runs that a sentence names


def named(fit: Fit, rows: Sequence[int] | np.ndarray) -> str:
    """The first runs of some, and how many there are more."""
    more = len(rows) - NAMED
    said = [_one(fit, int(row)) for row in rows[:NAMED]] + ([f"{more} more"] if more > 0 else [])
    return joined(said)


def _one(fit: Fit, row: int) -> str:
    table = fit.runs.table
    named_by = column_of(table, RUN)
    about = [str(table[named_by].iloc[row])] if named_by else []
    about += [f"{name} {count(table[name].iloc[row])}" for name in ("N", "D") if name in table]
    response = fit.law.response
    if response in table:
        about.append(f"{response} {number(table[response].iloc[row], 4)}")
    return f"run {row + 1} ({', '.join(about)})"
