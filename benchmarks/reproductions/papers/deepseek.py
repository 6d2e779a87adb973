"""DeepSeek LLM 2024: its two allocation laws are one, as D = C / M."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reproductions.rows import Row, by_rounding, halves

CITATION = "DeepSeek-AI 2024, arXiv:2401.02954"
M = dict(scale="0.1715", power="0.5243")  # FLOPs per token of the best model, .1715 C^.5243


def tokens() -> Iterator[Row]:
    """The constants of tokens follow from those of FLOPs per token."""
    p, half = {name: float(x) for name, x in M.items()}, halves(M)
    yield Row(
        "equation 4",
        "scale of the best tokens",
        "5.8316",
        **by_rounding(lambda x: 1 / x["scale"], p, half),
    )
    yield Row("equation 4", "power of C in the best tokens", "0.4757",
              **by_rounding(lambda x: 1 - x["power"], p, half))  # fmt: skip


PARTS = (tokens,)
