"""The most influential runs: which they are, and what the fit would be without them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from bayesfit.answers import Answer, Column, Table
from bayesfit.constants import TARGET, UNRELIABLE
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, number
from bayesfit.law import Law
from bayesfit.questions import Options, Question
from bayesfit.questions._budgets import asked
from bayesfit.questions._influence import Influence, influence
from bayesfit.questions._record import short

TITLE = "The runs that alone move it most, and the MLE and posterior without each"
Say = Callable[[float], str]


def ask(fit: Fit, *, flops: float | str = TARGET, top: int = 5) -> Answer:
    """The runs that move the fit most, and what it would be without them.

    Args:
        flops: the budget of N*.
        top: how many runs to list, and to leave out together.
    """
    (budget,) = asked(flops)
    found = influence(fit, budget, top=int(top))
    return Answer(
        f"The most influential runs of {fit.law.name} on {fit.runs.name}",
        dict(
            runs=Table(found.runs, TITLE, columns(_shown(found.runs, int(top)))),
            together=Table(found.together, columns=[]),
        ),
        in_words(found),
        facts=short(fit) | dict(budget=found.budget),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError unless there is one budget, and a number of runs to list."""
    budgets, top = asked(options.get("flops", TARGET)), options.get("top", 1)
    if len(budgets) != 1:
        raise InputError(f"influence follows N* at one budget: give one, not {len(budgets)}")
    if isinstance(top, (bool, str)) or int(top) < 1:
        raise InputError(f"top is how many runs to list, one or more, not {top!r}")


def _shown(runs: pd.DataFrame, top: int) -> pd.DataFrame:
    """The runs that by themselves move the first quantity most, the largest mover first."""
    name = next(str(x) for x in runs if str(x).endswith("_mle")).removesuffix("_mle")
    rows = [*_movers(runs, name), *range(len(runs))]
    return runs.iloc[list(dict.fromkeys(rows))[:top]]


def _movers(runs: pd.DataFrame, name: str) -> list[int]:
    """The rows of runs by how far each alone moves the MLE of a quantity; those that are known."""
    shifts = runs[f"{name}_mle"].to_numpy()
    sizes = np.abs(np.log(shifts) if name == "N" else shifts)
    order = np.argsort(-np.where(np.isfinite(sizes), sizes, -1.0), kind="stable")
    return [int(row) for row in order if np.isfinite(sizes[row])]


def columns(runs: pd.DataFrame) -> list[Column]:
    """Headings and cells, one row a run."""
    labels = [_label(row) for _, row in runs.iterrows()]
    shown: list[Column] = [("run", labels)]
    for name, heading, say in _headings(runs):
        shown.append((heading, ["" if np.isnan(x) else say(x) for x in runs[name]]))
    return shown


def _headings(runs: pd.DataFrame) -> list[tuple[str, str, Say]]:
    """Column, heading, and how to say its numbers, of those that are shown."""
    found: list[tuple[str, str, Say]] = [
        ("tokens_per_parameter", "D/N", lambda x: number(x, 2)),
        ("residual", "residual", lambda x: f"{x:+.1%}"),
        ("N_mle", "N*", lambda x: f"x {x:.3f}"),
    ]
    others = [x for x in runs if str(x).endswith("_mle") and x != "N_mle"]
    found += [(str(x), str(x).removesuffix("_mle"), _shift) for x in others]
    found += [("N_sds", "posterior N*", lambda x: f"{x:+.2f} sd")]
    found += [("pareto_k", "k", lambda x: f"{x:.2f}")]
    return [column for column in found if column[0] in runs]


def _shift(x: float) -> str:
    return f"{x:+.4f}" if abs(x) < 1e3 else "+" * (x > 0) + number(x)


def _label(run: pd.Series) -> str:
    return f"{run['number']:.0f} {run.get('run', '')}".rstrip()


def in_words(found: Influence) -> list[str]:
    """What leaving runs out does to N*, or to the first parameter of a law that has no N*."""
    names = map(str, found.together)
    name = next(x for x in names if x.endswith("_mle")).removesuffix("_mle")
    what, say = (f"N*({flops(found.budget)})", count) if name == "N" else (name, number)
    first, last = found.together.iloc[0], found.together.iloc[-1]
    top = len(found.together) - 1
    who = ", ".join(_who(found.runs.iloc[i]) for i in range(top))
    moves = f"{top} runs move" if top > 1 else "One run moves"
    said = [
        f"{moves} the MLE's {what} from {say(first[f'{name}_mle'])} to "
        f"{say(last[f'{name}_mle'])} when left out: {who}.",
        *_alone(found.runs, name, what),
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


def _alone(runs: pd.DataFrame, name: str, what: str) -> list[str]:
    """The one run that moves the MLE of a quantity most, which need not move the whole fit."""
    for row in _movers(runs, name)[:1]:
        run = runs.iloc[row]
        by = f"a factor of {number(run['N_mle'])}" if name == "N" else number(run[f"{name}_mle"])
        return [f"No single run moves {what} more than {_who(run)}: by {by}."]
    return []


def _who(run: pd.Series) -> str:
    return f"run {run['number']:.0f}" + (f" ({run['run']})" if "run" in run else "")


def _trust(k: float) -> str:
    if not k > UNRELIABLE:
        return ""
    return f" (roughly: Pareto k is {number(k, 2)}, above {UNRELIABLE}; refit to be sure)"


question = Question(ask=ask, stages=("estimate", "posterior"), check=check)
