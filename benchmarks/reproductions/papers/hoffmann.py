"""Hoffmann et al. 2022 (Chinchilla): tables 2, 3 and A3, by the law, by C = 6 N D and by refits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import bayesfit
from bayesfit.constants import PF_DAY
from bayesfit.data import isoflop
from bayesfit.formatting import count
from bayesfit.kaplan.crossing import PUBLISHED
from bayesfit.law import View
from bayesfit.prediction.optimum import optima
from benchmarks.reproductions.fits import RESAMPLES, band
from benchmarks.reproductions.rows import ROUNDING, Row, by_rounding, last_digit, rounded
from benchmarks.reproductions.tables import built_in

CITATION = "Hoffmann et al. 2022, arXiv:2203.15556"
SIZES = (400e6, 1e9, 10e9, 67e9, 175e9, 280e9, 520e9, 1e12, 10e12)
TABLE = {  # approach -> FLOPs and tokens of each size, as printed
    1: (
        "1.92e19 1.21e20 1.23e22 5.76e23 3.85e24 9.90e24 3.43e25 1.27e26 1.30e28",
        "8.0e9 20.2e9 205.1e9 1.5e12 3.7e12 5.9e12 11.0e12 21.2e12 216.2e12",
    ),
    2: (
        "1.84e19 1.20e20 1.32e22 6.88e23 4.54e24 1.18e25 4.19e25 1.59e26 1.75e28",
        "7.7e9 20.0e9 219.5e9 1.7e12 4.3e12 7.1e12 13.4e12 26.5e12 292.0e12",
    ),
    3: (
        "2.21e19 1.62e20 2.46e22 1.71e24 1.26e24 3.52e25 1.36e26 5.65e26 8.55e28",
        "9.2e9 27.1e9 410.1e9 4.1e12 12.0e12 20.1e12 43.5e12 94.1e12 1425.5e12",
    ),
}
TABLE_2 = {1: ("0.50", (0.488, 0.502)), 2: ("0.49", (0.462, 0.534)), 3: ("0.46", (0.454, 0.455))}
GOPHER = 5.76e23  # FLOPs
SLIP = "a slip of the exponent in print: 6 N D of the row is ten times as much"
NOT_ITS_OWN = "6 N D of the row's size and tokens is not its FLOPs: one of the three is off"
OTHER_CONSTANTS = "the column was not made with the constants that the paper's source gives"


def column(approach: int) -> Iterator[tuple[float, str, str]]:
    """Size, FLOPs and tokens of each row of a table."""
    flops, tokens = (x.split() for x in TABLE[approach])
    yield from zip(SIZES, flops, tokens, strict=True)


def where(approach: int) -> str:
    """The table of an approach."""
    return "table 3" if approach == 1 else "table A3"


def six_n_d() -> Iterator[Row]:
    """FLOPs of the printed sizes and tokens."""
    for approach in TABLE:
        for N, flops, tokens in column(approach):
            half = 3 * N * last_digit(tokens)
            C = 6 * N * float(tokens)
            yield Row(where(approach), f"FLOPs of {count(N)} parameters, approach {approach}",
                      flops, C, "its sizes and tokens, C = 6 N D", (C - half, C + half), ROUNDING,
                      why=SLIP if flops == "1.26e24" else NOT_ITS_OWN)  # fmt: skip


def frontier() -> Iterator[Row]:
    """How N* grows with C down each column, and what the column says between its rows."""
    for approach, (printed, interval) in TABLE_2.items():
        C = np.array([6 * N * float(tokens) for N, _, tokens in column(approach)])
        slope = np.polyfit(np.log(C), np.log(SIZES), 1)[0]
        yield Row(
            "table 2",
            f"a of approach {approach}, from its column of {where(approach)}",
            printed,
            slope,
            "its sizes and tokens",
            theirs=interval,
        )
        if approach == 1:
            between = np.exp(np.interp(np.log(1e21), np.log(C), np.log(SIZES)))
            yield Row("text", "best size at 1e21 FLOPs, approach 1, parameters", "2.86e9",
                      between, "its sizes and tokens")  # fmt: skip


def approach_3() -> Iterator[Row]:
    """What the unrounded constants of approach 3 give."""
    law = bayesfit.load_law("chinchilla_approach3")
    p, half = rounded("chinchilla_approach3", A="406.40", B="410.70")

    def derived(name):
        return by_rounding(lambda x: np.asarray(law.derived(View(**x))[name]), p, half)

    def tokens(x, N):
        """D of the budget whose best size is N: N* is a power of C, and 1 FLOP has one too."""
        a = law.derived(View(**x))["a"]
        C = (N / law.optimum(View(**x), 1.0)[0]) ** (1 / a)
        return C / (6 * N)

    yield Row("table 2", "a of approach 3, from its constants", "0.46", **derived("a"))
    yield Row("table 2", "b of approach 3, from its constants", "0.54", **derived("b"))
    yield Row(
        "text",
        "best size at Gopher's FLOPs, approach 3, parameters",
        "40e9",
        **by_rounding(lambda x: optima(law, x, [GOPHER])["N"][:, 0], p, half),
    )
    for N, _, printed in column(3):
        yield Row(
            "table A3",
            f"tokens for {count(N)} parameters, approach 3",
            printed,
            **by_rounding(lambda x, N=N: tokens(x, N), p, half),
            why=OTHER_CONSTANTS,
        )


def approach_2() -> Iterator[Row]:
    """Parabolas and a line, on the runs as digitised from figure 4."""
    runs = built_in("chinchilla")
    found = isoflop.two_step(runs, bootstrap=RESAMPLES)
    data = f"chinchilla, {len(runs)} digitised runs"
    yield Row(
        "table 2",
        "a of approach 2, refitted",
        "0.49",
        found.a,
        data,
        theirs=TABLE_2[2][1],
        **band(found.refits[:, 0]),
    )
    draws = np.exp(found.refits[:, 1] + found.refits[:, 0] * np.log(GOPHER / 6))
    yield Row("text", "best size at Gopher's FLOPs, approach 2, parameters", "63e9",
              found.N(GOPHER), data, **band(draws))  # fmt: skip


def models() -> Iterator[Row]:
    """FLOPs of the models that the text speaks of."""
    full = "the paper counts FLOPs in full (appendix F), with embeddings and attention"
    for name, N, tokens, printed, why in (
        ("Chinchilla, 70B", 70e9, "1.4e12", "5.76e23", full),
        ("Gopher, 280B", 280e9, "300e9", "5.76e23", full),
        ("a 175B model", 175e9, "4.2e12", "4.41e24", ""),
        ("a 280B model", 280e9, "6.8e12", "1e25", ""),
    ):
        C, half = 6 * N * float(tokens), 3 * N * last_digit(tokens)
        yield Row(
            "text",
            f"FLOPs of {name}",
            printed,
            C,
            "its sizes and tokens, C = 6 N D",
            (C - half, C + half),
            ROUNDING,
            why=why,
        )
    p, half = rounded("chinchilla_approach1", 1)
    yield Row("text", "best size at 1e21 FLOPs by Kaplan et al., parameters", "4.68e9",
              **by_rounding(lambda x: kaplan_size(1e21, x["a"]), p, dict(a=half["a"])),
              why="their line is not that of Kaplan's table 6, 1.3e9 (C / PF-day)^.73, whose N has "
              "no embeddings")  # fmt: skip


def kaplan_size(C: float, power: np.ndarray) -> np.ndarray:
    """Kaplan et al. 2020, table 6."""
    return PUBLISHED["N_e"] * (C / PF_DAY) ** power


PARTS = (six_n_d, frontier, approach_3, approach_2, models)
