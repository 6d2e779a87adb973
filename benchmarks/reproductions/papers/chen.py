"""Chen et al. 2025: what parallel streams are worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit import models
from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import LEAST_SQUARES, RESAMPLES, Fitted, response
from benchmarks.reproductions.rows import Row, by_rounding, rounded
from benchmarks.reproductions.tables import shared

CITATION = "Chen et al. 2025, arXiv:2505.10475"
LAW = "parallel"
CORPORA = {
    "stack": dict(E="0.691", A="1.13e7", alpha="0.189", k="0.394"),
    "pile": dict(E="1.29", A="1.97e8", alpha="0.196", k="0.334"),
}
EQUALS = {1: "4.33e9", 2: "3.4e9", 8: "2.38e9"}  # streams -> size as good as 2.8B with four


def demonstration() -> Iterator[Row]:
    """2.8B parameters with four streams, and the sizes that are as good with others."""
    law, (p, half) = models.load(LAW), rounded(LAW)
    four = dict(N=2.8e9, streams=4.0)
    yield Row(
        "demonstration",
        "loss of 2.8B with four streams, Stack",
        "1.01548",
        **by_rounding(lambda x: response(law, x, four)[:, 0], p, half),
    )
    for streams, printed in EQUALS.items():

        def size(x, streams=streams):
            return four["N"] * (1 + x["k"] * np.log(4)) / (1 + x["k"] * np.log(streams))

        yield Row("demonstration", f"size as good with {streams} streams, parameters", printed,
                  **by_rounding(size, p, half))  # fmt: skip


def refits() -> Iterator[Row]:
    """The constants of both corpora, by least squares."""
    table = shared("scalebench/parallel.csv")
    table = table.rename(columns=dict(num_params="N", parallel_size="streams"))
    for corpus, printed in CORPORA.items():
        own = table[table["group"] == corpus][["N", "streams", "loss"]].reset_index(drop=True)
        found = Fitted(LAW, from_frame(own, corpus), delta=LEAST_SQUARES, resamples=RESAMPLES)
        for name, text in printed.items():
            yield Row(
                "text",
                f"{name} of {corpus}",
                text,
                data=f"ScaleBench's copy of the runs, {len(own)}",
                **found.row(name),
            )


PARTS = (demonstration, refits)
