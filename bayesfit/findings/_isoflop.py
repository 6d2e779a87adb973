"""Whether the design of a sweep can bear an answer: isoFLOP profiles and rays, in words.

Parabolas through isoFLOP profiles are biased where the grid is wide or off-centre, since losses
rise faster towards small models than towards large ones, or the other way round (Czech et al. 2026,
arXiv:2603.22339). Runs on one ray D = kN cannot tell alpha from beta (Kricheli et al. 2026,
arXiv:2605.08541).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data import isoflop
from bayesfit.data.columns import listed
from bayesfit.data.runs import Runs
from bayesfit.formatting import flops, percent

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]  # loss of N and D
BIASED = 0.05  # error of a parabola's optimum from which it is worth a word
FINE = 4001  # sizes at which the surface's own optimum is looked for


class Bias(NamedTuple):
    """What parabolas make of profiles without noise.

    Attributes:
        optima: vertex over the surface's own optimum of each budget, minus 1.
        exponent: slope of log N* on log C by the vertices, minus that by the optima.
    """

    optima: np.ndarray
    exponent: float


def parabola_bias(surface: Surface, runs: Runs) -> Bias | None:
    """Error of the parabola on the table's own grid of N and C, if losses had no noise.

    Args:
        surface: loss of N and D, such as that of a fitted law.

    Returns:
        None if the table has fewer than two profiles.
    """
    found = isoflop.budgets(runs)
    budgets = np.unique(found[np.isfinite(found)])
    if len(budgets) < 2:
        return None
    pairs = np.array([_optima(surface, runs["N"][found == C], C) for C in budgets])
    good = np.isfinite(pairs).all(1)
    if good.sum() < 2:
        return None
    vertex, best = pairs[good].T
    log_C = np.log(budgets[good])
    drift = np.polyfit(log_C, vertex - best, 1)[0]
    return Bias(np.expm1(vertex - best), float(drift))


def _optima(surface: Surface, N: np.ndarray, C: float) -> tuple[float, float]:
    """log N at the vertex of the parabola through the sizes N, and where the surface is lowest."""
    vertex, _, _ = isoflop.parabola(np.log(N), surface(N, C / (6 * N)))
    fine = np.geomspace(N.min() / 30, N.max() * 30, FINE)
    return vertex, float(np.log(fine[np.argmin(surface(fine, C / (6 * fine)))]))


def profiles_in_words(runs: Runs) -> list[tuple[str, str]]:
    """(what was found, what to do) about budgets with few runs, and minima at an edge."""
    table = isoflop.profiles(runs)
    if table.empty:
        return []
    return [*_few(table), *_at_edge(table)]


def _few(table: pd.DataFrame):
    few = table[table["runs"] < isoflop.PARABOLA]
    if len(few):
        yield (
            f"{len(few)} of {len(table)} isoFLOP profiles have fewer than {isoflop.PARABOLA} runs "
            f"({listed(flops(C) for C in few['budget'])} FLOPs): a parabola goes through them "
            "whatever the noise.",
            "Add sizes to these budgets, or leave them out.",
        )


def _at_edge(table: pd.DataFrame):
    edge = table[table["edge"]]
    if len(edge):
        yield (
            f"The lowest loss is at an edge of the profile of {listed(map(flops, edge['budget']))} "
            "FLOPs: its optimum lies outside the sizes that were trained.",
            "Add sizes beyond the edge; until then the optimum there is an extrapolation.",
        )


def bias_in_words(bias: Bias) -> tuple[str, bool]:
    """A sentence, and whether the bias is worth a warning."""
    median, worst = (float(f(np.abs(bias.optima))) for f in (np.median, np.max))
    said = (
        f"Even without noise, parabolas through these isoFLOP profiles would miss N* by "
        f"{percent(median)} (median) to {percent(worst)} and its exponent by {bias.exponent:+.4f}: "
        "the work of the width and the centres of the grid (Czech, arXiv:2603.22339)."
    )
    return said, worst > BIASED


def ray_diversity(runs: Runs, beta: float) -> float:
    """Spread of k^-beta over its mean, k = D/N: what tells the terms of N and D apart.

    On one ray it is 0, and standard errors grow as its inverse.
    """
    share = (runs["D"] / runs["N"]) ** -beta
    return float(share.std() / share.mean())
