"""Gadre et al. 2024: the over-training law of three corpora, each from five small runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

import bayesfit
from bayesfit.law import View
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import shared

CITATION = "Gadre et al. 2024, arXiv:2403.08540"
PRINTED = {
    ("c4_original", "C4"): dict(E="1.51", a_N="141", a_D="190", eta="0.121"),
    ("rpj", "RedPajama"): dict(E="1.84", a_N="212", a_D="367", eta="0.136"),
    ("rw_original", "RefinedWeb"): dict(E="1.73", a_N="157", a_D="246", eta="0.127"),
}
NAMES = dict(E="E", a_N="a", a_D="b", eta="eta")  # ours -> the paper's
DATA = "the authors' runs, validation loss on C4: {}, five of at most 0.5B parameters"


def fitted(table: pd.DataFrame) -> View:
    """The law through the paper's five runs, by least squares of the loss as the authors do."""
    small, M = table["N_total"], table["tokens_per_param"]
    five = table[((M == 20) & (small < 0.5e9)) | ((M == 320) & (small < 0.02e9))]
    runs = View(N=five["N_total"].to_numpy(float), D=five["D"].to_numpy(float))
    found, _ = curve_fit(lambda _, *x: loss(View(**dict(zip(NAMES, x, strict=True))), runs),
                         runs.N, five["loss"].to_numpy(), p0=(1.5, 150, 200, 0.12))  # fmt: skip
    return View(**dict(zip(NAMES, map(float, found), strict=True)))


def loss(p: View, runs: View) -> np.ndarray:
    """Nats per token."""
    return np.exp(np.asarray(bayesfit.load_law("overtraining").log_loss(p, runs)))


def coefficients() -> Iterator[Row]:
    """The table of coefficients, and the run of 640 tokens per parameter that was predicted."""
    runs = shared("gadre_overtrain.csv")
    for (family, corpus), printed in PRINTED.items():
        own = runs[runs["family"] == family]
        p, data = fitted(own), DATA.format(corpus)
        for name, text in printed.items():
            yield Row(
                "table of coefficients", f"{NAMES[name]} of {corpus}", text, getattr(p, name), data
            )
        if family == "rpj":
            last = own[own["tokens_per_param"] == 640].nlargest(1, "N_total").iloc[0]
            predicted = loss(p, View(N=float(last["N_total"]), D=float(last["D"])))
            yield Row(
                "abstract",
                "error of the loss of 1.4B on 900B tokens, %",
                "0.7",
                100 * abs(float(predicted) / float(last["loss"]) - 1),
                data,
                why="ours is on validation loss of C4, in which the coefficients are",
            )


PARTS = (coefficients,)
