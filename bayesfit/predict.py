"""The loss that draws promise for runs: of the surface, and of a run observed with its scatter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from numpyro.distributions import StudentT

from bayesfit import bands, offsets
from bayesfit.discrepancy import corrected
from bayesfit.law import Law, View
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

    Draws that carry a `kappa` have their shortfall beyond the data (`bayesfit.discrepancy`).
    """
    surface = np.asarray(_log_surface(law, _numbers(values), _inputs(law, columns)))
    return corrected(surface, values)


@jax.jit
def _observe(problem: Problem, values: dict, surface, columns: dict, code, seed):
    noise, ref, mine = problem.noise, problem.reference_run, code[len(problem.log_loss) :]
    runs = View(**columns, error_variance=0.0)  # of a run that is recorded exactly

    def one(each):
        key, theta, mu = each
        theta = View(**theta)
        scatter = noise.scatter(theta, runs, ref)
        if noise.offset is None:
            return mu + scatter.expand(mu.shape).sample(key)
        assert isinstance(scatter, StudentT)
        shared, own = jax.random.split(key)
        u, stretch = offsets.draw(shared, problem.offsets_told(theta, code), theta.nu)
        error = stretch[mine] * scatter.scale * jax.random.normal(own, mu.shape)
        return mu + noise.offset(theta) * u[mine] + error

    keys = jax.random.split(jax.random.key(seed), len(surface))
    return jax.lax.map(one, (keys, values, surface), batch_size=BATCH)


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
    code = problem.models_with(columns)
    return np.asarray(_observe(problem, _numbers(values), surface, inputs, code, seed))


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
