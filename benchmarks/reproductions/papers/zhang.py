"""Zhang et al. 2024: the critical batch of five sizes, and how it grows with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.kaplan import batch
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import shared

CITATION = "Zhang et al. 2024, arXiv:2410.21676"
HYPERBOLAS = {"85M": ("1293.8", "2.834e6"), "151M": ("1752.4", "5.677e6"),
              "302M": ("2095.3", "1.138e7")}  # fmt: skip
CRITICAL = {"85M": "745", "151M": "955", "302M": "1394", "604M": "1889", "1.2B": "2533"}
BASE = 256  # sequences, from which a batch may take 20 % more steps than perfect scaling
DATA = "the authors' steps to a target loss at nine batches"


def critical_batches() -> Iterator[Row]:
    """Hyperbolas S = a + b / B, the batch of 20 % overhead, and its power of N."""
    runs = shared("cbs_steps_to_target.csv").sort_values("N")
    found = {N: batch.hyperbola(x["step"], x["batch_seqs"]) for N, x in runs.groupby("N")}
    for (name, printed), one in zip(HYPERBOLAS.items(), found.values(), strict=False):
        for what, text, ours in zip(
            ("a, steps", "b, sequences"), printed, (one.S_min, one.S_min * one.B_crit), strict=True
        ):
            yield Row("notebook", f"{what}, of {name}", text, ours, DATA)
    critical = [batch.batch_with_overhead(x.B_crit, BASE) for x in found.values()]
    for (name, text), ours in zip(CRITICAL.items(), critical, strict=True):
        yield Row("notebook", f"critical batch of {name}, sequences", text, float(ours), DATA)
    power, level = np.polyfit(np.log(np.array(list(found)) / 1e6), np.log(critical), 1)
    yield Row("text", "power of N in the critical batch", "0.468", float(power), DATA)
    yield Row("text", "critical batch of 1M parameters on that line, sequences", "93.20",
              float(np.exp(level)), DATA)  # fmt: skip


PARTS = (critical_batches,)
