"""Pearce & Song 2024: Kaplan's exponents from Chinchilla's law, embeddings left out.

N* is then no power law of C, and the slope of a line through it depends on the points that it goes
through. The authors' script takes the best of twenty sizes at each of a hundred budgets, with the
nearest of a thousand numbers of tokens; along the law's own optimum, over the sizes of Kaplan et
al., the slope is another, and depends on whether points are even in log C or in log N.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import numpy as np

import bayesfit
from bayesfit.law import View
from benchmarks.reproductions.rows import Row, ends

CITATION = "Pearce & Song 2024, arXiv:2406.12907"
SIZES, BUDGETS = np.logspace(2.9, 9.2, 20), np.logspace(12.95, 20.7, 100)  # the authors'
TOKENS = np.logspace(6, 25, 1000)
KAPLAN = np.geomspace(790, 1.58e9, 2000)  # sizes of Kaplan et al., parameters
GRIDS = "points even in log C, or in log N"
PRINTED = (("Besiroglu et al.", "0.78", "-0.069"), ("Hoffmann et al.", "0.74", "-0.066"))


def on_the_grid(values) -> tuple[float, float]:
    """Slopes of log N* and of log L in log C, as the authors' script finds them."""
    law, best = bayesfit.load_law("pearce_song"), []
    for C in BUDGETS:
        nearest = np.abs(6 * SIZES[:, None] * TOKENS - C).argmin(axis=1)
        loss = np.asarray(law.log_loss(View(**values), View(N=SIZES, D=TOKENS[nearest])))
        best.append((np.log(SIZES[loss.argmin()]), loss.min()))
    size, loss = np.polyfit(np.log(BUDGETS), np.array(best), 1)[0]
    return float(size), float(loss)


def along_the_optimum(values) -> tuple[list[float], list[float]]:
    """The same slopes through points of the optimum even in log C, and even in log N."""
    law, module = bayesfit.load_law("pearce_song"), import_module("bayesfit.models.pearce_song")
    p, log_N = View(**values), np.log(KAPLAN)
    log_C = np.asarray(module.log_flops(p, KAPLAN))
    even = np.linspace(log_C[0], log_C[-1], len(KAPLAN))
    sizes, losses = [], []
    for C, N in ((even, np.interp(even, log_C, log_N)), (log_C, log_N)):
        log_loss = law.log_loss(p, View(N=np.exp(N), D=np.exp(C - N) / 6))
        sizes.append(float(np.polyfit(C, N, 1)[0]))
        losses.append(float(np.polyfit(C, np.asarray(log_loss), 1)[0]))
    return sizes, losses


def local_exponents() -> Iterator[Row]:
    """Over the sizes of Kaplan et al., by the constants of two fits to all parameters."""
    law = bayesfit.load_law("pearce_song")
    for published, (name, *printed) in zip(law.published, PRINTED, strict=True):
        grid, optimum = on_the_grid(published.values), along_the_optimum(published.values)
        for what, text, one, both in zip(("N*", "loss"), printed, grid, optimum, strict=True):
            yield Row("text", f"exponent of C in {what}, {name}, on the authors' grid", text, one)
            yield Row("text", f"exponent of C in {what}, {name}, along the optimum", text, both[0],
                      known=ends(both), known_by=GRIDS,
                      why=f"it depends on the points: {one:.3f} on the authors' grid")  # fmt: skip


PARTS = (local_exponents,)
