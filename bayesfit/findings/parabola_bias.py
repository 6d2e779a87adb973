"""What parabolas through this table's isoFLOP profiles would miss, even without scatter.

They are biased where the grid is wide or off-centre, since losses rise faster towards small models
than towards large ones, or the other way round (Czech et al. 2026, arXiv:2603.22339).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from bayesfit.data import isoflop
from bayesfit.data.runs import Runs
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import percent
from bayesfit.prediction.surface import log_surface

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]  # loss of N and D
BIASED = 0.05  # error of a parabola's optimum above which it is a REVIEW
FINE = 4001  # sizes at which the surface's own optimum is looked for


class Bias(NamedTuple):
    """What parabolas make of profiles without scatter.

    Attributes:
        optima: vertex over the surface's own optimum of each budget, minus 1.
        exponent: slope of log N* on log C by the vertices, minus that by the optima.
    """

    optima: np.ndarray
    exponent: float


def applies(fit: Fit) -> bool:
    """Whether the law has one surface of the loss over N and D alone."""
    return fit.law.is_of_loss and set(fit.law.inputs) == {"N", "D"} and not fit.law.group


def look(fit: Fit) -> Iterator[Finding]:
    """The bias by the fitted surface; nothing without at least two profiles."""
    bias = parabola_bias(fitted_surface(fit), fit.runs)
    if bias is not None:
        yield in_words(bias)


def fitted_surface(fit: Fit) -> Surface:
    """The loss by the MLE, as a function of N and D."""
    one = {name: np.asarray(x)[None] for name, x in fit.estimate.items()}
    return lambda N, D: fit.law.link.inverse(log_surface(fit.law, one, dict(N=N, D=D))[0])


def parabola_bias(surface: Surface, runs: Runs) -> Bias | None:
    """Error of the parabola on the table's own grid of N and C, if losses had no scatter.

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
    drift = np.polyfit(np.log(budgets[good]), vertex - best, 1)[0]
    return Bias(np.expm1(vertex - best), float(drift))


def _optima(surface: Surface, N: np.ndarray, C: float) -> tuple[float, float]:
    """log N at the vertex of the parabola through the sizes N, and where the surface is lowest."""
    vertex, _, _ = isoflop.parabola(np.log(N), surface(N, C / (6 * N)))
    fine = np.geomspace(N.min() / 30, N.max() * 30, FINE)
    return vertex, float(np.log(fine[np.argmin(surface(fine, C / (6 * fine)))]))


def in_words(bias: Bias) -> Finding:
    """The finding about a bias."""
    median, worst = (float(f(np.abs(bias.optima))) for f in (np.median, np.max))
    sentence = (
        f"Even without scatter, parabolas through these isoFLOP profiles would miss N* by "
        f"{percent(median)} (median) to {percent(worst)} and its exponent by {bias.exponent:+.4f}, "
        "because of the width and the centres of the grid (Czech, arXiv:2603.22339)."
    )
    if worst <= BIASED:
        return Finding("PASS", "isoFLOP", sentence)
    advice = "Believe this law rather than parabolas on this grid (approach 2)."
    return Finding("REVIEW", "isoFLOP", sentence, advice)


check = Check(look=look, applies=applies, order=60)
