"""A table looked over before anything is fitted: what it holds, and what looks wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import models
from bayesfit.answers import Answer, Table
from bayesfit.data import isoflop, shown
from bayesfit.data.headings import RUN
from bayesfit.data.runs import Runs
from bayesfit.data.values import of_words
from bayesfit.datasets import as_runs
from bayesfit.errors import InputError
from bayesfit.findings.identified import WEAK
from bayesfit.findings.isoflop_profiles import at_an_edge, downwards, few_runs
from bayesfit.formatting import count, flops, joined, number, percent
from bayesfit.inference.expected import spread_ratio
from bayesfit.law import Law
from bayesfit.questions import _cells as cells
from bayesfit.questions import _laws

WIDTH = 56  # letters of a line of laws
EXAMPLES = 40  # of a line of words that a column holds
LABELS, LEAST_OF_LABEL = 6, 3  # at most so many, of so many runs each, may be recipes
EXACT = 0.005  # how far apart two counts of FLOPs are that are one, but for rounding
SAY = dict(N=count, D=count, C=flops, loss=lambda x: number(x, 4))


def check(runs: Any, law: str | Law | None = None, *, laws: bool = False) -> Answer:
    """What a table holds and what looks wrong, the laws that it allows, and what it says of them.

    Args:
        runs: the name of a built-in table, a path, Runs, a DataFrame, or columns.
        law: also the expected posterior spread of each of its parameters, from the inputs of the
            runs alone (`bayesfit.inference.expected`).
        laws: in place of the list of laws, how well each could know its exponents and N* (seconds;
            minutes at the first time, when a program for each law is compiled).

    Raises:
        InputError: the table cannot be read, or the law cannot be fitted to it.

    Examples:
        >>> list(bayesfit.check("my_runs.csv").tables)
        ['columns', 'laws']
    """
    runs = as_runs(runs)
    answer = _looked_over(runs, law)
    return joined_with(answer, _laws.identified(runs)) if laws else answer


def joined_with(answer: Answer, of_laws: Answer) -> Answer:
    """Both answers as one; the list of laws gives way to what is known of each."""
    tables = {name: table for name, table in answer.tables.items() if name != "laws"}
    return replace(
        answer,
        tables=tables | dict(of_laws.tables),
        sentences=[*answer.sentences, *of_laws.sentences],
        facts=dict(answer.facts) | dict(of_laws.facts),
    )


def _looked_over(runs: Runs, law: str | Law | None) -> Answer:
    tables = dict(columns=_columns(runs), budgets=_budgets(runs), laws=_allowed(runs))
    sentences = [*_door(runs), *_profiles(runs, tables["budgets"].frame)]
    if law is not None:
        tables["identified"], said = _identified(runs, law)
        sentences += said
    tables = {name: table for name, table in tables.items() if not table.frame.empty}
    facts = dict(rows=len(runs), sha256=runs.sha256, warnings=[*runs.warnings, *_unread(runs)])
    return Answer(shown.summary(runs), tables, sentences, facts=facts)


def _columns(runs: Runs) -> Table:
    """One row a column: how many cells are filled and differ, and between what they lie."""
    rows = []
    for name in runs.columns:
        column = runs.table[name]
        numbers = pd.api.types.is_numeric_dtype(column)
        filled = column.notna() if numbers else column != ""
        say = SAY.get(name, lambda x: number(x, 4))
        ends = (column.min(), column.max()) if numbers and filled.any() else (None, None)
        low, high = ("" if x is None else say(float(x)) for x in ends)
        some = "" if numbers else _some(column[filled].unique()[:4])
        rows.append((name, int(filled.sum()), column[filled].nunique(), low, high, some))
    headings = ["column", "filled", "different", "lowest", "highest", "such as"]
    return Table(pd.DataFrame(rows, columns=headings), "Columns")


def _some(values: Iterable[object]) -> str:
    """The first of some words, as many as a line has room for."""
    return next(iter(wrap(", ".join(map(str, values)), EXAMPLES)), "").rstrip(",")


def _budgets(runs: Runs) -> Table:
    """One row an isoFLOP budget."""
    if not {"N", "C", "loss"} <= set(runs.columns) or runs.is_of_curves:
        return Table(pd.DataFrame())
    table = isoflop.profiles(runs)
    if table.empty:
        return Table(table)
    shown_as = [
        ("FLOPs", cells.each(table["budget"], flops)),
        ("runs", list(map(str, table["runs"]))),
        ("from N", cells.each(table["lowest"], count)),
        ("to N", cells.each(table["highest"], count)),
        ("best N by a parabola", ["-" if np.isnan(N) else count(N) for N in table["N"]]),
    ]
    return Table(table, "IsoFLOP budgets", shown_as)


def _allowed(runs: Runs) -> Table:
    """One row a law that the columns allow."""
    names = []
    for name in models.names():
        inputs = models.declared(name, "inputs")
        response = models.declared(name, "response") or "loss"
        if inputs and {*inputs, response} <= set(runs.columns) and _laws.explains(name, runs):
            names.append((name, models.declared(name, "family"), models.describe(name)))
    frame = pd.DataFrame(names, columns=["law", "family", "formula"])
    lines = [
        (family if first else "", part)
        for family, laws in frame.groupby("family", sort=False)["law"]
        for first, part in _folded(", ".join(laws))
    ]
    shown = [("family", [x for x, _ in lines]), ("laws", [x for _, x in lines])]
    return Table(frame, "Laws that it has columns for", shown)


def _folded(text: str) -> list[tuple[bool, str]]:
    """Lines that fit on any screen, and whether each is the first."""
    return [(i == 0, line) for i, line in enumerate(wrap(text, WIDTH))]


def _unread(runs: Runs) -> list[str]:
    """What nearly every law asks for and no heading was read as: a loss, and one of N, D and C."""
    missing = [name for name in ("N", "D", "loss") if name not in runs.columns]
    if "loss" not in missing and (len(missing) < 2 or "C" in runs.columns):
        return []
    cure = " ".join(f"--map {name}=HEADING" for name in missing)
    return [f"no heading was read as {joined(missing)}: say which is ({cure})"]


def _door(runs: Runs) -> Iterable[str]:
    """What was done to the table, and what looks wrong."""
    yield from (f"REVIEW: {sentence}." for sentence in (*runs.warnings, *_unread(runs)))
    yield from (f"{sentence}." for sentence in runs.left_out)
    yield from (f"{sentence}." for sentence in runs.notes)
    yield from _flops(runs)
    yield from _recipes(runs)
    if runs.units is not None:
        how = f"named by {runs.units.column}" if runs.units.column else "seen by their tokens"
        yield f"{len(runs.units.names)} training curves, {how}: most laws see the last row of each."


def _recipes(runs: Runs) -> Iterable[str]:
    """Columns whose labels may be recipes, which one law for all would mix."""
    for name in of_words(runs.table):
        counts = runs.table[name].value_counts()
        if name.lower() not in RUN and 1 < len(counts) <= LABELS and counts.min() >= LEAST_OF_LABEL:
            labels = joined([str(x) for x in sorted(counts.index)])
            yield (
                f"column {name!r} tells runs of {labels} apart: a law takes them as one unless "
                f"they are groups (--group {name}), or one of them is taken (--where)."
            )


def _flops(runs: Runs) -> Iterable[str]:
    """Whether the table's own C is 6 N D; what it is where not is a warning already."""
    if {"N", "D", "C"} <= set(runs.columns) and not any("taken as" in x for x in runs.notes):
        ratio = runs["C"] / (6 * runs["N"] * runs["D"])
        if np.abs(ratio - 1).max() < EXACT:
            yield "C is 6 N D in every run, as the laws count FLOPs."


def _profiles(runs: Runs, table: pd.DataFrame) -> Iterable[str]:
    """Profiles that cannot bear an optimum."""
    if not table.empty:
        for found in (*few_runs(table), *at_an_edge(table), *downwards(runs)):
            yield f"{found.verdict}: {found.finding} {found.advice}".strip()


def _identified(runs: Runs, name: str | Law) -> tuple[Table, list[str]]:
    """How much narrower than its prior each parameter would be, and which would not."""
    law = name if isinstance(name, Law) else models.load(name)
    ratios = spread_ratio(_laws.design(law, runs))
    if not ratios:
        raise InputError(f"{law.name} has no parameter that a table as such could identify")
    frame = pd.DataFrame(dict(parameter=list(ratios), ratio=list(ratios.values())))
    frame["meaning"] = [law.symbols.get(x, "at the reference run") for x in ratios]
    table = Table(
        frame,
        f"Expected posterior spread over prior spread, {law.name}",
        [
            ("parameter", list(frame["parameter"])),
            ("of its prior", cells.each(frame["ratio"], percent)),
            ("meaning", list(frame["meaning"])),
        ],
    )
    weak = [x for x, ratio in ratios.items() if ratio > WEAK]
    verdict = f"could not identify {', '.join(weak)}" if weak else "could identify each parameter"
    return table, [f"By its inputs alone, the table {verdict} of {law.name}."]
