"""The whole fit: what `bayesfit run` shows and writes.

Exponents by posterior, MLE and bootstrap beside the papers'; the best model for each budget;
predictions of the runs fitted and held out; how the refits on the smaller runs predicted the larger
ones; the findings of a reviewer; and every figure of the fit, drawn when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pandas as pd

from bayesfit import findings
from bayesfit.answers import Answer, Column, Table
from bayesfit.data.runs import Runs
from bayesfit.findings import Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import like, number
from bayesfit.law import Law
from bayesfit.questions import Options, Question, _budgets, _optima, _predictions, _warnings
from bayesfit.questions import _cells as cells
from bayesfit.questions._record import record

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def overview(fit: Fit, *, flops: float | str | Iterable[float] = ()) -> Answer:
    """Exponents, optima, predictions, hold-outs and findings of a fit.

    Args:
        flops: budgets that are shown beside 1e21 to 1e26, and spoken of.
    """
    return looked_over(fit, numbers(fit, flops=flops))


def numbers(fit: Fit, *, flops: float | str | Iterable[float] = ()) -> Answer:
    """Exponents and optima: what people read while the rest is worked out (`looked_over`)."""
    asked = _budgets.asked(flops)
    tables, said = dict(exponents=_exponents(fit)), []
    if fit.law.is_allocation and not fit.law.given:
        optima = fit.optimum(_budgets.shown(asked))
        tables["optima"] = _optima.table(optima, fit.law, asked)
        tables["ways"] = _optima.ways(fit, optima, asked)
        said += [*_optima.sentences(optima, fit.law, asked), *_warnings.beyond(fit, asked)]
    title, facts = f"{fit.law.name} on {fit.runs.name}", dict(asked=asked)
    return Answer(title, tables, said, facts=facts, warnings=[*_warnings.far(fit, asked)])


def looked_over(fit: Fit, first: Answer) -> Answer:
    """The answer whose `numbers` are there: predictions, hold-outs, findings and figures too."""
    asked, predictions = first.facts["asked"], _predicted(fit)
    tables = dict(
        predictions=Table(predictions, columns=[]), holdouts=Table(fit.holdouts, columns=[])
    )
    said = [*first.sentences]
    if predictions["held_out"].any():
        said.append(_predictions.held_out_sentence(predictions[predictions["held_out"]]))
    found = findings.review(fit.about_budget(asked[-1]) if asked else fit)
    return replace(
        first,
        tables={**first.tables, **tables},
        sentences=said + [in_words(finding) for finding in found],
        figures=Figures(fit, asked),
        facts=record(fit) | dict(asked=asked, findings=[finding._asdict() for finding in found]),
    )


class Figures(Mapping):
    """Every figure of a fit, by name; matplotlib is imported when somebody looks."""

    def __init__(self, fit: Fit, asked: Sequence[float]) -> None:
        self._fit, self._asked = fit, asked

    @cached_property
    def _drawn(self) -> dict[str, Callable[[], Figure]]:
        from bayesfit import figures

        plots = figures.of_fit(self._fit)
        return {name: partial(plot, self._fit, flops=self._asked) for name, plot in plots.items()}

    def __getitem__(self, name: str) -> Callable[[], Figure]:
        return self._drawn[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._drawn)

    def __len__(self) -> int:
        return len(self._drawn)


def in_words(finding: Finding) -> str:
    """A finding as one sentence that begins with its verdict."""
    return f"{finding.verdict}: {finding.finding} {finding.advice}".rstrip()


def _predicted(fit: Fit) -> pd.DataFrame:
    """Predicted and observed response of every run, held-out ones marked."""
    parts = [_predictions.predicted(fit, fit.runs).assign(held_out=False)]
    if fit.held_out is not None:
        parts.append(_predictions.predicted(fit, fit.held_out).assign(held_out=True))
    return pd.concat(parts, ignore_index=True)


def _exponents(fit: Fit) -> Table:
    """The paper's parameters; the frame has those of the reference run and the likelihood too."""
    frame = fit.exponents()
    few = len(fit.labels) <= cells.FEW_GROUPS
    chosen = [
        str(name)
        for name in frame.index
        if str(name).partition("[")[0] in fit.law.symbols and (few or "[" not in str(name))
    ]
    return Table(frame, columns=_columns(frame.loc[chosen], fit))


def _columns(frame: pd.DataFrame, fit: Fit) -> list[Column]:
    rows = frame.to_dict("index")

    def column(*keys: str, by: str) -> list[str]:
        """Cells with the digits that the interval of that way of fitting deserves."""
        say = {name: like(row[f"{by}_lo80"], row[f"{by}_hi80"]) for name, row in rows.items()}
        return [_known([row[key] for key in keys], say[name]) for name, row in rows.items()]

    huber = "bootstrap" if "bootstrap_median" in frame else "posterior"  # the width of the MLE

    shown: list[Column] = [
        ("", [str(name) for name in rows]),
        ("posterior", column("posterior_median", by="posterior")),
    ]
    for p in (80, 95):
        ends = (f"posterior_lo{p}", f"posterior_hi{p}")
        shown.append((f"{p} %", column(*ends, by="posterior")))
    shown.append(("MLE", column("mle", by=huber)))
    if "bootstrap_median" in frame:
        for p in (80, 95):
            ends = (f"bootstrap_lo{p}", f"bootstrap_hi{p}")
            shown.append((f"bootstrap {p} %", column(*ends, by="bootstrap")))
    for paper in fit.law.published:
        printed = cells.each(frame[paper.source], lambda x: number(x, 4))
        shown += [(paper.source, printed)] * any(printed)
    return shown


def _known(values: Sequence[float], say: cells.Say) -> str:
    """A value or an interval; nothing if it is not known."""
    if any(x != x for x in values):
        return ""
    return "–".join(map(say, values))


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if a budget cannot be used, before anything is fitted."""
    del law, runs
    _budgets.asked(options.get("flops", ()))


question = Question(
    ask=overview, stages=("estimate", "bootstrap", "posterior", "refits"), check=check
)
