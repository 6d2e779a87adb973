"""Muennighoff et al. 2023: what repeated data is worth, from 182 runs and by the fitted law."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

import bayesfit
from bayesfit import models
from bayesfit.inference import mle
from bayesfit.law import View
from bayesfit.prediction.optimum import optima
from benchmarks.reproductions.fits import response
from benchmarks.reproductions.rows import Row, by_rounding, halves
from benchmarks.reproductions.tables import shared

CITATION = "Muennighoff et al. 2023, arXiv:2305.16264"
LAW = "data_constrained"
DATA = "datablations, the 182 runs of the paper's fit"
FITS = "appendix, table of fits"
BUDGET = 9.3e21  # FLOPs
FLAT_VALLEY = "the valley is flat: the loss at the printed size is"
ENDLESS = 1e9  # repetitions that never lose their worth
FLAT = "the objective is flat: a lower minimum lies near R_D* 95 and R_N* 1.7"


class Score(NamedTuple):
    """Sum of Huber losses of log loss at 1e-3, and R2 of the loss."""

    huber: float
    r2: float


def score(R_D_star: float, R_N_star: float) -> Score:
    """Of the paper's base law with these two constants, over its runs."""
    runs, law = table(), models.load(LAW)
    p = dict(law.published[0].values) | dict(R_D_star=R_D_star, R_N_star=R_N_star)
    one = {name: np.array([x]) for name, x in p.items()}
    fitted, loss = response(law, one, {x: runs[x] for x in law.inputs})[0], runs["loss"].to_numpy()
    huber = float(np.asarray(mle.huber(np.log(fitted / loss), mle.DELTA)).sum())
    return Score(huber, 1 - np.sum((fitted - loss) ** 2) / np.sum((loss - loss.mean()) ** 2))


@cache
def table():
    """The runs of the paper's fit."""
    return shared("datablations.csv").query("in_paper_fit == 1").reset_index(drop=True)


def best(objective, start) -> np.ndarray:
    """The constants near `start` with the least objective, searched in their logs."""
    found = minimize(lambda x: 1e3 * objective(*np.exp(x)), np.log(start), method="Nelder-Mead",
                     options=dict(xatol=1e-4, fatol=1e-7))  # fmt: skip
    return np.exp(found.x)


def refits() -> Iterator[Row]:
    """The two constants, both and each by itself, and how well each law does."""
    both = best(lambda D, N: score(D, N).huber, (15.0, 5.0))
    yield Row(FITS, "R_D*", "15.387756", both[0], DATA, why=FLAT)
    yield Row(FITS, "R_N*", "5.309743", both[1], DATA, why=FLAT)
    yield Row(FITS, "sum of Huber losses", "0.01582594", score(*both).huber, DATA)
    yield Row(FITS, "R2, both decay", "0.7722", score(*both).r2, DATA)
    for name, printed, R in (("data", "0.06", both[0]), ("parameters", "0.19", both[1])):
        yield Row(
            "appendix",
            f"share of its worth that a repetition of {name} loses",
            printed,
            1 / R,
            DATA,
            why="1 / R_D* rounds to 0.07; 0.06 is what is left if it is cut",
        )
    yield Row(FITS, "R2, nothing decays", "0.4452", score(ENDLESS, ENDLESS).r2, DATA)
    (alone,) = best(lambda D: score(D, ENDLESS).huber, (3.0,))
    yield Row(FITS, "R_D*, data alone decay", "2.9157", alone, DATA)
    yield Row(FITS, "R2, data alone decay", "0.7354", score(alone, ENDLESS).r2, DATA)
    yield Row(
        FITS, "R2, parameters alone decay with R_N* = 713", "0.4488", score(ENDLESS, 713).r2, DATA
    )
    (alone,) = best(lambda N: score(ENDLESS, N).huber, (700.0,))
    there, share = score(ENDLESS, alone), score(ENDLESS, alone).huber / score(ENDLESS, 713).huber
    yield Row(FITS, "R_N*, parameters alone decay", "713.0", alone, DATA,
              why=f"713 is no minimum: at ours the objective is {share:.2f} times as large, and R2 "
              f"{there.r2:.2f}")  # fmt: skip


def base_law() -> Iterator[Row]:
    """The law without repetition, whose logs are printed with more digits than its constants."""
    p = dict(bayesfit.load_law("chinchilla_tied").published[0].values)
    for name, printed in dict(A="521", B="1488", E="1.87").items():
        yield Row("appendix", f"{name} of the base law, from its log", printed, p[name])
    p = models.load(LAW).published[0].values
    huge = View(N=1e30, D=1e9, unique_tokens=1e9)
    useful = import_module("bayesfit.models.data_constrained").parameters_worth(View(**p), huge)
    yield Row("appendix", "parameters that a unique token can use", "0.051",
              float(useful) / (1 + p["R_N_star"]) / 1e9)  # fmt: skip


def worth_of_tokens() -> Iterator[Row]:
    """What four epochs lose, over the rounding of the sizes and tokens that are printed."""
    law, p = models.load(LAW), one_draw()

    def lost(x):
        """Per cent of the loss that repeating costs."""
        run = dict(N=x["N"], D=x["D"])
        once = response(law, p, run | dict(unique_tokens=x["D"]))[0]
        return 100 * (response(law, p, run | dict(unique_tokens=x["U"]))[0] / once - 1)

    texts = dict(N="8.7e9", D="178e9", U="44e9")
    run = {name: float(x) for name, x in texts.items()}
    yield Row("text", "loss of 8.7B on 178B tokens, 44B unique, over that of all unique, %", "0.72",
              why="not known: no rounding of the sizes and tokens reaches it",
              **by_rounding(lost, run, halves(texts)))  # fmt: skip


def few_unique_tokens() -> Iterator[Row]:
    """The best sizes of a budget, and what the printed ones lose."""
    law, p, sizes = models.load(LAW), one_draw(), []
    for name, unique, printed in (("all", 1e15, "8.67e9"), ("25B", 25e9, "6.34e9")):
        best_N = optima(law, p, [BUDGET], given=dict(unique_tokens=unique))["N"].item()
        N = np.array([best_N, float(printed)])
        loss = response(law, p, dict(N=N, D=BUDGET / (6 * N), unique_tokens=unique))[0]
        yield Row(
            "text",
            f"best size at 9.3e21 FLOPs, {name} tokens unique, parameters",
            printed,
            best_N,
            why=f"{FLAT_VALLEY} {100 * (loss[1] / loss[0] - 1):.1g} % more",
        )
        sizes.append(best_N)
    yield Row("text", "fewer parameters with 25B unique tokens, %", "27",
              100 * (1 - sizes[1] / sizes[0]), why="of the two best sizes, which the valley, being "
              "flat, hardly tells")  # fmt: skip


def one_draw() -> dict[str, np.ndarray]:
    """The published constants."""
    return {name: np.array([x]) for name, x in models.load(LAW).published[0].values.items()}


PARTS = (refits, base_law, worth_of_tokens, few_unique_tokens)
