"""Dey et al. 2023 (Cerebras-GPT): loss against FLOPs of seven models, from the printed losses."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import LEAST_SQUARES, RESAMPLES, Fitted, band
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import built_in

CITATION = "Dey et al. 2023, arXiv:2304.03208"
DATA = "pile, the seven models of Cerebras"


def frontier() -> Iterator[Row]:
    """Equation 1: L = (C / C_0)^-alpha + E, a power law plus a constant in the FLOPs."""
    table = built_in("pile").table
    own = table[table["family"] == "Cerebras-GPT"]
    runs = from_frame(own[["C", "loss"]].rename(columns={"C": "N"}).reset_index(drop=True), "C")
    found = Fitted("henighan", runs, delta=LEAST_SQUARES, resamples=RESAMPLES)
    yield Row(
        "equation 1",
        "exponent of C",
        "-0.0737",
        -found.at("alpha"),
        DATA,
        **band(-found.draws["alpha"]),
    )
    yield Row("equation 1", "C_0, FLOPs", "5.984e22", data=DATA, **found.row("N_0"))
    yield Row("equation 1", "E, nats per token", "0.5066", data=DATA, **found.row("L_inf"))


PARTS = (frontier,)
