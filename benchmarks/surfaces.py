"""Dense clean sweeps simulated from surfaces that no fitted law contains: do bands hold there?

Whoever has many clean runs knows the parameters of a wrong law best, and its bands fail worst. Each
surface bends in a way that has been published or is easy to come by, and none is of the form
E + ((A/N**alpha)**(1/q) + (B/D**beta)**(1/q))**q. Budgets up to SMALL are fitted, those from LARGE
on predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from bayesfit import models
from bayesfit.data.runs import from_frame
from bayesfit.law import View
from benchmarks.splits import Split

SMALL, LARGE = 3.1e20, 1.2e21
# budgets, tokens per parameter, scatter of log loss
DESIGNS = ((11, 9, 0.002), (19, 11, 0.001), (22, 18, 0.003))
SEEDS = 2
BESIROGLU = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)  # arXiv:2404.10102

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]  # log loss of N and D


def chinchilla(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Loss by the corrected fit to the Chinchilla runs."""
    p = BESIROGLU
    return p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]


def farseer(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Li et al. 2025 (arXiv:2506.10972), as printed: the exponent of D changes with N."""
    law = models.load("farseer")
    return np.asarray(law.log_loss(View(**law.published[0].values), View(N=N, D=D)))


def embedded(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Chinchilla in parameters without embeddings, of runs that count them (arXiv:2406.12907)."""
    inner = N / (1.0 + 47491.0 * N ** (-2 / 3))  # their N + 47491 N^(1/3), to first order
    return np.log(chinchilla(inner, D))


def breaking(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """The exponent of D falls by a fifth beyond some 2e10 tokens, smoothly (arXiv:2210.14891)."""
    p = BESIROGLU
    term = p["B"] / D ** p["beta"] * (1.0 + (D / 2e10) ** 2) ** (0.1 * p["beta"])
    return np.log(p["E"] + p["A"] / N ** p["alpha"] + term)


def untuned(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """One learning rate for all sizes: the loss rises by .3 % a squared decade from 3e8."""
    return np.log(chinchilla(N, D)) + 0.003 * np.log10(N / 3e8) ** 2


def overtrained(N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Tokens repeated beyond 40 a parameter are worth less (arXiv:2305.16264, R* = 15)."""
    unique = 40.0 * N
    seen = np.minimum(D, unique)
    worth = seen + seen * 15.0 * (1.0 - np.exp(-(D / seen - 1.0) / 15.0))
    return np.log(chinchilla(N, worth))


SURFACES: dict[str, Surface] = dict(
    farseer=farseer,
    embedded=embedded,
    breaking=breaking,
    untuned=untuned,
    overtrained=overtrained,
)


def splits() -> Iterator[Split]:
    """Every surface on every design, a sweep of a name each."""
    for name, surface in SURFACES.items():
        for budgets, ratios, scatter in DESIGNS:
            for seed in range(SEEDS):
                yield _split(name, surface, budgets, ratios, scatter, seed)


def _split(
    name: str, surface: Surface, budgets: int, ratios: int, scatter: float, seed: int
) -> Split:
    rng = np.random.default_rng(seed)
    axes = np.geomspace(1e18, 6e21, budgets), np.geomspace(3, 150, ratios)
    C, ratio = (x.ravel() for x in np.meshgrid(*axes))
    keep = (C <= SMALL) | (C >= LARGE)
    N = np.sqrt(C / 6 / ratio)[keep]
    D = (C[keep]) / (6 * N)
    log_loss = surface(N, D) + scatter * rng.standard_normal(len(N))
    table = pd.DataFrame(dict(N=N, D=D, loss=np.exp(log_loss)))
    cut = f"{len(N)} runs, scatter {100 * scatter:g} %, seed {seed}"
    runs = from_frame(table, f"{name}, {cut}", simulated=True)
    return Split(name, cut, runs, C[keep] <= SMALL)
