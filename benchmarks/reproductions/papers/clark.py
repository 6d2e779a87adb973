"""Clark et al. 2022: the laws of three routers and of dense models, from the published runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import LEAST_SQUARES, RESAMPLES, Fitted, band
from benchmarks.reproductions.rows import Row, by_rounding, rounded
from benchmarks.reproductions.tables import built_in

CITATION = "Clark et al. 2022, arXiv:2202.01169"
PRINTED = {  # table 3: a, b, c, d, E_start, E_max, and the size at which experts stop to help
    "S-Base": ("-0.082", "-0.108", "0.009", "1.104", "1.847", "314.478", "937e9"),
    "RL-R": ("-0.083", "-0.126", "0.012", "1.111", "1.880", "469.982", "85e9"),
    "Hash": ("-0.087", "-0.136", "0.012", "1.157", "4.175", "477.741", "83e9"),
}
NAMES = ("a", "b", "c", "d", "E_start", "E_max")
DIGITS = {"RL-R": dict(E_start="1.880")}
DATA = "routed, {} runs of the paper"
WHY = "the paper chose its fit by cross-validation, ours is least squares of all runs"


def routers() -> Iterator[Row]:
    """Table 3 and N_cutoff, refitted by least squares of log loss."""
    runs = built_in("routed")
    for router, printed in PRINTED.items():
        own = runs.table[runs.table["router"] == router].reset_index(drop=True)
        found = Fitted("routed", from_frame(own, router), delta=LEAST_SQUARES, resamples=RESAMPLES)
        data = DATA.format(len(own))
        for name, text in zip(NAMES, printed[:-1], strict=True):
            yield Row("table 3", f"{name} of {router}", text, data=data, why=WHY, **found.row(name))
        cutoff = 10 ** (-found.draws["b"] / found.draws["c"])
        yield Row(
            "text",
            f"N_cutoff of {router}, parameters",
            printed[-1],
            10 ** (-found.at("b") / found.at("c")),
            data,
            why=WHY,
            **band(cutoff),
        )


def from_table_3() -> Iterator[Row]:
    """What the rounded constants of table 3 give."""
    for index, (router, printed) in enumerate(PRINTED.items()):
        p, half = rounded("routed", index, **DIGITS.get(router, {}))
        yield Row(
            "text",
            f"N_cutoff of {router} from the rounded b and c, parameters",
            printed[-1],
            **by_rounding(
                lambda x: 10 ** (-x["b"] / x["c"]), p, {name: half[name] for name in "bc"}
            ),
        )
        yield Row("text", f"exponent of dense models by the law of {router}", "0.078",
                  why="each router's law was fitted to the dense models too, but not to them alone",
                  **by_rounding(lambda x: -x["a"] - x["c"] * np.log10(x["E_start"]), p,
                                {name: half[name] for name in "ac"}))  # fmt: skip


def dense() -> Iterator[Row]:
    """Dense models by themselves."""
    runs = built_in("routed")
    own = runs.table[(runs.table["experts"] == 1) & (runs.table["router"] == "Hash")]
    found = Fitted("kaplan_n", from_frame(own.reset_index(drop=True), "dense"),
                   delta=LEAST_SQUARES, resamples=RESAMPLES)  # fmt: skip
    data = DATA.format(f"{len(own)} dense")
    yield Row("text", "alpha_N of dense models", "0.078", data=data, **found.row("alpha_N"))
    yield Row("text", "N_c of dense models, parameters", "3.568e13", data=data, **found.row("N_c"))


PARTS = (routers, from_table_3, dense)
