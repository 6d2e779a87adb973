"""Skaling 2026, which published the law that is `kaplan_chinchilla` here: its error far out.

Of the paper's numbers only the range of its point errors far outside the data was read; printed
here is the end of it that is nearer to ours. Ours is the median over the splits of public sweeps in
`benchmarks/splits.py`, each fitted below and asked above.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.reproductions.fits import Fitted
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import folder
from benchmarks.splits import splits

CITATION = "Skaling 2026, arXiv:2608.07222"
NAME = "mean error of losses far outside the data, % (0.5 to 2 printed)"


def errors(law: str) -> np.ndarray:
    """Mean absolute error of log loss above each cut, fitted to the runs below it (splits,)."""
    found = []
    for split in splits(folder()):
        fit = Fitted(law, split.runs.subset(split.below))
        above = split.runs.subset(~split.below)
        predicted = fit.loss({name: above[name] for name in ("N", "D")})
        found.append(np.abs(np.log(predicted / above["loss"])).mean())
    return np.array(found)


def far_outside() -> Iterator[Row]:
    """Point predictions of larger runs."""
    found = 100 * errors("kaplan_chinchilla")
    yield Row("text", NAME, "2.0", float(np.median(found)),
              f"{len(found)} splits of public sweeps", theirs=(0.5, 2.0))  # fmt: skip


PARTS = (far_outside,)
