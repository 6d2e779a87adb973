"""How much the answers of a fit hang on its priors, by power scaling.

A prior raised to a power alpha near 1 is a little stronger or weaker; the posterior that it would
give is had from the draws by importance weights prior**(alpha - 1), without another fit. How fast
the distribution of an answer moves with log2(alpha) is its sensitivity, from 0 (not at all); above
NOTABLE a person should know of it (Kallioinen, Paananen, Bürkner & Vehtari 2024,
arXiv:2107.14054, whose distance and threshold these are).

The priors are those of the law and of the scatter. How groups, sizes or places deviate (random and
hidden parameters) is part of the model and is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit.computing import program
from bayesfit.constants import UNRELIABLE
from bayesfit.inference.draws import smoothed
from bayesfit.problem import Problem

NOTABLE = 0.05
STEP = 0.01  # of alpha, either side of 1
HALF, TWICE = 0.5, 2.0  # powers for which the answers themselves are given

Answers = Mapping[str, np.ndarray]  # name -> draws


def log_priors(problem: Problem, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Log prior density of each parameter that is no deviation, name -> (draws,)."""
    names = [
        name
        for name in problem.shapes
        if name not in (*problem.law.random, *problem.likelihood.hidden)
    ]
    theta = {name: np.asarray(values[name]) for name in names}
    return {name: np.asarray(x) for name, x in _log_priors(problem, theta).items()}


@program
def _log_priors(problem: Problem, theta: dict) -> dict:
    priors = problem.priors()

    def height(name):
        return jax.vmap(lambda x: jnp.sum(priors[name].log_prob(x)))

    return {name: height(name)(x) for name, x in theta.items()}


def log_likelihood(problem: Problem, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Joint log density of the runs (draws,)."""
    theta = {name: np.asarray(values[name]) for name in problem.shapes}
    return np.asarray(_log_likelihood(problem, theta))


@program
def _log_likelihood(problem: Problem, theta: dict):
    return jax.vmap(problem.log_likelihood_of)(theta)


def sensitivity(log_density: np.ndarray, answer: np.ndarray) -> float:
    """How fast the distribution of an answer moves with log2 of the power of a density.

    Args:
        log_density: log of what is raised to a power, such as a prior (draws,).
        answer: draws of it (draws,); not finite ones are left out.
    """
    known = np.isfinite(answer) & np.isfinite(log_density)
    if known.sum() < 2 or np.ptp(answer[known]) == 0:
        return 0.0
    order = np.argsort(answer[known])
    x, height = answer[known][order], log_density[known][order]
    moved = sum(_distance(x, _weights(step * height)) for step in (STEP, -STEP))
    return float(moved / np.log2((1 + STEP) / (1 - STEP)))


def _weights(log_weights: np.ndarray) -> np.ndarray:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def _distance(x: np.ndarray, weights: np.ndarray) -> float:
    """Cumulative Jensen-Shannon distance of sorted draws with and without weights, from 0 to 1."""
    width, even = np.diff(x), np.arange(1, len(x)) / len(x)
    other = np.cumsum(weights)[:-1]
    ends = ((even, other), (1.0 - even, np.maximum(1.0 - other, 0.0)))  # x, and x turned round
    return float(np.sqrt(max(_divergence(width, p, q) for p, q in ends)))


def _divergence(width: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    middle, areas = 0.5 * (p + q), (float(width @ p), float(width @ q))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = [np.nan_to_num(one * np.log2(one / middle)) for one in (p, q)]
    return max(0.0, float(width @ (each[0] + each[1])) / sum(areas))


def table(
    priors: Mapping[str, np.ndarray], likelihood: np.ndarray, answers: Answers
) -> pd.DataFrame:
    """One row an answer: its sensitivity to all priors, to each, and to the likelihood.

    Args:
        priors: log density of each (`log_priors`).
        likelihood: joint log density of the runs (draws,).
        answers: draws of each.

    Returns:
        Columns `prior`, `likelihood`, `median`; `median_half` and `median_twice`, what the median
        would be if all priors were half or twice as strong (NaN where the draws do not reach so
        far); and `prior_NAME` for each prior.
    """
    whole = np.sum(list(priors.values()), axis=0)
    scaled = {power: _scaled(whole, power) for power in (HALF, TWICE)}
    rows = {}
    for name, draws in answers.items():
        rows[name] = dict(
            prior=sensitivity(whole, draws),
            likelihood=sensitivity(likelihood, draws),
            median=float(np.quantile(draws, 0.5, method="nearest")),
            median_half=_median(draws, scaled[HALF]),
            median_twice=_median(draws, scaled[TWICE]),
            **{f"prior_{one}": sensitivity(x, draws) for one, x in priors.items()},
        )
    shape = None if rows else ["prior", "likelihood", "median", "median_half", "median_twice"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=shape).rename_axis("answer")


def _scaled(log_density: np.ndarray, power: float) -> np.ndarray | None:
    """Weights of the draws under a density to a power; None if they rest on too few draws."""
    log_weights, k = smoothed((1.0 - power) * log_density[None])
    return None if k[0] > UNRELIABLE else _weights(np.asarray(log_weights)[0])


def _median(draws: np.ndarray, weights: np.ndarray | None) -> float:
    if weights is None:
        return np.nan
    order = np.argsort(draws)
    return float(draws[order][np.searchsorted(np.cumsum(weights[order]), 0.5)])


def notable(found: pd.DataFrame) -> list[str]:
    """The answers that a person should not quote without a word about the priors."""
    return [str(name) for name in found.index[found["prior"] > NOTABLE]]
