"""What N* of a budget becomes if N counts other parameters, for the questions that name an N*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bayesfit.answers import Table
from bayesfit.findings import counts
from bayesfit.fitted import Fit
from bayesfit.law import cost_name


def counted_otherwise(
    fit: Fit, flops: Sequence[float], plan: Mapping[str, Any]
) -> tuple[dict[str, Table], list[str]]:
    """A table for files, named `counts`, and a sentence for each budget and other count of N.

    Both are empty where the table has no other count, or the plan limits N itself.

    Args:
        flops: budgets.
        plan: as `Fit.optimum` has it.
    """
    found = counts.recounts(fit, flops, plan) if counts.applies(fit, plan) else []
    if not found:
        return {}, []
    parts = [x.frame.assign(count=str(x.own), other=str(x.other)) for x in found]
    cost = cost_name(plan.get("cost") or fit.law.cost)
    sentences = [sentence for x in found for sentence in x.sentences(cost)]
    return dict(counts=Table(pd.concat(parts, ignore_index=True), columns=[])), sentences
