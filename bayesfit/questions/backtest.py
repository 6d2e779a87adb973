"""How often such bands held: fits to the smaller runs, scored on the larger ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayesfit import formatting
from bayesfit.answers import Answer, Column, Table
from bayesfit.data import isoflop
from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.extrapolation import backtest as scoring
from bayesfit.extrapolation import refits as smaller
from bayesfit.extrapolation.refits import Refit
from bayesfit.fitted import Fit
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.progress import Progress, silent
from bayesfit.questions import Options, Question
from bayesfit.questions import _cells as cells
from bayesfit.questions._record import short
from bayesfit.stages import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ORDER = "C"  # the column by which a fit orders its own refits


def ask(fit: Fit, *, by: str = ORDER) -> Answer:
    """Scores of fits to the smaller runs on the larger ones, beside common practice.

    Args:
        by: the column that orders the runs: C, N, D or any other number. One of words is left out
            word by word. Only for C the fit has its refits already.
    """
    found = backtest(fit.task, by=by, refits=fit.refits if by == ORDER else ())
    return replace(found, facts={**short(fit), **found.facts})


def backtest(
    task: Task, *, by: str = ORDER, refits: Sequence[Refit] = (), progress: Progress = silent
) -> Answer:
    """The same without a fit of all runs.

    Args:
        task: what would be fitted to what.
        refits: those by this column, if they are there already.

    Raises:
        InputError: the law predicts no loss, a column is missing, or there are too few runs.
    """
    law, runs, likelihood, seed = task.law, task.runs, task.likelihood, task.settings.seed
    check(law, runs, dict(by=by))
    ordered = not smaller.is_text(runs, by)
    runs.require([by], numbers=ordered)
    refits = refits or smaller.refit_smaller(
        law, runs, likelihood, by=by, seed=seed, progress=progress
    )
    scored = scoring.score(law, runs, refits, by, baselines=True, seed=seed)
    if scored.empty:
        raise InputError(_too_few(law, runs, likelihood, by))
    summary = scoring.summary(scored)
    return Answer(
        f"Backtest of {law.name} on {runs.name}, by {by}",
        dict(
            summary=Table(summary, columns=columns(summary)),
            holdouts=Table(scored, columns=[]),
        ),
        [_extent(scored), *_regret(law, refits, runs, ordered)],
        dict(calibration=partial(_figure, scored, by, runs.simulated)),
        dict(by=by, law=law.name, likelihood=likelihood.name, seed=seed),
    )


def _figure(scored: pd.DataFrame, by: str, simulated: bool) -> Figure:
    """Whether the bands held; matplotlib is imported when somebody wants it."""
    from bayesfit import figures

    return figures.load("calibration").draw(scored, by, simulated=simulated)


def _too_few(law: Law, runs: Runs, likelihood: Likelihood, by: str) -> str:
    """Why no runs can be held out."""
    if len(set(as_labels(runs[by]))) == 1:
        return f"{runs.name} has one value of {by} in all runs: hold out by another column"
    least = smaller.fewest_runs(law, runs, likelihood)
    return (
        f"{runs.name} has too few runs to hold any out by {by}: {law.name} with the likelihood "
        f"{likelihood.name} is fitted to {least} at least, and to at most "
        f"{formatting.percent(max(smaller.SHARES))} of the runs; choose a law or a likelihood with "
        "fewer parameters, or another column to hold out by"
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if a law has no larger runs to predict the loss of."""
    if not law.is_of_loss or law.group == isoflop.COLUMN:
        raise InputError(
            f"{law.name} predicts no loss of larger runs, only how to spend a budget: "
            "backtest a law that does, such as chinchilla_approach3 or kaplan_chinchilla"
        )
    runs.require([str(options.get("by", ORDER))], numbers=False)


def columns(summary: pd.DataFrame) -> list[Column]:
    """Headings and cells, one row a method."""
    shown: list[Column] = [("", list(map(str, summary.index)))]
    for level in (50, 80, 95):
        shown.append((f"in {level} %", cells.shares(summary[f"coverage{level}"])))
    for name, heading in dict(width95="95 % width", bias="bias", are="error", crps="CRPS").items():
        shown.append((heading, [f"{100 * x:.2f} %" for x in summary[name]]))
    return [*shown, ("log score", [f"{x:.2f}" for x in summary["log_score"]])]


def _extent(scored: pd.DataFrame) -> str:
    ours = scored[scored["method"] == scoring.OURS]
    count = ours["threshold"].nunique()
    refits = "1 refit" if count == 1 else f"{count} refits"
    return f"{refits} on the other runs, {len(ours)} losses predicted before they were seen."


def _regret(law: Law, refits: Sequence[Refit], runs: Runs, ordered: bool) -> list[str]:
    """What acting on the N* of the smallest refit would have cost, at the largest budget."""
    if not ordered or not law.is_allocation or law.group or law.given or len(refits) < 2:
        return []
    found = scoring.regret(refits, runs)
    if found.empty or not np.isfinite(found["N"].iloc[0]):
        return []
    first = found.iloc[0]
    small, large = formatting.count(first["N"]), formatting.count(first["N_best"])
    return [
        f"At {formatting.flops(first['C'])} FLOPs the refit on the fewest runs would have trained "
        f"{small} parameters where that on the most says {large}: a loss "
        f"{formatting.percent(first['regret'])} higher."
    ]


question = Question(ask=ask, stages=("estimate", "posterior", "refits"), check=check)
