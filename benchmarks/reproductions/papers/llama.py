"""Llama 3 2024: the tokens and the size of its largest model, from the printed power of C."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reproductions.rows import ROUNDING, Row, by_rounding, halves, last_digit

CITATION = "Llama Team 2024, arXiv:2407.21783"
CONSTANTS = {"text": ("0.53", "0.29"), "legend of the figure": ("0.537", "0.299")}  # alpha and A
BUDGET, TOKENS = 3.8e25, "16.55e12"
TOO_FEW = "two digits of a power are too few at 1e25 FLOPs: those of the figure give the number"


def largest() -> Iterator[Row]:
    """The best tokens of 3.8e25 FLOPs, A C^alpha, and the size that goes with them."""
    for where, (alpha, A) in CONSTANTS.items():
        texts = dict(alpha=alpha, A=A)
        p = {name: float(x) for name, x in texts.items()}
        found = by_rounding(lambda x: x["A"] * BUDGET ** x["alpha"], p, halves(texts))
        yield Row(
            where,
            f"best tokens at 3.8e25 FLOPs, constants of the {where}",
            TOKENS,
            why=TOO_FEW,
            **found,
        )
    half = last_digit(TOKENS) / 2
    N, *ends = (BUDGET / (6 * (float(TOKENS) + x)) for x in (0, half, -half))
    yield Row("text", "best size at 3.8e25 FLOPs, C / (6 D), parameters", "402e9", N,
              "its budget and tokens", tuple(ends), ROUNDING,
              why=f"6 N D of the two is {6 * 402e9 * float(TOKENS):.2g} FLOPs")  # fmt: skip


PARTS = (largest,)
