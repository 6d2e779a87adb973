"""What each law could learn from the inputs of a table, before anything is fitted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import models
from bayesfit.answers import Answer, Column, Table
from bayesfit.binding import bind, explained
from bayesfit.constants import NORMAL_80
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.findings.identified import WEAK
from bayesfit.formatting import flops, joined, number, percent
from bayesfit.law import Law
from bayesfit.prediction.identified import BEST, LEAST, ROLES, expected
from bayesfit.problem import Problem
from bayesfit.progress import Progress, silent

AHEAD = 10.0  # times the largest run: the budget of N*
LENGTH = 4096  # runs by which a longer table is judged; shorter ones are filled up to one length
HEADINGS = dict(exponent_N="exp. of N", exponent_D="exp. of D", irreducible="E")


def identified(runs: Runs, progress: Progress = silent) -> Answer:
    """One row a law that can be bound to the table: how well it could know its roles and N*.

    Args:
        progress: called with how many of the laws are done, and of how many.
    """
    bound, refused = _bound(runs)
    C = AHEAD * float(runs["C"].max()) if "C" in runs.columns else np.nan
    rows = []
    for i, problem in enumerate(bound):
        progress(i, len(bound))
        rows.append(dict(law=problem.law.name, **_expected(problem, C)))
    progress(len(bound), len(bound))
    frame = pd.DataFrame(rows, columns=["law", *_names()])
    table = Table(frame, "What the inputs could say of each law: half an expected 80 % band", [])
    table = replace(table, columns=_columns(frame, C))
    tables = dict(identified=table) if len(frame) else {}
    return Answer("Before any fit", tables, [*_how(frame), *refused], facts=dict(budget=C))


def explains(name: str, runs: Runs) -> bool:
    """Whether a law takes these rows, beyond names of columns: their curves, budgets, groups."""
    law = models.load(name)
    try:
        used = explained(law.adapted(runs.columns), runs)
    except InputError:
        return False
    return not law.group or law.group in used.columns


def design(law: Law, runs: Runs) -> Problem:
    """A law bound to the inputs of a table, all tables of one length: one program serves them all.

    A long table is judged by some of its runs.

    Raises:
        InputError: the law cannot be fitted to these runs.
    """
    law = law.adapted(runs.columns)
    used = explained(law, runs)
    labels = used.labels(law.group) if law.group and law.group in used.columns else None
    rows = len(used)
    if rows > LENGTH:
        kept = np.zeros(rows, bool)
        kept[np.random.default_rng(0).permutation(rows)[:LENGTH]] = True
        used = used.subset(kept)
    problem = bind(law, used, "normal", length=LENGTH, labels=labels)
    return replace(problem, weights=problem.weights * (rows / len(used)))


def _bound(runs: Runs) -> tuple[list[Problem], list[str]]:
    """The laws that can be, and sentences on the others."""
    bound, lacking, refused = [], [], []
    for name in models.names():
        law = models.load(name)
        wanted = (*law.inputs, law.response, *filter(None, [law.group]))
        missing = [x for x in wanted if x not in runs.columns]
        if missing and law.prepare is None and law.adapt is None:
            lacking.append(f"{name} ({', '.join(missing)})")
            continue
        try:
            bound.append(design(law, runs))
        except InputError as error:
            refused.append(f"{name} ({re.split('[:;]', str(error))[0]})")
    said = [f"Columns are missing for {joined(lacking)}."] * bool(lacking)
    return bound, said + [f"Nor is the table one for {joined(refused)}."] * bool(refused)


def _names() -> list[str]:
    names = (*ROLES, BEST, LEAST)
    return [f"{name}_{what}" for name in names for what in ("name", "ratio", "sd")]


def _expected(problem: Problem, C: float) -> dict[str, Any]:
    found = expected(problem, C)
    return {f"{name}_{what}": x for name, one in found.items() for what, x in one._asdict().items()}


def _columns(frame: pd.DataFrame, C: float) -> list[Column]:
    """Laws, roles and N*; columns that no law fills are left out."""
    shown: list[Column] = [("law", list(frame["law"]))]
    for name, heading in (HEADINGS | {BEST: f"N* at {flops(C)}"}).items():
        pairs = zip(frame[f"{name}_ratio"], frame[f"{name}_sd"], strict=True)
        cells = [_cell(ratio, NORMAL_80 * sd, name == BEST) for ratio, sd in pairs]
        shown += [(heading, cells)] * any(cells)
    pairs = zip(frame[f"{LEAST}_name"], frame[f"{LEAST}_ratio"], strict=True)
    return [*shown, ("known least", [f"{name}, {percent(ratio)}" for name, ratio in pairs])]


def _cell(ratio: float, half: float, is_log: bool) -> str:
    """Half of an 80 % band, as a factor where it is of a log; nothing for what a law has not."""
    if np.isnan(ratio):
        return ""
    if ratio > WEAK:
        return "prior only"
    return f"× or / {number(np.exp(half))}" if is_log else f"± {number(half, 2)}"


def _how(frame: pd.DataFrame) -> Iterable[str]:
    """How to read the table."""
    if len(frame):
        yield (
            "By the Fisher information of the inputs at draws from the prior, whatever the losses "
            "are, and with each law taken to be true; prior only where the band would be more than "
            f"{percent(WEAK)} as wide as the prior's; known least is the parameter at the "
            "reference run whose band would be the widest share of its prior's."
        )
