"""Henighan et al. 2020: the exponents of language, from each other and from public curves.

The paper's runs are not public. What can be regenerated is how its exponents follow from one
another, and what the digitised curves of GPT-3 and OPT make of those for language.
"""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import RESAMPLES, Fitted
from benchmarks.reproductions.rows import Row, by_rounding, halves
from benchmarks.reproductions.tables import shared

CITATION = "Henighan et al. 2020, arXiv:2010.14701"
LANGUAGE = dict(alpha_C="0.048", alpha_N="0.070")  # losses without a constant
OTHER = "other runs: {} on their own corpora and schedules"


def of_each_other() -> Iterator[Row]:
    """N* grows as C^(alpha_C / alpha_N), if the best model is near its converged loss."""
    p, half = {name: float(x) for name, x in LANGUAGE.items()}, halves(LANGUAGE)
    found = by_rounding(lambda x: x["alpha_C"] / x["alpha_N"], p, half)
    yield Row("text", "exponent of C in N*, all kinds of data", "0.7", **found)
    yield Row("text", "exponent of C in N*, language", "0.73", **found, why="the paper fits it "
              "to the best runs of each budget, ours follows from the two losses")  # fmt: skip


def gpt3() -> Iterator[Row]:
    """Language in C and in N, from eight models of Brown et al. 2020, digitised."""
    runs = from_frame(shared("gpt3_curves.csv").query("split == 'val'"), "gpt3")
    data, why = "validation curves of GPT-3, digitised by ColPret", OTHER.format("eight GPT-3")
    found = Fitted("kaplan_c", runs, resamples=RESAMPLES)
    yield Row("text", "exponent of C, language", LANGUAGE["alpha_C"], data=data, why=why,
              **found.row("alpha_C"))  # fmt: skip
    found = Fitted("kaplan_n", runs, resamples=RESAMPLES)
    yield Row("text", "exponent of N, language, GPT-3", LANGUAGE["alpha_N"], data=data,
              why=why, **found.row("alpha_N"))  # fmt: skip


def opt() -> Iterator[Row]:
    """Language in N, from six models of Zhang et al. 2022."""
    runs = shared("opt_curves.csv").rename(columns={"N_total": "N"})
    found = Fitted("kaplan_n", from_frame(runs, "opt"), resamples=RESAMPLES)
    yield Row("text", "exponent of N, language, OPT", LANGUAGE["alpha_N"],
              data="training curves of OPT, by ColPret", why=OTHER.format("six OPT models"),
              **found.row("alpha_N"))  # fmt: skip


PARTS = (of_each_other, gpt3, opt)
