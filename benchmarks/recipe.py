"""A peer of our bands: the recipe they grew from, as it was first written down.

The same law with graded Student-t scatter, a normal approximation at the posterior mode instead of
NUTS, and a shortfall kappa drawn beside it: its prior is how kappa varied over the other groups,
its data are the inner fits, each a normal estimate with its own sd, no less than FLOOR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayesfit.binding import bind
from bayesfit.data.runs import Runs
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference.laplace import laplace
from bayesfit.inference.mle import starting_points
from bayesfit.law import Law
from bayesfit.prediction.shortfall import Kappa
from bayesfit.problem import described

DRAWS, FLOOR = 1600, 0.15
LIKELIHOOD = "graded_t"


def fit_below(law: Law, runs: Runs, below: np.ndarray, *, length: int) -> Refit:
    """A refit whose draws are those of the normal approximation."""
    problem = bind(law, runs.subset(below), LIKELIHOOD, length=length)
    shape = laplace(problem, starting_points(problem, 8))[0]
    z = np.random.default_rng(0).standard_normal((DRAWS, len(shape.center)))
    values = described(problem, np.asarray(shape.center) + z @ np.asarray(shape.scale).T)
    return Refit(runs, below, values, lambda: problem)


def kappa(others: Mapping[str, Sequence[Kappa]], inner: Sequence[Kappa]) -> Kappa:
    """The product of the other groups' distribution and of what the inner fits say.

    Args:
        others: group -> kappa of each of its splits; every group counts once.
    """
    seen = np.array([np.mean([k.mean for k in found]) for found in others.values()])
    normals = [Kappa(float(seen.mean()), float(seen.std(ddof=1)))]
    normals += [Kappa(k.mean, max(k.sd, FLOOR)) for k in inner]
    precision = np.array([k.sd**-2 for k in normals])
    mean = np.average([k.mean for k in normals], weights=precision)
    return Kappa(float(mean), float(precision.sum() ** -0.5))
