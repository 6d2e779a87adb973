"""How much narrower each parameter is than its prior: the posterior, and refits without priors."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np
import pandas as pd
from numpyro.distributions import biject_to

from bayesfit.computing import program
from bayesfit.fitted import Fit
from bayesfit.problem import Problem

PRIOR_DRAWS = 4000
Draws = dict[str, np.ndarray]
Pair = tuple[str, np.ndarray, np.ndarray]  # name, prior and posterior draws


def spread_ratio(fit: Fit) -> pd.Series:
    """Posterior spread over prior spread, one value a parameter, `name[group]` for vectors.

    Spread is half the middle 68 %. Single numbers are those at the reference run, how far groups
    differ included, on their unbounded scale (log, logit). Vectors have a value for each group in
    the table: what the law reads for it, by its log where that is positive. What a random effect is
    made of (standard normal deviations) says nothing by itself and is left out.
    """
    prior, posterior = prior_draws(fit.problem, PRIOR_DRAWS), fit.posterior.flat
    pairs = [*_numbers(fit, prior, posterior), *_vectors(fit, prior, posterior)]
    ratios = {name: _spread(after) / _spread(before) for name, before, after in pairs}
    return pd.Series(ratios, dtype=float)


def spread_of_refits(fit: Fit) -> pd.Series:
    """Spread of the bootstrap's refits, which have no priors, over prior spread.

    Of each parameter that is a number at the reference run, but for those whose refits lie at a
    bound; empty without a bootstrap.
    """
    if fit.bootstrap is None:
        return pd.Series(dtype=float)
    prior, refits = prior_draws(fit.problem, PRIOR_DRAWS), fit.bootstrap.flat
    with np.errstate(invalid="ignore"):
        ratios = {n: _spread(x) / _spread(before) for n, before, x in _numbers(fit, prior, refits)}
    found = pd.Series(ratios, dtype=float)
    return found[np.isfinite(found)]


def _numbers(fit: Fit, prior: Draws, posterior: Draws) -> Iterator[Pair]:
    shapes = fit.problem.law_shapes
    names = [name for name in shapes if name in posterior and posterior[name].ndim == 1]
    both = {name: np.concatenate([prior[name], posterior[name]]) for name in names}
    found = _unbounded(fit.problem, both)
    for name in names:
        before, after = np.split(np.asarray(found[name]), [len(prior[name])])
        yield name, before, after


@program
def _unbounded(problem: Problem, values: dict) -> dict:
    priors = problem.law_priors()
    return {name: biject_to(priors[name].support).inv(x) for name, x in values.items()}


def _vectors(fit: Fit, prior: Draws, posterior: Draws) -> Iterator[Pair]:
    for name, before in prior.items():
        after = posterior[name]
        if after.ndim == 1 or name in (*fit.law.random, *fit.likelihood.hidden):
            continue
        if min(np.min(before), np.min(after)) > 0:
            before, after = np.log(before), np.log(after)
        for code, label in enumerate(fit.labels):
            yield f"{name}[{label}]", before[:, code], after[:, code]


def _spread(x: np.ndarray) -> float:
    low, high = np.quantile(x, [0.16, 0.84])
    return float(high - low)


def prior_draws(problem: Problem, count: int, seed: int = 0) -> Draws:
    """Prior draws of what the law reads: the paper's parameters, and those at the reference run."""
    return {name: np.asarray(x) for name, x in _prior_draws(problem, count, seed).items()}


@program(static_argnums=1, hasty=True)
def _prior_draws(problem: Problem, count: int, seed: int) -> dict:
    # Straight from theta: by `Problem.draw_prior` and back it takes three times as long to compile.
    priors = problem.law_priors()
    keys = jax.random.split(jax.random.key(seed), len(priors))
    theta = {n: p.sample(k, (count,)) for (n, p), k in zip(priors.items(), keys, strict=True)}
    return jax.vmap(problem.textbook)(theta) | theta
