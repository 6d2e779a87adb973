"""Several fits side by side: exponents, optima, scores and weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from bayesfit import formatting
from bayesfit.answers import Answer, Column, Table
from bayesfit.constants import BUDGETS, UNRELIABLE
from bayesfit.datasets import published_exponents
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.questions import Question, _budgets
from bayesfit.questions import _cells as cells
from bayesfit.questions._comparison import Comparison, allots
from bayesfit.questions._fits import Fits, named
from bayesfit.questions._record import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def compare(fits: Fits, flops: float | str | Iterable[float] = ()) -> Answer:
    """Fits of several laws to one table, side by side.

    Args:
        fits: name -> fit, or several fits, which are called by their laws; a folder of `run` or of
            `Fit.save` stands for the fit that it holds.
        flops: budgets that are shown, and spoken of, beside 1e21 to 1e26.

    Returns:
        Tables `exponents` and `scores` (by law), `optima` (law and budget).

    Raises:
        InputError: there are fewer than two fits, or no fit where a folder is named.

    Examples:
        >>> one = bayesfit.fit("chinchilla_approach3", "pile")
        >>> other = bayesfit.fit("kaplan_nd", "pile")
        >>> answer = bayesfit.compare([one, other], flops=1e24)
        >>> sorted(answer.tables)
        ['exponents', 'optima', 'scores']
    """
    each = named(fits)
    if len(each) < 2:
        raise InputError("a comparison needs two fits: name more of them")
    asked = _budgets.asked(flops)
    compared = Comparison(each, _budgets.shown(asked), asked)
    return Answer(
        f"{', '.join(each)} side by side on {compared.runs.name}",
        _tables(compared, asked),
        in_words(compared),
        dict(laws=partial(_figure, compared)) if compared.draws else {},
        dict(
            asked=asked,
            fits={name: short(fit) for name, fit in each.items()},
        ),
    )


def _figure(compared: Comparison) -> Figure:
    """The laws side by side; matplotlib is imported when somebody wants it."""
    from bayesfit import figures

    return figures.load("laws").draw(
        compared.exponents, compared.optima, compared.runs, flops=compared.asked
    )


def _tables(compared: Comparison, asked: Sequence[float]) -> dict[str, Table]:
    tables = {}
    if compared.draws:
        tables["exponents"] = Table(
            compared.exponents,
            f"How N* and D* grow from {formatting.flops(BUDGETS[0])} to "
            f"{formatting.flops(BUDGETS[-1])} FLOPs, and as papers print it",
            _exponents(compared.exponents),
        )
        tables["optima"] = Table(
            compared.optima,
            "The best model for each budget, with 80 % bands",
            _optima(compared.optima, asked),
        )
    if not compared.scores.empty:
        scores = compared.scores
        tables["scores"] = Table(scores, "How well each law predicts", _scores(scores))
    return tables


def _exponents(table: pd.DataFrame) -> list[Column]:
    published = published_exponents()
    papers = (f"{r['source'].partition(' (')[0]}, {r['what']}" for _, r in published.iterrows())
    names = [*map(str, table.index), *papers]
    a = [cells.with_band(row, "a", cells.loss) for _, row in table.iterrows()]
    b = [cells.with_band(row, "b", cells.loss) for _, row in table.iterrows()]
    a += [_printed(row) for _, row in published.iterrows()]
    b += [cells.loss(1 - row["a"]) for _, row in published.iterrows()]
    return [("", names), ("slope of N* (80 %)", a), ("slope of D* (80 %)", b)]


def _printed(row: pd.Series) -> str:
    """An exponent of a paper with its interval or standard error, if it has any."""
    if row["low"] == row["low"]:
        return f"{cells.loss(row['a'])} ({cells.dash(*map(cells.loss, row[['low', 'high']]))})"
    se = f" ± {cells.loss(row['se'])}" if row["se"] == row["se"] else ""
    return f"{cells.loss(row['a'])}{se}"


def _optima(table: pd.DataFrame, asked: Sequence[float]) -> list[Column]:
    """The budgets asked for, and every other from the largest down: the rest is on disk."""
    others = sorted(table["C"].unique())[::-2]
    chosen = _budgets.merged(asked, others)
    shown = table[[any(_budgets.same(C, x) for x in chosen) for C in table["C"]]]
    rows = [row for _, row in shown.sort_values(["C"], kind="stable").iterrows()]
    columns: list[Column] = [
        ("FLOPs, law", [f"{formatting.flops(r['C'])} {r['law']}" for r in rows])
    ]
    columns += [("N*", [cells.with_band(r, "N", formatting.count) for r in rows])]
    columns += [("D*", [cells.with_band(r, "D", formatting.count) for r in rows])]
    if "loss_at_N" in table:
        columns += [("loss at N*", [cells.with_band(r, "loss_at_N", cells.loss) for r in rows])]
    return columns


def _scores(table: pd.DataFrame) -> list[Column]:
    rows = [row for _, row in table.iterrows()]
    columns: list[Column] = [("", list(map(str, table.index)))]
    columns += [("LOO", [f"{r['elpd_loo']:.1f}" for r in rows])]
    columns += [
        ("to the best", [f"{r['difference']:.1f} ± {r['se_difference']:.1f}" for r in rows])
    ]
    columns += [("weight", cells.shares([r["weight_loo"] for r in rows]))]
    if "log_score" in table:
        columns += [("log score beyond", cells.each(table["log_score"], "{:.2f}".format))]
        columns += [("in 80 %", cells.shares(table["coverage80"]))]
        columns += [("in 95 %", cells.shares(table["coverage95"]))]
    return columns


def in_words(compared: Comparison) -> list[str]:
    """How much hangs on the choice of law, and which of them predicts best."""
    said = []
    # Not by their rows: of one table each law takes those that it explains.
    tables = {(fit.runs.name, fit.runs.source) for fit in compared.fits.values()}
    if len(tables) > 1:
        names = formatting.joined(sorted(name for name, _ in tables))
        said.append(
            f"The fits are of different tables ({names}): not the law alone sets them apart."
        )
    for C in compared.asked or compared.budgets[-1:]:
        said += _apart(compared, C)
    for name, fit in compared.fits.items():
        if fit.law.is_of_loss and name not in compared.scores.index:
            said.append(f"{name} has no scores: it was fitted to other rows than most of the laws.")
        if fit.law.is_allocation and not allots(fit):
            given = ", ".join(fit.law.given)
            said.append(f"{name} has no optimum here: ask it alone, with {given} given.")
    if not compared.scores.empty:
        unreliable = compared.scores["unreliable"]
        for name, count in unreliable[unreliable > 0].items():
            said.append(
                f"The leave-one-out score of {name} is rough: Pareto k above {UNRELIABLE} for "
                f"{formatting.several(count, 'run')}."
            )
        said += _beyond(compared)
    return said


def _beyond(compared: Comparison) -> list[str]:
    """Which law to extrapolate with, as far as the table's own larger runs can say."""
    said = "Weights are for runs in the midst of these: laws are not averaged beyond them."
    scores = compared.scores
    if len(scores) < 2:
        return []
    if "log_score" not in scores or scores["log_score"].isna().any():
        return [said]
    best = scores["log_score"].astype(float).idxmax()
    return [f"{said} Fits to the smaller runs predicted the larger ones best by {best}."]


def _apart(compared: Comparison, C: float) -> list[str]:
    """How far the laws are apart at a budget, beside how wide the band of one is."""
    if not compared.draws:
        return []
    own = compared.optima[[_budgets.same(C, x) for x in compared.optima["C"]]].set_index("law")
    if not (own["N"] < float("inf")).all():
        none = ", ".join(map(str, own.index[~(own["N"] < float("inf"))]))
        return [f"At {formatting.flops(C)} FLOPs there is no optimum by {none}."]
    budget, apart = f"At {formatting.flops(C)} FLOPs", own["N"].max() / own["N"].min()
    open_ended = own.index[~(own["N_hi80"] < float("inf"))]
    widest = f"spans a factor of {(own['N_hi80'] / own['N_lo80']).max():.1f}"
    if len(own) == 1:
        wide = "has no upper end" if len(open_ended) else widest
        return [f"{budget} N* is known by {own.index[0]} alone; its 80 % band {wide}."]
    wide = f"the widest 80 % band of one law {widest}"
    if len(open_ended):
        wide = f"the 80 % band of {', '.join(map(str, open_ended))} has no upper end"
    return [f"{budget} the laws' N* are a factor of {apart:.1f} apart; {wide}."]


def ask(fit: Fit, *, others: Fits, flops: float | str | Iterable[float] = ()) -> Answer:
    """This fit beside others: exponents, optima and scores.

    Args:
        others: as `compare` takes them; text names folders, with commas between.
        flops: as there.
    """
    others = others.split(",") if isinstance(others, str) else others
    if isinstance(others, Mapping):
        return compare({fit.law.name: fit, **others}, flops)
    return compare([fit, *others], flops)


question = Question(ask=ask, stages=("estimate", "posterior", "refits"))
