"""What draws predict for runs: the surface, and a run observed with its scatter.

Everything is on the scale of the law's link (log loss, for most), until a table of bands is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.binding import filled, padded_length
from bayesfit.computing import program
from bayesfit.law import Law, View
from bayesfit.problem import Problem

Columns = Mapping[str, np.ndarray]
BATCH = 64  # draws at once where each needs the residuals of all runs
CELLS = 2**24  # draws x runs that are predicted at once
BLOCK = 512  # draws that one program observes, so that any number of draws and runs has the same


NUMBERS = 2**18  # of a surface that are worked out at once: a bent law needs 50 more for each


@program(static_argnums=(0, 1))
def _log_surface(law: Law, batch: int, values: dict, columns: dict):
    def one(p):
        return law.log_loss(View(**p), View(**columns))

    return jax.lax.map(one, values, batch_size=batch)


def log_surface(law: Law, values: Columns, columns: Columns) -> np.ndarray:
    """Fitted response on the scale of the link (draws, runs), such as log loss.

    Args:
        values: flat draws.
        columns: inputs of the law, each (runs,); groups as integer codes (`Problem.inputs`).
    """
    inputs = {name: np.asarray(columns[name], float) for name in law.inputs}
    inputs |= {"group": np.asarray(columns["group"])} if law.group else {}
    rows = max(1, *(x.size for x in inputs.values()))
    return np.asarray(_log_surface(law, max(1, NUMBERS // rows), _numbers(values), inputs))


@program
def _observe(problem: Problem, values: dict, surface, new: dict, keys):
    """One row a draw: the surface and the residuals of further runs."""
    runs = View(**new, weight=jnp.ones(surface.shape[1]), error_variance=0.0)

    def one(each):
        key, theta, mu = each
        fitted = problem.observed(View(**theta))
        key = jax.random.wrap_key_data(key)
        return mu + problem.likelihood.draw(key, *fitted, runs, problem.reference_run)

    return jax.lax.map(one, (keys, values, surface), batch_size=BATCH)


def _labelled(problem: Problem, columns: Columns) -> dict[str, np.ndarray]:
    """Columns of further runs as the likelihood reads them."""
    names = [*problem.likelihood.inputs, *(["group"] if "group" in columns else [])]
    new = {name: np.asarray(columns[name]) for name in names}
    fitted = View(**{name: np.asarray(x) for name, x in problem.columns.items()})
    return new | (problem.likelihood.label(View(**new), fitted) if new else {})


def log_observed(
    problem: Problem, values: Columns, surface: np.ndarray, columns: Columns, seed: int = 0
) -> np.ndarray:
    """Further runs observed once, with their scatter, on the scale of the link (draws, runs).

    Args:
        problem: the fit.
        values: flat draws of its posterior.
        surface: what is fitted for the runs (`log_surface`).
        columns: their inputs (`Problem.inputs`).
    """
    draws, runs = surface.shape
    length = padded_length(runs)
    new = {name: filled(x, length) for name, x in _labelled(problem, columns).items()}
    given = (_numbers(values), filled(surface.T, length).T, np.arange(draws, dtype=np.uint32))
    blocks = []
    for start in range(0, draws, BLOCK):
        block = jax.tree.map(lambda x, s=start: filled(x[s : s + BLOCK], BLOCK), given)
        blocks.append(
            np.asarray(_observe(problem, *block[:2], new, _keys(np.uint32(seed), block[2])))
        )
    return np.concatenate(blocks)[:draws, :runs]


@program
def _keys(seed, count):
    """A key for each draw, which does not depend on how many there are."""
    key = jax.random.key(seed)
    return jax.vmap(lambda i: jax.random.key_data(jax.random.fold_in(key, i)))(count)


def predictions(
    law: Law, problem: Problem, values: Columns, columns: Columns, seed: int = 0
) -> pd.DataFrame:
    """One row a run: bands of the surface (`loss`, or another response), and `observed`.

    Args:
        law, values: the law and flat draws of it to predict with (`prediction.bending`).
        problem: the fit.
        columns: the inputs of the law and the likelihood, each (runs,).
    """
    runs = max(1, *(np.size(x) for x in columns.values()))
    columns = {name: np.broadcast_to(x, (runs,)) for name, x in columns.items()}
    most = max(1, CELLS // max(1, *(len(x) for x in values.values())))
    ends = [
        _ends(law, problem, values, columns, slice(start, min(start + most, runs)), most, seed)
        for start in range(0, runs, most)
    ]
    inputs = {name: columns[name] for name in law.inputs}
    whole = {name: np.concatenate([part[name] for part in ends]) for name in ends[0]}
    return pd.DataFrame(inputs | {name: law.link.inverse(x) for name, x in whole.items()})


def _ends(
    law: Law, problem: Problem, values: Columns, columns: Columns, rows: slice, most: int, seed: int
) -> dict[str, np.ndarray]:
    """Bands of some runs on the scale of the link, each (runs,): few enough to fit in memory."""
    count = rows.stop - rows.start
    length = count if rows.start == 0 else most  # the last runs by the program of the others
    some = {name: filled(x[rows], length) for name, x in columns.items()}
    surface = log_surface(law, values, some)
    observed = log_observed(problem, values, surface, some, (seed + rows.start) % 2**32)
    # Quantiles first: a heavy tail overflows in exp.
    ends = bands.columns(law.response, surface) | bands.columns("observed", observed)
    return {name: x[:count] for name, x in ends.items()}


def _numbers(values: Columns) -> dict:
    return {name: np.asarray(x) for name, x in values.items()}
