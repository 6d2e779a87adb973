"""Tables with a known truth."""

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, from_frame

LEVELS = dict(a=0.9, b=1.0, c=1.1)  # how the loss of three corpora differs
TRUTH = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)


def chinchilla_table(seed: int = 0, runs: int = 60, sigma: float = 0.01, nu: float = 4.0) -> Runs:
    """Runs of Chinchilla's form with Student-t scatter, N and D independent."""
    rng = np.random.default_rng(seed)
    N = 10 ** rng.uniform(7.7, 10.0, runs)
    D = N * 10 ** rng.uniform(0.3, 2.3, runs)
    p = TRUTH
    surface = p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]
    loss = surface * np.exp(sigma * rng.standard_t(nu, runs))
    return from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "simulated", simulated=True)


def corpora(runs: int = 30) -> Runs:
    """Three corpora that share a law, but for the level of their loss."""
    parts = []
    for seed, (corpus, level) in enumerate(LEVELS.items()):
        table = chinchilla_table(seed, runs=runs, sigma=0.004).table
        parts.append(table.assign(loss=level * table["loss"], corpus=corpus))
    return from_frame(pd.concat(parts, ignore_index=True), "three corpora", simulated=True)


def recipes(seed: int, gain: float, old: int = 40, new: int = 12, sigma: float = 0.004) -> Runs:
    """An old recipe, and a new one that gets as far on `gain` times fewer tokens, and compute."""
    rng, p = np.random.default_rng(seed), TRUTH
    N = 10 ** rng.uniform(7.7, 9.7, old + new)
    D = N * 10 ** rng.uniform(0.7, 2.0, old + new)
    is_new = np.arange(old + new) >= old
    worth = np.where(is_new, gain, 1.0) * D
    surface = p["E"] + p["A"] / N ** p["alpha"] + p["B"] / worth ** p["beta"]
    loss = surface * np.exp(sigma * rng.standard_normal(old + new))
    recipe = np.where(is_new, "new", "old")
    return from_frame(
        pd.DataFrame(dict(recipe=recipe, N=N, D=D, loss=loss)), "pair", simulated=True
    )
