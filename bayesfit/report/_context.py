"""The plain data that the report lays out, from a fit and the tables made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayesfit.answers import Answer
from bayesfit.data.runs import Runs, as_labels
from bayesfit.extrapolation import backtest, measured
from bayesfit.formatting import flops
from bayesfit.law import Law, cost_name

if TYPE_CHECKING:
    from bayesfit.fitted import Fit

Row = dict[str, Any]
ROWS = dict(
    final="the last row of each run",
    curve="rows along the training curves",
    envelope="the envelope of the training curves",
)


def context(
    fit: Fit, answer: Answer, settings: Mapping[str, Any], budget: Answer | None = None
) -> dict[str, Any]:
    """What `bayesfit.report.render` is given.

    Args:
        fit: the fit.
        answer: the overview of it (`bayesfit.questions.overview`): tables ``exponents``, ``optima``
            and ``predictions`` as far as there are any; ``findings`` and ``asked`` (budgets) among
            its facts, which are the record of how the fit was made.
        settings: what the user asked for; ``command`` is shown by itself.
        budget: the answer of that name, for a page that is about one budget.
    """
    tables = {name: table.frame for name, table in answer.tables.items()}
    facts = answer.facts
    return dict(
        title=title(fit.law, fit.runs.name) if budget is None else _of_budget(fit, budget),
        budget=None if budget is None else _budget(budget),
        command=settings.get("command", ""),
        law=_law(fit),
        data=_data(fit.runs),
        asked=list(facts.get("asked", ())),
        findings=list(facts.get("findings", ())),
        exponents=[*_exponents(fit, tables["exponents"])] if "exponents" in tables else [],
        optima=[*_optima(fit, tables["optima"])] if "optima" in tables else [],
        ways=_ways(fit, tables["ways"]) if "ways" in tables else [],
        measured=_measured(fit),
        coverage=coverage(fit),
        holdout=_holdout(tables["predictions"]) if "predictions" in tables else [],
        provenance=dict(settings=dict(settings)) | dict(facts),
    )


def title(law: Law, data: str) -> str:
    """The heading: the law in words, and what it was fitted to.

    The words are those before the colon in the first line of the law's file; its name without one.
    """
    head, colon, _ = law.formula.partition(":")
    human = head.strip() if colon else ""
    pooled = f", pooled by {law.group}" if law.group else ""
    return f"{human or law.name}{pooled}, fitted to {data}"


def _of_budget(fit: Fit, budget: Answer) -> str:
    within, spent = budget.facts["within"], flops(budget.facts["flops"])
    of = "" if within is None else f" for {within}"
    return f"A training budget of {spent} FLOPs{of}, by runs of {fit.runs.name}"


def _budget(budget: Answer) -> Row:
    """Its paragraphs, and the cells of its tables."""
    tables = {
        name: dict(
            title=table.title,
            heads=[heading for heading, _ in table.shown],
            rows=[*zip(*(cells for _, cells in table.shown), strict=True)],
            note=table.note,
        )
        for name, table in budget.tables.items()
        if table.shown
    }
    facts = dict(flops=budget.facts["flops"], paragraphs=budget.facts["paragraphs"])
    return facts | dict(warnings=list(budget.warnings), tables=tables)


def coverage(fit: Fit) -> Row | None:
    """How often bands of refits on the smaller runs held the larger ones; None without any."""
    scored = fit.holdouts
    if scored.empty:
        return None
    ours = backtest.summary(scored).iloc[0]
    inside = {f"inside{level}": float(ours[f"coverage{level}"]) for level in (80, 95)}
    return dict(refits=len(fit.refits), runs=len(scored)) | inside


def _measured(fit: Fit) -> str:
    """How bands of this law held on public sweeps; empty if nobody counted."""
    counted = measured.measured(fit.law, fit.likelihood)
    return "" if counted is None else measured.in_words(counted)


def _law(fit: Fit) -> Row:
    law = fit.law
    return dict(
        name=law.name,
        doc=law.doc,
        formula=law.formula,
        group=law.group,
        response=law.response,
        rows=ROWS[law.rows],
        cost=cost_name(law.cost),
        likelihood=f"{fit.likelihood.name}: {fit.likelihood.doc}",
        overrides=dict(law.overrides),
    )


def _data(runs: Runs) -> Row:
    return dict(
        name=runs.name,
        source=runs.source,
        runs=len(runs),
        left_out=list(runs.left_out),
        notes=list(runs.notes),
        warnings=list(runs.warnings),
        simulated=runs.simulated,
        largest_flops=float(runs["C"].max()) if "C" in runs.columns else 0.0,
    )


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(name): x for name, x in row.items()} for row in table.to_dict("records")]


def _exponents(fit: Fit, table: pd.DataFrame) -> Iterator[Row]:
    """One row a parameter, with its meaning and with what papers print for it."""
    table = table.set_index("parameter") if "parameter" in table else table
    meanings = dict(fit.likelihood.symbols) | dict(fit.law.symbols)
    for name, row in zip(map(str, table.index), _rows(table), strict=True):
        published = [
            dict(source=p.source, value=p.values[name], error=p.errors.get(name))
            for p in fit.law.published
            if name in p.values
        ]
        meaning = meanings.get(name.partition("[")[0], "")
        if fit.law.symbols and not meaning:
            continue  # of the reference run: in the tables beside the page
        yield dict(name=name, meaning=meaning, published=published) | row


def _optima(fit: Fit, table: pd.DataFrame) -> Iterator[Row]:
    """One row a budget; of a law with groups, with the largest run of its own group."""
    group = fit.law.group
    if group not in table:
        yield from _rows(table)
        return
    C = pd.Series(fit.runs["C"]).groupby(as_labels(fit.runs[group])).max()
    for row in _rows(table.rename(columns={group: "group"})):
        yield row | dict(largest_flops=float(C.get(row["group"], C.max())))


def _ways(fit: Fit, table: pd.DataFrame) -> list[Row]:
    return _rows(table.rename(columns={fit.law.group: "group"}))


def _holdout(predictions: pd.DataFrame) -> list[Row]:
    if "held_out" not in predictions:
        return []
    return _rows(predictions[predictions["held_out"].astype(bool)])
