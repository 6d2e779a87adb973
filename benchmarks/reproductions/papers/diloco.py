"""Charles et al. 2025 (DiLoCo): power laws in N of each way of training, from printed losses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import LEAST_SQUARES, RESAMPLES, Fitted, band
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import built_in

CITATION = "Charles et al. 2025, arXiv:2503.09799"
TABLE_7 = {  # replicas, 0 without DiLoCo -> scale and exponent
    0: ("18.129", "-0.0953"),
    1: ("18.363", "-0.0961"),
    2: ("18.768", "-0.0969"),
    4: ("19.762", "-0.0992"),
    8: ("21.051", "-0.1018"),
}
LARGEST = 3e9  # the paper predicts the models above
DATA = "diloco, the printed losses"
DECIMALS = 0.001  # of a printed loss


def each_by_itself() -> Iterator[Row]:
    """Table 7: L = A N^alpha."""
    table = built_in("diloco", all_runs=True).table
    for replicas, (scale, exponent) in TABLE_7.items():
        own = table[(table["replicas"] == replicas) & (table["N"] < LARGEST)]
        found = Fitted("kaplan_n", from_frame(own[["N", "loss"]].reset_index(drop=True), "diloco"),
                       delta=LEAST_SQUARES, resamples=RESAMPLES)  # fmt: skip
        name = f"{replicas} replicas" if replicas else "data parallel"
        level = {x: np.exp(p["alpha_N"] * np.log(p["N_c"]))
                 for x, p in (("at", found.values), ("draws", found.draws))}  # fmt: skip
        yield Row(
            "table 7",
            f"A, {name}",
            scale,
            float(level["at"][0]),
            DATA,
            **band(level["draws"]),
        )
        yield Row("table 7", f"alpha, {name}", exponent, -found.at("alpha_N"), DATA,
                  **band(-found.draws["alpha_N"]))  # fmt: skip


def joint() -> Iterator[Row]:
    """Table 10: L = A N^alpha M^beta over all numbers of replicas, by least squares of logs."""
    table = built_in("diloco", all_runs=True).table
    own = table[(table["replicas"] > 0) & (table["N"] < LARGEST)]
    columns = np.column_stack([np.ones(len(own)), np.log(own["N"]), np.log(own["replicas"])])
    weights, loss = np.linalg.pinv(columns), own["loss"].to_numpy()
    found = weights @ np.log(loss)
    reach = np.abs(weights) @ (DECIMALS / 2 / loss)  # all losses moved in the worst way
    for k, (name, printed) in enumerate(dict(A="19.226", alpha="-0.0985", beta="0.0116").items()):
        at = np.exp if name == "A" else float
        low, ours, high = (float(at(found[k] + s * reach[k])) for s in (-1, 0, 1))
        yield Row("table 10", f"{name} of the joint law", printed, ours, DATA, (low, high),
                  "rounding of the printed losses")  # fmt: skip


PARTS = (each_by_itself, joint)
