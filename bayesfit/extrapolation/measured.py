"""How bands have held on public sweeps: what `make bands` counted, law by law.

The figures are those of sweeps that had no part in the setting that they are scored with
(`benchmarks/BANDS.md`). They are the likelihood's too: with another one nothing was counted.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from bayesfit.formatting import percent
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood

LIKELIHOOD = "misfit_t"  # that was counted with


class Measured(NamedTuple):
    """Shares of larger runs inside the bands of fits to the smaller ones.

    Attributes:
        splits, sweeps: how many there were.
        inside80, inside95: shares, means over splits.
        least_sd: the smallest sd of the law's own forecast, in log loss, of any split.
        farthest: decades of compute from the largest run fitted to the farthest that was predicted.
        usual: the same, to nine in ten of those that were predicted.
    """

    splits: int
    sweeps: int
    inside80: float
    inside95: float
    least_sd: float
    farthest: float
    usual: float


def measured(law: Law, likelihood: Likelihood) -> Measured | None:
    """What was counted for a law as it is shipped; None if nothing was."""
    row = _table().get(law.name)
    shipped = not law.home and not law.overrides
    if row is None or not shipped or likelihood.name != LIKELIHOOD or row["misfit"] != law.misfit:
        return None
    return Measured(
        splits=int(row["splits"]),
        sweeps=int(row["sweeps"]),
        inside80=row["inside80"],
        inside95=row["inside95"],
        least_sd=row["least_sd"],
        farthest=row["farthest"],
        usual=row["usual"],
    )


def in_words(found: Measured) -> str:
    """One sentence, for wherever a probability is said."""
    return (
        f"On {found.splits} splits of {found.sweeps} public sweeps, 80 % bands of this law held "
        f"{percent(found.inside80)} of the larger runs and 95 % bands {percent(found.inside95)}."
    )


@cache
def _table() -> dict[str, dict[str, float]]:
    """Law -> column -> number."""
    text = (files("bayesfit.extrapolation") / "measured.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row.pop("law"): {name: float(x) for name, x in row.items()} for row in rows}
