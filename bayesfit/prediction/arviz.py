"""What xarray and arviz are given: draws of predictions, and a fit with all of arviz's groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.inference.draws import Draws, as_arviz
from bayesfit.prediction.bending import bent
from bayesfit.prediction.sensitivity import log_priors
from bayesfit.prediction.surface import log_observed, log_surface
from bayesfit.problem import Problem, prior_draws

PRIOR_DRAWS = 500


def dataset(values: Mapping[str, np.ndarray], along: str, points: np.ndarray) -> Any:
    """Arrays (draws, points) as an `xarray.Dataset`."""
    import xarray

    found = {name: (("draw", along), np.asarray(x)) for name, x in values.items()}
    count = len(next(iter(values.values())))
    return xarray.Dataset(found, coords={"draw": np.arange(count), along: points})


def prior_predictive(problem: Problem, columns: Mapping[str, np.ndarray], count: int, seed: int):
    """What the priors predict for runs, an `xarray.Dataset` over (draw, run)."""
    surface, observed = _prior_predictive(problem, columns, count, seed)[1:]
    inverse, response = problem.law.link.inverse, problem.law.response
    with np.errstate(over="ignore"):  # a prior may allow such scatter that a loss is infinite
        values = {response: inverse(surface), "observed": inverse(observed)}
    return dataset(values, "run", np.arange(surface.shape[1]))


def _prior_predictive(problem: Problem, columns, count: int, seed: int):
    """Prior draws, and on the scale of the link what they predict for runs (draws, runs) each."""
    drawn = prior_draws(problem, count, seed)
    # The runs fitted must not speak of their own offsets: they weigh nothing here.
    blank = replace(problem, weights=0.0 * problem.weights)
    surface = log_surface(*bent(problem.law, blank, drawn, seed), columns)
    return drawn, surface, log_observed(blank, drawn, surface, columns, seed)


def whole(problem: Problem, posterior: Draws, runs: Runs, seed: int) -> Any:
    """A fit as arviz wants it: with prior and predictive groups, and log priors for its psense."""
    columns, name = problem.inputs(runs), posterior.observable
    tree = posterior.to_xarray()
    chains, draws = next(iter(posterior.values.values())).shape[:2]
    surface = log_surface(*bent(problem.law, problem, posterior.flat, seed), columns)
    again = log_observed(problem, posterior.flat, surface, columns, seed)
    names = {"run": tree["observed_data"].to_dataset().coords["run"]}
    _join(tree, "posterior_predictive", {name: again.reshape(chains, draws, -1)}, names)
    priors = log_priors(problem, posterior.flat)
    _join(tree, "log_prior", {n: x.reshape(chains, draws) for n, x in priors.items()}, {})
    drawn, _, observed = _prior_predictive(problem, columns, PRIOR_DRAWS, seed)
    _join(tree, "prior", {n: np.asarray(x)[None] for n, x in drawn.items()}, {})
    _join(tree, "prior_predictive", {name: observed[None]}, names)
    return as_arviz(tree)


def _join(tree: Any, group: str, values: Mapping[str, np.ndarray], coords: Mapping) -> None:
    import xarray

    found = {}
    for name, x in values.items():
        beyond = list(coords) if coords else [f"{name}_dim_{i}" for i in range(x.ndim - 2)]
        found[name] = (("chain", "draw", *beyond), x)
    first = next(iter(values.values()))
    counted = {"chain": np.arange(first.shape[0]), "draw": np.arange(first.shape[1])}
    tree[group] = xarray.DataTree(xarray.Dataset(found, coords=counted | dict(coords)))
