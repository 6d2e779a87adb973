"""The loss that draws promise for runs: of the surface, and of a run observed with its scatter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from numpyro.distributions import StudentT

from bayesfit import bands
from bayesfit.law import Law, View
from bayesfit.likelihoods import _offsets as offsets
from bayesfit.likelihoods.noise import Noise
from bayesfit.prediction.shortfall import corrected
from bayesfit.problem import Problem

Columns = Mapping[str, np.ndarray]
BATCH = 64  # draws at once where each needs the residuals of all runs


@partial(jax.jit, static_argnums=0)
def _log_surface(law: Law, values: dict, columns: dict):
    return jax.vmap(lambda p: law.log_loss(View(**p), View(**columns)))(values)


def _inputs(law: Law, columns: Columns) -> dict:
    inputs = {name: jnp.asarray(columns[name], float) for name in law.inputs}
    return inputs | ({"group": jnp.asarray(columns["group"])} if law.group else {})


def log_surface(law: Law, values: Columns, columns: Columns) -> np.ndarray:
    """Fitted log loss (draws, runs) of flat draws at the inputs in `columns`, each (runs,).

    A law with groups reads them as integer codes, `group` (`Problem.inputs`).

    Draws that carry a `kappa` have their shortfall beyond the data (`bayesfit.prediction.shortfall`).
    """
    surface = np.asarray(_log_surface(law, _numbers(values), _inputs(law, columns)))
    return corrected(surface, values)


@partial(jax.jit, static_argnums=0)
def _observe(noise: Noise, values: dict, surface, columns: dict, ref: dict, keys):
    """Runs that have nothing in common but the law."""

    def one(key, theta, mu):
        return mu + _scatter(noise, theta, columns, View(**ref)).expand(mu.shape).sample(key)

    return jax.vmap(one)(keys, values, surface)


@jax.jit
def _observe_sharing(problem: Problem, values: dict, surface, columns: dict, code, keys):
    """Runs that share offsets; `code` as in `Problem.models_with`."""
    mine = code[len(problem.log_loss) :]

    def one(each):
        key, theta, mu = each
        scatter = _scatter(problem.noise, theta, columns, problem.reference_run)
        assert isinstance(scatter, StudentT) and problem.noise.offset is not None
        shared, own = jax.random.split(key)
        told = problem.offsets_told(View(**theta), code)
        u, stretch = offsets.draw(shared, told, theta["nu"])
        error = stretch[mine] * scatter.scale * jax.random.normal(own, mu.shape)
        return mu + problem.noise.offset(View(**theta)) * u[mine] + error

    return jax.lax.map(one, (keys, values, surface), batch_size=BATCH)


def _scatter(noise: Noise, theta: dict, columns: dict, ref: View):
    runs = View(**columns, error_variance=0.0)  # of a run that is recorded exactly
    return noise.scatter(View(**theta), runs, ref)


def log_observed(
    problem: Problem, values: Columns, surface: np.ndarray, columns: Columns, seed: int = 0
) -> np.ndarray:
    """Log loss (draws, runs) of runs observed once, scatter included.

    Where runs of a model share an offset, those of a model that was fitted have what its runs tell
    of it, and those of another model one that is drawn anew.

    Args:
        problem: the fit.
        surface: fitted log loss of the runs (`log_surface`).
        columns: their inputs (`Problem.inputs`).
    """
    inputs = {name: jnp.asarray(columns[name], float) for name in problem.noise.inputs}
    numbers, keys = _numbers(values), jax.random.split(jax.random.key(seed), len(surface))
    if problem.noise.offset is None:
        return np.asarray(
            _observe(problem.noise, numbers, surface, inputs, dict(problem.ref), keys)
        )
    code = problem.models_with(columns)
    return np.asarray(_observe_sharing(problem, numbers, surface, inputs, code, keys))


@jax.jit
def _expected_offset(problem: Problem, values: dict, code):
    mine, offset = code[len(problem.log_loss) :], problem.noise.offset
    assert offset is not None

    def one(theta):
        theta = View(**theta)
        return offset(theta) * problem.offsets_told(theta, code).mean[mine]

    return jax.lax.map(one, values, batch_size=BATCH)


def log_offset(problem: Problem, values: Columns, columns: Columns) -> np.ndarray:
    """The offset to expect of runs of models that were fitted, 0 of others (draws, runs)."""
    if problem.noise.offset is None:
        return np.zeros((1, len(next(iter(columns.values())))))
    return np.asarray(_expected_offset(problem, _numbers(values), problem.models_with(columns)))


def predictions(problem: Problem, values: Columns, columns: Columns, seed: int = 0) -> pd.DataFrame:
    """One row a run: bands of the surface (`loss`, or another response), and `observed`.

    Args:
        problem: the fit.
        values: flat draws, of its posterior.
        columns: the inputs of the law and the noise, each (runs,).
    """
    law = problem.law
    surface = log_surface(law, values, columns)
    observed = log_observed(problem, values, surface, columns, seed)
    return pd.DataFrame(
        {name: np.asarray(columns[name]) for name in law.inputs}
        | bands.columns(law.response, np.exp(surface))
        | bands.columns("observed", np.exp(observed))
    )


def _numbers(values: Columns) -> dict:
    return {name: jnp.asarray(x) for name, x in values.items()}
