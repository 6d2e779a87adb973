"""McCandlish et al. 2018: the hyperbola of steps and tokens, on public runs of later years.

The paper's own runs are not public. Its equation says that (S / S_min - 1) is the inverse of
(E / E_min - 1), so that steps exceed S_min by the first power of B_crit / B, and that the critical
batch takes twice the least steps. Zhang et al. 2024 publish steps to a target loss at
nine batches for five sizes, against which that can be held.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from bayesfit.kaplan import batch
from benchmarks.reproductions.fits import band
from benchmarks.reproductions.rows import Row, ends
from benchmarks.reproductions.tables import shared

CITATION = "McCandlish et al. 2018, arXiv:1812.06162"
DATA = "steps to a target at nine batches, five sizes, of Zhang et al. 2024 (arXiv:2410.21676)"
RESAMPLES = 200


def power(log_S: np.ndarray, log_B: np.ndarray, code: np.ndarray) -> float:
    """p of S = S_min (1 + (B_crit / B)^p), S_min and B_crit of each size, by least squares."""
    sizes = code.max() + 1
    start = np.concatenate([
        [log_S[code == i].min() for i in range(sizes)],
        [np.median(log_B[code == i]) for i in range(sizes)], [1.0],
    ])  # fmt: skip

    def residuals(x):
        return x[code] + np.log1p(np.exp(x[-1] * (x[sizes + code] - log_B))) - log_S

    return float(least_squares(residuals, start).x[-1])


def hyperbola() -> Iterator[Row]:
    """The power of the batch, and what the critical batch takes."""
    runs = shared("cbs_steps_to_target.csv")
    log_S, log_B = np.log(runs["step"].to_numpy(float)), np.log(runs["batch_tokens"].to_numpy())
    code = pd.factorize(runs["N"])[0]
    rng, draws = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        again = np.concatenate([rng.choice(own := np.flatnonzero(code == i), len(own))
                                for i in range(code.max() + 1)])  # fmt: skip
        draws.append(power(log_S[again], log_B[again], code[again]))
    yield Row("equation 2.11", "power of B_crit / B in S / S_min - 1", "1.00",
              power(log_S, log_B, code), DATA,
              why="the excess of steps falls a little faster than the hyperbola says",
              **band(np.array(draws)))  # fmt: skip
    yield from at_the_critical_batch(log_S, log_B, code)


def at_the_critical_batch(log_S, log_B, code) -> Iterator[Row]:
    """Steps there (tokens exceed the least by as much), read off the runs between two batches."""
    steps = []
    for i in range(code.max() + 1):
        own = np.flatnonzero(code == i)[np.argsort(log_B[code == i])]
        S_min, B_crit = batch.hyperbola(np.exp(log_S[own]), np.exp(log_B[own]))
        steps.append(np.exp(np.interp(np.log(B_crit), log_B[own], log_S[own])) / S_min)
    yield Row(
        "equation 2.11",
        "steps at the critical batch, over the least",
        "2.00",
        float(np.mean(steps)),
        DATA,
        known=ends(steps),
        known_by="the five sizes",
    )


PARTS = (hyperbola,)
