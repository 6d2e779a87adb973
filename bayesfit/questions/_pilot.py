"""What one more pilot run would change, for the page of a budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, percent
from bayesfit.questions.design import design

SHARE = 0.01  # of the budget that a pilot run may cost


def pilot(fit: Fit, C: float, plan: Mapping[str, Any]) -> list[str]:
    """The run for a hundredth of the budget that narrows the band of its loss most, in a sentence.

    Empty for a law whose runs cannot be laid out by N and D.
    """
    if fit.law.group or not {"N", "D"} <= set(fit.law.inputs):
        return []
    limits = {name: x for name, x in plan.items() if name in ("given", "cost")}
    of = f"{percent(SHARE)} of the budget"
    try:
        found = design(fit, C, allowance=SHARE * C, runs=1, **limits)
    except InputError:  # there is none that tells
        return [f"No single pilot run for {of} would narrow the band of the loss noticeably."]
    run = found.runs.iloc[0]
    return [
        f"One more pilot run for {of}, {count(run['N'])} parameters on {count(run['D'])} tokens, "
        f"is expected to leave {percent(run['sd_left'])} of the width of the band of the loss "
        "(bayesfit design says what several would do)."
    ]
