"""Which runs an answer hangs on: what N*, a and E would be without them.

Nothing is refitted from scratch. The MLE is refitted without each run, all of them lanes of one
batch, from the optimum of the whole table. The posterior without a run is the same draws, weighted
by one over the likelihood of that run, smoothed (PSIS: Vehtari, Gelman & Gabry 2017,
arXiv:1507.04544); its Pareto k says when the weights cannot be trusted.

A few bad runs hide each other: without any one of them the others still hold the fit where it was.
So runs are taken out one after the other, each time the one whose absence moves the fitted losses
most (Cook 1977's distance), and N* is followed on the way. N* alone would be a poor guide to bad
runs: far beyond the data every run at the edge of the table moves it a little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit.errors import InputError
from bayesfit.fitting import Fit
from bayesfit.formatting import count, flops, number
from bayesfit.inference import bootstrap as pairs
from bayesfit.inference.mle import DELTA, Minimum
from bayesfit.prediction.optimum import optima
from bayesfit.problem import Array, Problem

BUDGET = 1e25  # FLOPs at which N* is asked for by default
MOST = 512  # runs that are left out in turn; of a longer table, those that pull hardest
DRAWS = 4000
UNRELIABLE = 0.7  # Pareto k above which PSIS weights are not believed
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Influence:
    """What runs do to a fit.

    Attributes:
        runs: one row a run, the most influential first: the run, its residual from the MLE
            (log loss), Cook's distance, and for N*, a and E (those the law has) the shift without
            the run: of the MLE (`_mle`; a factor for N*, a difference for the others), and of the
            posterior mean (`_posterior`, and `_sds` in posterior standard deviations).
        together: N*, a and E without the first 0, 1, 2, ... runs, by MLE and posterior.
        budget: FLOPs of N*.
    """

    runs: pd.DataFrame
    together: pd.DataFrame
    budget: float


def influence(fit: Fit, budget: float = BUDGET, *, top: int = 5, delta: float = DELTA) -> Influence:
    """The runs that move a fit most.

    Args:
        budget: FLOPs at which N* is followed.
        top: how many runs are taken out together, one after the other.
        delta: Huber's threshold, as the fit had it.

    Raises:
        InputError: so few runs would be left that the law could not be fitted.
    """
    left = len(fit.runs) - top
    if top < 1 or left <= fit.problem.law_dimension:
        raise InputError(
            f"{fit.law.name} has {fit.problem.law_dimension} parameters and {fit.runs.name} "
            f"{len(fit.runs)} runs: leaving out {top} of them is not possible; give another --top."
        )
    best = fit.mle.best().q
    candidates = _candidates(fit, best, delta)
    alone, gone, path = _one_after_the_other(fit, best, candidates, top, delta)
    distance = _distance(fit.problem, alone.q, best)
    order = _ranked(gone, candidates, distance)
    where = [int(np.flatnonzero(candidates == run)[0]) for run in order]
    runs = pd.concat(
        [
            _about(fit, order, best),
            pd.DataFrame(dict(distance=distance[where])),
            _mle_shifts(fit, alone.q[where], best, budget),
            _posterior_shifts(fit, np.eye(len(fit.runs), dtype=bool)[order], budget),
        ],
        axis=1,
    )
    return Influence(runs, _together(fit, gone, path, budget), budget)


# -- refits of the MLE --------------------------------------------------------------------------


def without(fit: Fit, sets: np.ndarray, start: np.ndarray, delta: float = DELTA) -> Minimum:
    """The MLE without each set of runs, from a point nearby.

    Args:
        sets: which runs are left out (cases, runs).
    """
    return pairs.refit(fit.problem, start, 1.0 - sets, delta=delta)


def _one_after_the_other(
    fit: Fit, best: np.ndarray, candidates: np.ndarray, top: int, delta: float
) -> tuple[Minimum, list[int], np.ndarray]:
    """Refits without each run, the runs that are taken out, and q after each of them."""
    gone: list[int] = []
    path, rounds = [best], []
    for _ in range(top):
        left = np.setdiff1d(candidates, gone, assume_unique=True)
        sets = np.zeros((len(left), len(fit.runs)))
        sets[:, gone] = 1.0
        sets[np.arange(len(left)), left] = 1.0
        rounds.append(without(fit, sets, path[-1], delta))
        worst = int(np.argmax(_distance(fit.problem, rounds[-1].q, best)))
        gone.append(int(left[worst]))
        path.append(rounds[-1].q[worst])
    return rounds[0], gone, np.array(path)


def _distance(problem: Problem, q: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Cook's distance of each refit (row of q): how far it moves the fitted losses of the table.

    The sum of squared shifts over the variance of residuals, here by their median, and over the
    number of parameters. Unlike a distance between parameters it knows no direction in which they
    drift for nothing, as where E is at its bound.
    """
    fitted = np.asarray(_fitted(problem, jnp.asarray(np.vstack([best, q]))))
    residuals = (problem.log_loss - fitted[0])[problem.weights > 0]
    scale = 1.4826 * np.median(np.abs(residuals))
    return np.sum(problem.weights * (fitted[1:] - fitted[0]) ** 2, 1) / (scale**2 * len(best))


@jax.jit
def _fitted(problem: Problem, q: Array) -> Array:
    return jax.vmap(problem.predict)(q)


def _candidates(fit: Fit, best: np.ndarray, delta: float) -> np.ndarray:
    """All runs; of a long table the MOST that pull hardest: clipped residual times leverage."""
    n = len(fit.runs)
    if n <= MOST:
        return np.arange(n)
    slopes, residuals = (np.asarray(x)[:n] for x in _pull(fit.problem, jnp.asarray(best)))
    leverage = np.sum(np.linalg.qr(slopes)[0] ** 2, 1)
    strength = np.clip(np.abs(residuals), 0, delta) * np.sqrt(leverage)
    return np.sort(np.argsort(-strength)[:MOST])


@jax.jit
def _pull(problem: Problem, q: Array) -> tuple[Array, Array]:
    return jax.jacfwd(problem.residuals)(q), problem.residuals(q)


def _ranked(gone: list[int], candidates: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Runs taken out in turn first, then the others by what they do alone."""
    others = candidates[np.argsort(-distance)]
    return np.concatenate([gone, others[~np.isin(others, gone)]]).astype(int)


# -- what becomes of N*, a and E ------------------------------------------------------------------


def _quantities(fit: Fit, values: Values, budget: float) -> dict[str, np.ndarray]:
    """log N* and whichever of a and E the law has; else all its parameters that are numbers."""
    found = {name: values[name] for name in ("a", "E") if name in values}
    if fit.law.is_allocation and not fit.law.group:
        found = {"log_N": np.log(optima(fit.law, values, [budget])["N"][:, 0])} | found
    return found or {n: values[n] for n in fit.law.symbols if values[n].ndim == 1}


def _mle_quantities(fit: Fit, q: np.ndarray, budget: float) -> pd.DataFrame:
    values = _described(fit.problem, jnp.asarray(q))
    return pd.DataFrame(_quantities(fit, {k: np.asarray(x) for k, x in values.items()}, budget))


@jax.jit
def _described(problem: Problem, q: Array) -> dict:
    return jax.vmap(problem.describe_law)(q)


def _mle_shifts(fit: Fit, q: np.ndarray, best: np.ndarray, budget: float) -> pd.DataFrame:
    shifts = _mle_quantities(fit, q, budget) - _mle_quantities(fit, best[None], budget).iloc[0]
    return _as_factor(shifts).add_suffix("_mle")


def _posterior_quantities(fit: Fit, sets: np.ndarray, budget: float):
    """Posterior mean and sd of each quantity, its means without each set of runs, Pareto k."""
    draws = pd.DataFrame(_quantities(fit, fit.posterior.flat, budget))
    if fit.posterior.log_likelihood is None:  # a long table keeps none
        blank = np.full((len(sets), draws.shape[1]), np.nan)
        means, k = pd.DataFrame(blank, columns=draws.columns), np.full(len(sets), np.nan)
    else:
        worth = fit.problem.worth[: sets.shape[1]]
        weights, k = fit.posterior.leave_out(sets * np.asarray(worth))
        means = pd.DataFrame(weights @ draws.to_numpy(), columns=draws.columns)
    return draws.mean(), draws.std(), means, k


def _posterior_shifts(fit: Fit, sets: np.ndarray, budget: float) -> pd.DataFrame:
    mean, sd, means, k = _posterior_quantities(fit, sets, budget)
    shifts = means - mean
    in_sds = (shifts / sd).rename(columns=dict(log_N="N")).add_suffix("_sds")
    parts = [_as_factor(shifts).add_suffix("_posterior"), in_sds, pd.Series(k, name="pareto_k")]
    return pd.concat(parts, axis=1)


def _as_factor(shifts: pd.DataFrame) -> pd.DataFrame:
    """A shift of log N* is told as a factor of N*."""
    told = {"N" if n == "log_N" else n: np.exp(x) if n == "log_N" else x for n, x in shifts.items()}
    return pd.DataFrame(told)


def _about(fit: Fit, order: np.ndarray, best: np.ndarray) -> pd.DataFrame:
    """The runs themselves, numbered from 1 as everywhere that a person reads."""
    table, residuals = fit.runs.table, np.asarray(_pull(fit.problem, jnp.asarray(best))[1])
    about = pd.DataFrame({"number": order + 1})
    if "run" in table:
        about["run"] = table["run"].to_numpy()[order]
    for name in ("N", "D", "loss"):
        about[name] = table[name].to_numpy()[order]
    return about.assign(tokens_per_parameter=about["D"] / about["N"], residual=residuals[order])


def _together(fit: Fit, gone: list[int], path: np.ndarray, budget: float) -> pd.DataFrame:
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


# -- in words ------------------------------------------------------------------------------------


def in_words(found: Influence) -> list[str]:
    """What leaving runs out does to N*, or to the first parameter of a law that has no N*."""
    columns = map(str, found.together)
    name = next(x for x in columns if x.endswith("_mle")).removesuffix("_mle")
    what, say = (f"N*({flops(found.budget)})", count) if name == "N" else (name, number)
    first, last = found.together.iloc[0], found.together.iloc[-1]
    top = len(found.together) - 1
    who = ", ".join(_who(found.runs.iloc[i]) for i in range(top))
    moves = f"{top} runs move" if top > 1 else "One run moves"
    said = [
        f"{moves} the MLE's {what} from {say(first[f'{name}_mle'])} to "
        f"{say(last[f'{name}_mle'])} when left out: {who}.",
        _alone(found.runs, name, what),
    ]
    before, after = (say(row[f"{name}_posterior"]) for row in (first, last))
    if before == after:
        said.append(f"The posterior stays at {before} without them{_trust(last['pareto_k'])}.")
    elif np.isfinite(last[f"{name}_posterior"]):
        sds = number(abs(last[f"{name}_sds"]), 2)
        said.append(
            f"The posterior moves from {before} to {after} without them, {sds} of its standard "
            f"deviations{_trust(last['pareto_k'])}."
        )
    return said


def _alone(runs: pd.DataFrame, name: str, what: str) -> str:
    """The one run that moves the MLE of a quantity most, which need not move the whole fit."""
    shifts = runs[f"{name}_mle"].to_numpy()
    run = runs.iloc[int(np.argmax(np.abs(np.log(shifts) if name == "N" else shifts)))]
    by = f"a factor of {number(run['N_mle'])}" if name == "N" else number(run[f"{name}_mle"])
    return f"No single run moves {what} more than {_who(run)}: by {by}."


def _who(run: pd.Series) -> str:
    return f"run {run['number']:.0f}" + (f" ({run['run']})" if "run" in run else "")


def _trust(k: float) -> str:
    if not k > UNRELIABLE:
        return ""
    return f" (roughly: Pareto k is {number(k, 2)}, above {UNRELIABLE}; refit to be sure)"
