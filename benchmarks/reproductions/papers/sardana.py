"""Sardana et al. 2024: the cheapest model of a quality that also has to be served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

import bayesfit
from bayesfit.prediction.optimum import optima
from benchmarks.reproductions.rows import Row

CITATION = "Sardana et al. 2024, arXiv:2401.00448"
P = dict(E=1.69, A=406.4, B=410.7, alpha=0.336, beta=0.283)  # Hoffmann et al.'s, as used there
ONE = {name: np.array([x]) for name, x in P.items()}
LAW = "chinchilla_approach3"


class Case(NamedTuple):
    """What the best model of a quality saves once it is served.

    Attributes:
        N: its parameters.
        tokens: its training tokens over those of Chinchilla's best model.
        saved: share of all FLOPs, and `flops` how many these are.
    """

    N: float
    tokens: float
    saved: float
    flops: float


def cheapest(size: float, served: float) -> Case:
    """Of the quality that Chinchilla's law gives to its best model of `size`, to serve tokens."""
    law = bayesfit.load_law(LAW)
    trained = crossing(lambda C: optima(law, ONE, C)["N"].item() / size)
    once = optima(law, ONE, trained)
    wanted = float(once["loss"].item())
    assert law.optimum is not None
    budget = crossing(
        lambda C: wanted / optima(law, ONE, C, inference_tokens=served)["loss"].item(), trained
    )
    best = optima(law, ONE, budget, inference_tokens=served)
    before = trained + 2 * size * served
    return Case(float(best["N"].item()), float(best["D"].item() / once["D"].item()),
                1 - budget / before, before - budget)  # fmt: skip


def crossing(ratio, low: float = 1e18) -> float:
    """The budget at which a ratio that rises with it is one."""
    return float(np.exp(brentq(lambda x: np.log(ratio(np.exp(x))), np.log(low), np.log(1e28))))


def cases() -> Iterator[Row]:
    """The examples of the text."""
    for size, served, printed in (
        (13e9, 2e12, dict(N="7e9", saved="17", flops="1.7e22")),
        (30e9, 1e13, dict(N="13.6e9", tokens="2.84", saved="28")),
        (7e9, 1e11, dict(N="6e9", tokens="1.18")),
    ):
        found = cheapest(size, served)
        said = f"of {size / 1e9:g}B quality for {served:g} tokens served"
        for name, text in printed.items():
            what = dict(
                N="best parameters",
                tokens="training tokens over Chinchilla's",
                saved="FLOPs saved, %,",
                flops="FLOPs saved",
            )[name]
            ours = getattr(found, name) * (100 if name == "saved" else 1)
            yield Row("text", f"{what} {said}", text, ours)  # fmt: skip


PARTS = (cases,)
