"""The loss that draws promise for runs: of the surface, and of a run observed with its scatter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit import bands, devices  # noqa: F401
from bayesfit.discrepancy import corrected
from bayesfit.law import Law, View
from bayesfit.noise import Noise

Columns = Mapping[str, np.ndarray]


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


@partial(jax.jit, static_argnums=0)
def _observe(noise: Noise, values: dict, surface, columns: dict, ref: dict, seed):
    keys = jax.random.split(jax.random.key(seed), len(surface))

    def one(key, theta, mu):
        runs = View(**columns, error_variance=0.0)  # of a run that is recorded exactly
        scatter = noise.scatter(View(**theta), runs, View(**ref))
        return mu + scatter.expand(mu.shape).sample(key)

    return jax.vmap(one)(keys, values, surface)


def log_observed(
    noise: Noise,
    values: Columns,
    surface: np.ndarray,
    columns: Columns,
    ref: Mapping[str, float],
    seed: int = 0,
) -> np.ndarray:
    """Log loss (draws, runs) of runs observed once, scatter included."""
    inputs = {name: jnp.asarray(columns[name], float) for name in noise.inputs}
    return np.asarray(_observe(noise, _numbers(values), surface, inputs, dict(ref), seed))


def predictions(
    law: Law,
    noise: Noise,
    values: Columns,
    columns: Columns,
    ref: Mapping[str, float],
    seed: int = 0,
) -> pd.DataFrame:
    """One row a run: bands of the surface (`loss`, or another response), and `observed`.

    Args:
        values: flat draws, of a posterior.
        columns: the inputs of the law and the noise, each (runs,).
        ref: the reference run of the fit.
    """
    surface = log_surface(law, values, columns)
    observed = log_observed(noise, values, surface, columns, ref, seed)
    return pd.DataFrame(
        {name: np.asarray(columns[name]) for name in law.inputs}
        | bands.columns(law.response, np.exp(surface))
        | bands.columns("observed", np.exp(observed))
    )


def _numbers(values: Columns) -> dict:
    return {name: jnp.asarray(x) for name, x in values.items()}
