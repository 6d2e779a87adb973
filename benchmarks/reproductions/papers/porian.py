"""Porian et al. 2024: the exponent of N* as each difference from Chinchilla is removed.

Parabolas and a line on the authors' runs. They smooth profiles by Akima's interpolation and weight
budgets by their own noise; we do neither.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data import isoflop
from bayesfit.data.runs import from_frame
from benchmarks.reproductions.fits import RESAMPLES, band
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import shared

CITATION = "Porian et al. 2024, arXiv:2406.19146"
CHINCHILLA = 5.88e23  # FLOPs, at which the paper prints best sizes
RECIPES = {  # of OpenWebText2 and RefinedWeb -> printed a and its interval
    "reproducing Kaplan": (
        "base_long_kaplan_kaplan_train", ("0.864", 0.82, 0.90), ("0.835", 0.82, 0.85)
    ),
    "counting the last layer": (
        "base_long_kaplan_standard_val", ("0.699", 0.66, 0.72), ("0.706", 0.69, 0.72)
    ),
    "shorter warm-up": (
        "base_short_kaplan_standard_val", ("0.603", 0.57, 0.63), ("0.602", 0.59, 0.62)
    ),
    "cosine for each budget": (
        "base_short_chinchilla_standard_val", ("0.574", 0.54, 0.61), ("0.571", 0.56, 0.59)
    ),
    "tuned, constant rate": (
        "tuned_short_const_standard_val", ("0.518", 0.49, 0.54), ("0.497", 0.49, 0.50)
    ),
}  # fmt: skip
BEST = ("3e12", "787e9", "292e9", "183e9", "77e9")  # OpenWebText2, parameters
WHY = "parabolas on all runs of a profile, where the paper smooths and weights them"


def exponents() -> Iterator[Row]:
    """Table 1, and the best size at Chinchilla's budget."""
    runs = shared("porian_isoflop.csv").query("loss < 6")
    runs = runs.assign(budget=[float(f"{C:.1e}") for C in runs.C])
    data = "the authors' isoFLOP profiles, loss below 6 nats"
    for k, (corpus, name) in enumerate((("owt2", "OpenWebText2"), ("rw", "RefinedWeb"))):
        for (recipe, (config, *printed)), size in zip(RECIPES.items(), BEST, strict=True):
            own = runs[runs.config == f"{corpus}_{config}"]
            own = own[["N", "D", "C", "loss", "budget"]].reset_index(drop=True)
            found = isoflop.two_step(from_frame(own, config), bootstrap=RESAMPLES)
            a, *interval = printed[k]
            yield Row(
                "table 1",
                f"a of {name}, {recipe}",
                a,
                found.a,
                data,
                why=WHY,
                theirs=tuple(interval),
                **band(found.refits[:, 0]),
            )
            if corpus == "owt2":
                log_N = found.refits[:, 1] + found.refits[:, 0] * np.log(CHINCHILLA / 6)
                yield Row("text", f"best size at 5.88e23 FLOPs, {recipe}, parameters", size,
                          found.N(CHINCHILLA), data, why=WHY, **band(np.exp(log_N)))  # fmt: skip


PARTS = (exponents,)
