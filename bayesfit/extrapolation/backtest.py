"""Backtest: refit on the smaller runs, predict the larger ones, count.

A band is only as good as its backtest. The same law and likelihood are fitted to the smaller runs
of the table and scored on the larger ones, beside what is common practice: the Huber fit with a
pairs bootstrap, and the same with its own residuals added as scatter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.data.runs import Runs
from bayesfit.extrapolation import refits as smaller
from bayesfit.extrapolation import scores
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference import bootstrap, mle
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.prediction.optimum import loss_of_size, optima
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import described_law, residuals_of
from bayesfit.progress import Progress, silent

REFITS = 400  # of each baseline
OURS, PAIRS, RESIDUAL = "posterior", "Huber + pairs bootstrap", "Huber + residual noise"


def backtest(
    law: Law,
    runs: Runs,
    likelihood: Likelihood,
    *,
    by: str = "C",
    shares: Sequence[float] = smaller.SHARES,
    thresholds: Sequence[float] | None = None,
    baselines: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Refit on the smaller runs, and score each refit on the runs above it.

    Args:
        by, shares, thresholds: where to cut (`refits.refit_smaller`). A column of words leaves one
            of them out at a time.
        baselines: also score common practice, at the price of refits.

    Returns:
        One row a method, refit and held-out run: threshold (or the word left out), fitted (runs
        below), the column `by`, actual loss, the scores of `bayesfit.extrapolation.scores`, and the
        predicted loss with its bands (`bayesfit.bands`).
    """
    refits = smaller.refit_smaller(
        law, runs, likelihood, by=by, shares=shares, thresholds=thresholds, seed=seed,
        progress=progress,
    )  # fmt: skip
    return score(law, runs, refits, by, baselines=baselines, seed=seed)


def score(
    law: Law,
    runs: Runs,
    refits: Sequence[Refit],
    by: str = "C",
    baselines: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """The same for refits that are there already."""
    parts = []
    for refit in refits:
        forecasts = {OURS: refit.forecast()}
        if baselines:
            forecasts |= common_practice(law, runs, refit, seed)
        for method, draws in forecasts.items():
            parts.append(_rows(method, refit, runs, by, draws))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _rows(method: str, refit: Refit, runs: Runs, by: str, draws: np.ndarray) -> pd.DataFrame:
    law, above, order = refit.problem.law, ~refit.below, runs[by]
    actual = runs[law.response][above]
    rows = pd.DataFrame(scores.table(draws, law.link.of(actual)))
    rows.insert(0, "method", method)
    rows.insert(1, "threshold", refit.label or float(order[refit.below].max()))
    rows.insert(2, "fitted", int(refit.below.sum()))
    rows.insert(3, "held_out", np.flatnonzero(above))
    rows.insert(4, "at", order[above])
    rows.insert(5, "actual", actual)
    ends = bands.columns("predicted", draws)  # quantiles first: a heavy tail overflows in exp
    return rows.assign(**{name: law.link.inverse(x) for name, x in ends.items()})


def _above(refit: Refit) -> dict[str, np.ndarray]:
    return {name: x[~refit.below] for name, x in refit.inputs.items()}


def common_practice(law: Law, runs: Runs, refit: Refit, seed: int = 0) -> dict[str, np.ndarray]:
    """What most papers do: refits of the Huber MLE, bare, and with resampled residuals added."""
    problem, count = refit.problem, int(refit.below.sum())
    starts = mle.starting_points(problem, 32, seed)[:, : problem.law_dimension]
    best = mle.race(problem, starts).best()
    refits = bootstrap.refit(problem, best.q, bootstrap.resample(count, REFITS, seed), seed=seed)
    values = described_law(problem, refits.q)
    surface = log_surface(law, values, _above(refit))
    residuals = residuals_of(problem, best.q)[:count]
    scatter = np.random.default_rng(seed).choice(residuals, surface.shape)
    return {PAIRS: surface, RESIDUAL: surface + scatter}


def summary(scored: pd.DataFrame) -> pd.DataFrame:
    """One row a method: coverage at 50, 80 and 95 %, width, bias, ARE, CRPS, log score."""
    rows = {
        method: scores.summary({str(name): part[name].to_numpy() for name in part})
        for method, part in scored.groupby("method", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


def regret(refits: Sequence[Refit], runs: Runs) -> pd.DataFrame:
    """What acting on each refit's N* would have cost, by the refit to the most runs.

    Returns:
        One row a refit: the largest budget in the table, the N* it would have chosen, the size with
        the lowest loss by the mean of the last refit, and the extra loss at that budget as a share
        (infinite where it has no best size). No row if the last refit has none.
    """
    budget, judge = float(runs["C"].max()), refits[-1]
    chosen = [float(np.median(optima(*refit.drawn, [budget])["N"])) for refit in refits]
    if not np.isfinite(chosen[-1]):
        return pd.DataFrame()
    sizes = np.concatenate([chosen, chosen[-1] * np.geomspace(0.1, 10.0, 161)])
    there = np.where(np.isfinite(sizes), sizes, 1.0)
    losses = loss_of_size(*judge.drawn, there, np.full(len(sizes), budget)).mean(0)
    losses = np.where(np.isfinite(sizes), losses, np.inf)
    best, rows = int(np.argmin(losses)), []
    for refit, N, loss in zip(refits[:-1], chosen, losses, strict=False):
        threshold, extra = float(runs["C"][refit.below].max()), loss / losses[best] - 1
        rows.append(dict(threshold=threshold, C=budget, N=N, N_best=sizes[best], regret=extra))
    return pd.DataFrame(rows)
