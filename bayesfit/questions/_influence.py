"""What N*, its growth and the irreducible loss would be without some of the runs.

Nothing is refitted from scratch. The MLE is refitted without each run (`_leave_out`). The posterior
without a run is the same draws, weighted by one over the likelihood of that run, smoothed (PSIS:
Vehtari, Gelman & Gabry 2017, arXiv:1507.04544); its Pareto k says when the weights cannot be
trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from bayesfit.computing import program
from bayesfit.constants import TARGET
from bayesfit.data.headings import RUN, column_of
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.inference.draws import by_element
from bayesfit.law import Law
from bayesfit.prediction.optimum import by_group, optima
from bayesfit.problem import Array, Problem
from bayesfit.questions._cells import FEW_GROUPS
from bayesfit.questions._leave_out import leave_out, residuals

FOLLOWED = ("growth_N", "irreducible")  # roles of the parameters that are followed beside N*
Values = Mapping[str, np.ndarray]


class Influence(NamedTuple):
    """What runs do to a fit.

    Attributes:
        runs: one row a run, the most influential first: the run, its residual from the MLE (log
            loss), Cook's distance, and for N* and the parameters followed the shift without the
            run: of the MLE (`_mle`; a factor for N*, a difference for the others), and of the
            posterior mean (`_posterior`, and `_sds` in posterior standard deviations).
        together: the same quantities without the first 0, 1, 2, ... runs, by MLE and posterior.
        budget: FLOPs of N*.
    """

    runs: pd.DataFrame
    together: pd.DataFrame
    budget: float


def influence(fit: Fit, budget: float = TARGET, *, top: int = 5) -> Influence:
    """The runs that move a fit most.

    Args:
        budget: FLOPs at which N* is followed.
        top: how many runs are taken out together, one after the other.

    Raises:
        InputError: so few runs would be left that the law could not be fitted.
    """
    left = len(fit.runs) - top
    if top < 1 or left <= fit.problem.law_dimension:
        raise InputError(
            f"{fit.law.name} has {fit.problem.law_dimension} parameters and {fit.runs.name} "
            f"{len(fit.runs)} runs: leaving out {top} of them is not possible; give another --top."
        )
    found = leave_out(fit, top)
    best = found.together[0]
    runs = pd.concat(
        [
            _about(fit, found.order, best),
            pd.DataFrame(dict(distance=found.distance)),
            _mle_shifts(fit, found.alone, best, budget),
            _posterior_shifts(fit, np.eye(len(fit.runs), dtype=bool)[found.order], budget),
        ],
        axis=1,
    )
    gone = found.order[:top]
    return Influence(runs, _together(fit, gone, found.together, budget), budget)


# -- what becomes of N* and the parameters -------------------------------------------------------


def _quantities(
    fit: Fit, values: Values, budget: float, bent: tuple[Law, Values] | None = None
) -> dict[str, np.ndarray]:
    """log N* and those of the parameters followed that the law has; else its own.

    A parameter with a value for each group is followed in each; of many groups in one not seen.

    Args:
        bent: the law and draws that N* is of, if not of these (`Fit.drawn`).
    """
    law, found = fit.law, {}
    if law.is_allocation and not law.given and not by_group(law, values):
        found["log_N"] = np.log(optima(*(bent or (law, values)), [budget])["N"][:, 0])
    names = [law.roles[role] for role in FOLLOWED if law.role(role, values) is not None]
    if not names and not found:
        own = [name for name in law.symbols if name in values]
        names = [name for name in own if values[name].ndim == 1] or own
    numbers = dict(by_element({name: values[name] for name in names}, fit.labels, axis=1))
    if len(fit.labels) > FEW_GROUPS:
        others = tuple(f"[{label}]" for label in fit.labels)
        numbers = {name: x for name, x in numbers.items() if not name.endswith(others)}
    return found | numbers


def _mle_quantities(fit: Fit, q: np.ndarray, budget: float) -> pd.DataFrame:
    values = _described(fit.problem, q)
    return pd.DataFrame(_quantities(fit, {k: np.asarray(x) for k, x in values.items()}, budget))


@program
def _described(problem: Problem, q: Array) -> dict:
    return jax.vmap(problem.describe_law)(q)


def _mle_shifts(fit: Fit, q: np.ndarray, best: np.ndarray, budget: float) -> pd.DataFrame:
    shifts = _mle_quantities(fit, q, budget) - _mle_quantities(fit, best[None], budget).iloc[0]
    return _as_factor(shifts).add_suffix("_mle")


def _posterior_quantities(fit: Fit, sets: np.ndarray, budget: float):
    """Posterior mean and sd of each quantity, its means without each set of runs, Pareto k.

    Draws without an optimum have no N*, and are left out of its mean.
    """
    draws = pd.DataFrame(_quantities(fit, fit.posterior.flat, budget, fit.drawn(None)))
    draws = draws.where(np.isfinite(draws))
    if fit.posterior.log_likelihood is None:  # a long table keeps none
        blank = np.full((len(sets), draws.shape[1]), np.nan)
        means, k = pd.DataFrame(blank, columns=draws.columns), np.full(len(sets), np.nan)
    else:
        weights, k = fit.posterior.leave_out(sets)
        known = draws.notna().to_numpy(float)
        means = weights @ draws.fillna(0.0).to_numpy() / (weights @ known)
        means = pd.DataFrame(means, columns=draws.columns)
    return draws.mean(), draws.std(), means, k


def _posterior_shifts(fit: Fit, sets: np.ndarray, budget: float) -> pd.DataFrame:
    mean, sd, means, k = _posterior_quantities(fit, sets, budget)
    shifts = means - mean
    in_sds = (shifts / sd).rename(columns=dict(log_N="N")).add_suffix("_sds")
    parts = [_as_factor(shifts).add_suffix("_posterior"), in_sds, pd.Series(k, name="pareto_k")]
    return pd.concat(parts, axis=1)


def _as_factor(shifts: pd.DataFrame) -> pd.DataFrame:
    """A shift of log N* as a factor of N*."""
    return pd.DataFrame(
        {"N" if n == "log_N" else n: np.exp(x) if n == "log_N" else x for n, x in shifts.items()}
    )


def _about(fit: Fit, order: np.ndarray, best: np.ndarray) -> pd.DataFrame:
    """The runs themselves, numbered from 1 as everywhere that a person reads."""
    table = fit.runs.table
    about = pd.DataFrame({"number": order + 1})
    named_by = column_of(table, RUN)
    if named_by:
        about["run"] = table[named_by].to_numpy()[order]
    for name in dict.fromkeys(("N", "D", *fit.law.inputs, fit.law.response)):
        if name in table:
            about[name] = table[name].to_numpy()[order]
    if {"N", "D"} <= set(about):
        about["tokens_per_parameter"] = about["D"] / about["N"]
    return about.assign(residual=residuals(fit, best)[order])


def _together(fit: Fit, gone: np.ndarray, path: np.ndarray, budget: float) -> pd.DataFrame:
    sets = np.zeros((len(gone), len(fit.runs)), bool)
    for i in range(len(gone)):
        sets[i, gone[: i + 1]] = True
    mean, sd, means, k = _posterior_quantities(fit, sets, budget)
    posterior = pd.concat([mean.to_frame().T, means], ignore_index=True)
    parts = [
        pd.DataFrame(dict(left_out=range(len(gone) + 1), number=[0, *(i + 1 for i in gone)])),
        _as_factor(_mle_quantities(fit, path, budget)).add_suffix("_mle"),
        _as_factor(posterior).add_suffix("_posterior"),
        ((posterior - mean) / sd).rename(columns=dict(log_N="N")).add_suffix("_sds"),
        pd.Series([np.nan, *k], name="pareto_k"),
    ]
    return pd.concat(parts, axis=1)
