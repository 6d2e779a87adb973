"""Ordered roll-outs: fit below each budget, predict above it, count.

A band is only as good as its backtest. The same law and noise are fitted to the smaller runs of the
table and scored on the larger ones, beside what is common practice: the Huber fit with a pairs
bootstrap, and the same with its own residuals added as scatter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.data.runs import Runs
from bayesfit.extrapolation import refits as ladder
from bayesfit.extrapolation import scores
from bayesfit.extrapolation.refits import Rung
from bayesfit.inference import bootstrap, mle
from bayesfit.law import Law
from bayesfit.likelihoods.noise import Noise
from bayesfit.prediction import shortfall as discrepancy
from bayesfit.prediction.optimum import optima
from bayesfit.prediction.shortfall import Kappa
from bayesfit.prediction.surface import log_observed, log_surface
from bayesfit.progress import Progress, silent

REFITS = 400  # of each baseline
OURS, PAIRS, RESIDUAL = "posterior", "Huber + pairs bootstrap", "Huber + residual noise"


def backtest(
    law: Law,
    runs: Runs,
    noise: Noise,
    *,
    by: str = "C",
    shares: Sequence[float] = ladder.SHARES,
    thresholds: Sequence[float] | None = None,
    kind: str | None = None,
    without: str = "",
    baselines: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Score every rung of a ladder on the runs above it.

    Args:
        by, shares, thresholds: where the rungs are (`ladder.climb`). A column of words leaves one
            of them out at a time.
        kind: of discrepancy: "inner", "reference" or "none"; the law's own if omitted. A rung's
            own kappa is learned from the rungs below it only, and from public sweeps alone if the
            runs are not ordered.
        without: a group of the reference class to leave out.
        baselines: also score common practice, at the price of refits.

    Returns:
        One row a method, rung and held-out run: threshold (or the word left out), fitted (runs
        below), the column `by`, actual loss, the scores of `bayesfit.extrapolation.scores`, and the predicted
        loss with its bands (`bayesfit.bands`).
    """
    rungs = ladder.climb(
        law, runs, noise, by=by, shares=shares, thresholds=thresholds, seed=seed, progress=progress
    )
    return score(law, runs, noise, rungs, by, kind, without, baselines, seed)


def score(
    law: Law,
    runs: Runs,
    noise: Noise,
    rungs: Sequence[Rung],
    by: str = "C",
    kind: str | None = None,
    without: str = "",
    baselines: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """The same for a ladder that has been climbed already."""
    log_loss = np.log(runs[law.response])
    parts = []
    for step, rung in enumerate(rungs):
        inner = [] if rung.label else ladder.kappas(rungs[:step], log_loss, rung.below)
        kappa = discrepancy.posterior(kind or law.discrepancy, inner, law.name, without)
        forecasts = {OURS: forecast(runs, rung, kappa, seed)}
        if baselines:
            forecasts |= common_practice(law, runs, rung, seed)
        for method, draws in forecasts.items():
            parts.append(_rows(method, rung, runs[by], draws, log_loss))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _rows(method, rung: Rung, order, draws, log_loss) -> pd.DataFrame:
    above = ~rung.below
    rows = pd.DataFrame(scores.table(draws, log_loss[above]))
    rows.insert(0, "method", method)
    rows.insert(1, "threshold", rung.label or float(order[rung.below].max()))
    rows.insert(2, "fitted", int(rung.below.sum()))
    rows.insert(3, "held_out", np.flatnonzero(above))
    rows.insert(4, "at", order[above])
    rows.insert(5, "actual", np.exp(log_loss[above]))
    ends = bands.columns("predicted", draws)  # quantiles first: a heavy tail overflows in exp
    return rows.assign(**{name: np.exp(x) for name, x in ends.items()})


def _above(runs: Runs, rung: Rung) -> dict[str, np.ndarray]:
    return {name: x[~rung.below] for name, x in rung.problem.inputs(runs).items()}


def forecast(runs: Runs, rung: Rung, kappa: Kappa | None, seed: int = 0) -> np.ndarray:
    """Predictive draws of log loss above a rung (draws, runs above)."""
    values = ladder.unseen(rung, kappa, seed)
    surface = discrepancy.corrected(rung.surface[:, ~rung.below], values)
    return log_observed(rung.problem, rung.values, surface, _above(runs, rung), seed)


def common_practice(law: Law, runs: Runs, rung: Rung, seed: int = 0) -> dict[str, np.ndarray]:
    """What most papers do: refits of the Huber MLE, bare, and with resampled residuals added."""
    problem, count = rung.problem, int(rung.below.sum())
    starts = np.asarray(mle.starting_points(problem, 32, seed))[:, : problem.law_dimension]
    best = mle.race(problem, starts).best()
    refits = bootstrap.refit(problem, best.q, bootstrap.resample(count, REFITS, seed), seed=seed)
    values = ladder.describe_law(problem, refits.q)
    surface = log_surface(law, values, _above(runs, rung))
    residuals = np.asarray(problem.residuals(best.q))[:count]
    scatter = np.random.default_rng(seed).choice(residuals, surface.shape)
    return {PAIRS: surface, RESIDUAL: surface + scatter}


def summary(scored: pd.DataFrame) -> pd.DataFrame:
    """One row a method: coverage at 50, 80 and 95 %, width, bias, ARE, CRPS, log score."""
    rows = {
        method: scores.summary({str(name): part[name].to_numpy() for name in part})
        for method, part in scored.groupby("method", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


def regret(law: Law, rungs: Sequence[Rung], runs: Runs) -> pd.DataFrame:
    """What acting on each rung's N* would have cost, by the fit to the topmost rung.

    Returns:
        One row a rung: the largest budget in the table, the N* the rung would have chosen, the N*
        of the topmost rung, and the extra loss at that budget as a share.
    """
    budget = float(runs["C"].max())
    judge = {name: x.mean(0, keepdims=True) for name, x in rungs[-1].values.items()}
    best = optima(law, judge, [budget])
    rows = []
    for rung in rungs[:-1]:
        N = float(np.median(optima(law, rung.values, [budget])["N"]))
        columns = dict(N=np.array([N]), D=np.array([law.flops.tokens(N, budget)]))
        extra = np.exp(log_surface(law, judge, columns)).item() / best["loss"].item() - 1
        threshold = float(runs["C"][rung.below].max())
        rows.append(dict(threshold=threshold, C=budget, N=N, N_best=best["N"].item(), regret=extra))
    return pd.DataFrame(rows)
