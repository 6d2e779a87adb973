"""The table of optima and what it comes to in words, for the questions that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Column, Table
from bayesfit.constants import BUDGETS
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, interval, number, percent
from bayesfit.law import Law
from bayesfit.questions import _cells as cells
from bayesfit.questions._budgets import same

TITLE = "The best model for each budget, with posterior bands"
CURE = (
    "Limit the sizes that can be built (--largest-N, --sizes), or ask for the loss of one "
    "(bayesfit predict)."
)


def table(frame: pd.DataFrame, law: Law, asked: Sequence[float], *, title: str = TITLE) -> Table:
    """Bands of N*, D*, tokens per parameter and the loss of building that N*.

    Args:
        frame: of `Fit.optimum`.
        asked: the budgets that the user named, which are always shown.
    """
    several = [name for name in law.given if name in frame]
    return Table(frame, title, columns(_chosen(frame, law.group, asked), law.group, several))


def ways(
    fit: Fit, optima: pd.DataFrame, asked: Sequence[float], plan: Mapping[str, Any] | None = None
) -> Table:
    """N* and D* by posterior, bootstrap and MLE under one another, at the budgets asked for.

    Without any, at the largest of those that are always shown.

    Args:
        optima: of `Fit.optimum` by the posterior, these budgets included.
        plan: constraints, as `Fit.optimum` has them.
    """
    budgets = asked or BUDGETS[-1:]
    at = [any(same(C, other) for other in budgets) for C in optima["C"]]
    others = [*["bootstrap"] * (fit.bootstrap is not None), "MLE"]
    found = [optima[at].assign(by="posterior")]
    found += [fit.optimum(budgets, by=way, **(plan or {})).assign(by=way) for way in others]
    frame = pd.concat(found, ignore_index=True)
    order = ["C", fit.law.group] if fit.law.group in frame else ["C"]
    frame = frame.sort_values(order, kind="stable", ignore_index=True)
    shown = _chosen(frame, fit.law.group, asked or budgets)
    many = fit.law.group in shown and shown[fit.law.group].nunique() > cells.FEW_GROUPS
    seen = _by_way(shown, fit.law.group) if not many else []
    return Table(frame, "The same by bootstrap and MLE, which take the law to be true", seen)


def ways_in_words(ways: Table) -> list[str]:
    """What the bootstrap says of N*, beside the posterior; of the last budget, of one law.

    Args:
        ways: as `ways` makes it.
    """
    rows = {row["by"]: row for _, row in ways.frame.iterrows()}
    if "bootstrap" not in rows or not np.isfinite(rows["bootstrap"]["N"]):
        return []
    return [
        "The bootstrap of the Huber fit, which takes the law to be true however far out, has N* "
        f"at {_band(rows['bootstrap'], 'N', count)}; the posterior, which doubts the law, at "
        f"{_band(rows['posterior'], 'N', count)}."
    ]


def _by_way(frame: pd.DataFrame, group: str) -> list[Column]:
    shown: list[Column] = [cells.budgets(frame, group), ("by", list(frame["by"]))]
    mle = (frame["by"] == "MLE").to_numpy()
    for name, heading in (("N", "N*"), ("D", "D*")):
        shown.append((heading, cells.sizes(frame[name], count)))
        for level in (80, 95):
            title, spans = cells.band(frame, name, level, count)
            shown.append((title, ["" if one else x for one, x in zip(mle, spans, strict=True)]))
    return shown


def columns(frame: pd.DataFrame, group: str = "", chosen: Sequence[str] = ()) -> list[Column]:
    """Headings and cells of the rows of `Fit.optimum`."""
    shown: list[Column] = [cells.budgets(frame, group)]
    for name, heading, say in (
        ("N", "N*", count),
        ("D", "D*", count),
        ("tokens_per_parameter", "D*/N*", cells.ratio),
    ):
        shown.append((heading, cells.sizes(frame[name], say)))
        shown.append(cells.band(frame, name, 80, say))
    for name in chosen:
        shown.append((name, cells.each(frame[name], number)))
        shown.append(cells.band(frame, name, 80, number))
    if "loss_at_N" in frame:
        shown.append(("loss at N*", cells.each(frame["loss_at_N"], cells.loss)))
        shown += [cells.band(frame, "loss_at_N", level, cells.loss) for level in (80, 95)]
    if (frame["without_optimum"] > 0).any():
        shown.append(("draws without", cells.shares(frame["without_optimum"])))
    return shown


def _chosen(frame: pd.DataFrame, group: str, asked: Sequence[float]) -> pd.DataFrame:
    """All rows; of many groups those at the budgets asked for, or else at the largest."""
    if group not in frame or frame[group].nunique() <= cells.FEW_GROUPS:
        return frame
    wanted = asked or [frame["C"].max()]
    return frame[[any(same(C, other) for other in wanted) for C in frame["C"]]]


def sentences(frame: pd.DataFrame, law: Law, asked: Sequence[float]) -> list[str]:
    """What to build for each budget that was asked for."""
    rows = (row for C in asked for _, row in frame.iterrows() if same(row["C"], C))
    return [_sentence(row, law) for row in rows]


def _sentence(row: pd.Series, law: Law) -> str:
    group = law.group
    of = f" and {group} {row[group]}" if group in row.index else ""
    budget = f"For {flops(row['C'])} FLOPs{of}"
    without = percent(row["without_optimum"])
    if not np.isfinite(row["N"]):
        return (
            f"{budget} there is no optimum: in {without} of the draws no size is the best. {CURE}"
        )
    said = f"{budget}: N* {_band(row, 'N', count)} on D* {_band(row, 'D', count)} tokens"
    if "loss_at_N" in row.index:
        said += f", with a loss of {_band(row, 'loss_at_N', cells.loss)} at that N*"
    for name in law.given:
        said += f", {name} {_band(row, name, number)}" if name in row.index else ""
    said += f". In {without} of the draws no size is the best" * bool(row["without_optimum"] > 0)
    return said + "."


def _band(row: pd.Series, name: str, say: cells.Say) -> str:
    return f"{say(row[name])} (80 %: {interval(row[f'{name}_lo80'], row[f'{name}_hi80'], say)})"
