"""Runs that show which of two laws is right, as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Answer, Column, Table
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, percent
from bayesfit.law import Law
from bayesfit.prediction import designing, rivals
from bayesfit.questions import _cells as cells
from bayesfit.questions._candidates import Candidates
from bayesfit.questions._fits import opened
from bayesfit.questions._record import short

SURE = 0.95  # probability of the right choice from which no further run is needed


def other_fit(fit: Fit, against: Any) -> Fit:
    """The fit of the rival law, opened where a folder is given.

    Raises:
        InputError: it is of other runs, of the same law, or has groups.
    """
    other = opened(against)
    if other.law.name == fit.law.name and other.likelihood.name == fit.likelihood.name:
        raise InputError(f"both fits are of {fit.law.name}: give that of another law as against")
    if len(other.runs) != len(fit.runs) or other.runs.sha256 != fit.runs.sha256:
        raise InputError(
            f"{fit.runs.name} and {other.runs.name} are other runs: fit both laws to the same ones"
        )
    for one in (fit, other):
        if one.law.group:
            raise InputError(f"{one.law.name} has groups: compare laws on runs of one kind")
    return other


def between(fit: Fit, other: Fit, offered: Candidates, money: float, most: int) -> Answer:
    """The runs that tell two laws apart.

    Args:
        offered: runs that could be bought, with the inputs of both laws.
    """
    duel = rivals.duel(*(_shown(one, offered.frame) for one in (fit, other)))
    rows = rivals.chosen(duel, offered.cost, money, most)
    names = f"{fit.law.name} and {other.law.name}"
    if not rows:
        raise InputError(
            f"no run for {offered.say(money)} shows which of {names} is right: allow more, or "
            "offer other runs"
        )
    frame = _frame(duel, offered, rows)
    columns = _columns(frame, fit.law, offered.say)
    return Answer(
        f"Which runs show whether {fit.law.name} or {other.law.name} is right, on {fit.runs.name}",
        dict(runs=Table(frame, "Runs to buy, in this order", columns)),
        [_brings(frame, names, offered.say), _stop(frame, offered.say)],
        facts=short(fit) | dict(quantity="law", against=other.law.name),
    )


def _shown(fit: Fit, frame: pd.DataFrame) -> np.ndarray:
    """What runs would show by one law (draws, copies, runs)."""
    columns = {str(name): frame[name].to_numpy() for name in frame}
    law, values = fit.drawn()
    return designing.shown(fit.problem, law, values, fit.problem.inputs(columns), fit.seed)


def _frame(duel: rivals.Duel, offered: Candidates, rows: list[int]) -> pd.DataFrame:
    """One row a run, with the probability of choosing right once it was observed."""
    found: Mapping[str, list[float]] = dict(probability=[], nats=[])
    for row in rows:
        duel = duel.after(row)
        found["probability"].append(duel.probability)
        found["nats"].append(duel.information)
    runs = offered.frame.iloc[rows].reset_index(drop=True)
    return runs.assign(spent=runs["cost"].cumsum(), **found)


def _columns(frame: pd.DataFrame, law: Law, say: cells.Say) -> list[Column]:
    shown: list[Column] = [("", [str(i + 1) for i in range(len(frame))])]
    shown += [(name, cells.each(frame[name], count)) for name in law.inputs if name != "C"]
    if "C" in frame:
        shown.append(("FLOPs", cells.each(frame["C"], flops)))
    shown.append(("spent", cells.each(frame["spent"], say)))
    return [*shown, ("P(right choice)", cells.shares(frame["probability"]))]


def _brings(frame: pd.DataFrame, names: str, say: cells.Say) -> str:
    last = frame.iloc[-1]
    runs = "This run" if len(frame) == 1 else f"These {len(frame)} runs"
    return (
        f"{runs} cost {say(float(last['spent']))}. If one of {names} is right, each as likely "
        f"before, whoever then chooses the likelier one is expected to choose right in "
        f"{percent(float(last['probability']))} of cases."
    )


def _stop(frame: pd.DataFrame, say: cells.Say) -> str:
    sure = np.flatnonzero(frame["probability"] >= SURE)
    if len(sure):
        at = int(sure[0])
        spent = say(float(frame["spent"].iloc[at]))
        return f"{percent(SURE)} are reached after run {at + 1}, at {spent}."
    return (
        f"{percent(SURE)} are not reached: within this allowance the two laws say nearly the same, "
        "or what either may be off by hides the difference."
    )
