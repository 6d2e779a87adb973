"""What less, or more, would do: the loss of other budgets, and the budget that reaches a loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Table
from bayesfit.formatting import count, flops, joined, percent
from bayesfit.prediction.decision import Decision
from bayesfit.prediction.frontier import built
from bayesfit.questions import _cells as cells

SHARES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)  # of the budget
SURE = (0.5, 0.8, 0.95)
NOTE = (
    "Each budget builds N*, the median of its best sizes; the loss is that of building it. Gain: "
    "how much lower it is than with the whole budget, in the same draw."
)
NOTE_OF_TARGET = " P(target): the probability of reaching the target."
DECADES, STEPS = 4.0, 49  # either way, that a budget for a loss is looked for in


def budgets(decision: Decision, target: float | None) -> pd.DataFrame:
    """One row a budget: its median N*, the loss of building that, what it gains over this one.

    Budgets that buy no token for any size are left out.

    Args:
        target: a loss; `probability` is then that of reaching it.
    """
    shares = np.array(SHARES)
    shares = shares[decision.buys(decision.C * shares)]
    C = decision.C * shares
    N, loss = built(decision.law, decision.values, C, **decision.plan)
    here = loss[:, shares == 1.0]
    frame = pd.DataFrame(dict(C=C, share=shares, N=N))
    frame = frame.assign(**bands.columns("loss", loss), **bands.columns("gain", here - loss))
    return frame if target is None else frame.assign(probability=np.mean(loss <= target, 0))


def smallest(decision: Decision, target: float) -> pd.DataFrame:
    """The smallest budget that reaches a loss, with a probability of 50, 80 and 95 %.

    Infinite where four decades more do not; such a loss may lie below the irreducible one. `less`
    where four decades less do.
    """
    C = decision.C * np.logspace(-DECADES, DECADES, STEPS)
    C = C[decision.buys(C)]
    reached = built(decision.law, decision.values, C, **decision.plan)[1] <= target
    reached = np.maximum.accumulate(reached.mean(0))  # the misfit bends a surface
    found = [np.interp(p, reached, np.log(C)) if reached[-1] >= p else np.inf for p in SURE]
    less = [bool(reached[0] >= p) for p in SURE]
    return pd.DataFrame(dict(probability=SURE, C=np.exp(found), less=less))


def target_table(found: pd.DataFrame, target: float) -> Table:
    """The budgets that reach a target, for people."""
    said = [_at_least(row) if np.isfinite(row["C"]) else "none" for _, row in found.iterrows()]
    columns = [("probability", cells.shares(found["probability"])), ("FLOPs", said)]
    return Table(found, f"The smallest budget that reaches a loss of {target:g}", columns)


def _at_least(row: pd.Series) -> str:
    return f"less than {flops(row['C'])}" if row["less"] else flops(row["C"])


def table(frame: pd.DataFrame) -> Table:
    """The budgets for people."""
    shown = [
        ("FLOPs", cells.each(frame["C"], flops)),
        ("of this budget", cells.each(frame["share"], lambda x: f"{x:g}")),
        ("N*", cells.sizes(frame["N"], count)),
        ("loss", cells.each(frame["loss"], cells.loss)),
        cells.band(frame, "loss", 80, cells.loss),
        ("gain", cells.each(frame["gain"], _signed)),
        ("80 %", [*map(_between, frame["gain_lo80"], frame["gain_hi80"])]),
    ]
    note = NOTE
    if "probability" in frame:
        shown.append(("P(target)", cells.shares(frame["probability"])))
        note += NOTE_OF_TARGET
    return Table(frame, "What less, or more, would do", shown, note)


def _signed(x: float) -> str:
    """A change; one that has no digit to show is not called zero."""
    if 0 < abs(x) < cells.LEAST_SHOWN:
        return cells.difference(x)
    return f"{x:+.{cells.DIGITS}f}" if x else "0"


def _between(low: float, high: float) -> str:
    return f"{_signed(low)} to {_signed(high)}" if low < high else ""


def sentences(frame: pd.DataFrame) -> Iterator[str]:
    """What a tenth and ten times the budget would do."""
    rows = {row["share"]: row for _, row in frame.iterrows()}
    for share, words in ((0.1, "A tenth of the budget"), (10.0, "Ten times the budget")):
        if share not in rows:
            continue
        row = rows[share]
        ends = f"{_signed(-row['gain_hi80'])} to {_signed(-row['gain_lo80'])}"
        yield (
            f"{words} would end at {row['loss']:.3f}, a change of {_signed(-row['gain'])} nats per "
            f"token (80 %: {ends})."
        )


def target_sentences(
    found: pd.DataFrame, target: float | None, decision: Decision
) -> Iterator[str]:
    """Which budgets reach the target, if there is one."""
    if target is None:
        return
    said = [
        f"{_at_least(row)} FLOPs with {percent(row['probability'])}"
        for _, row in found.iterrows()
        if np.isfinite(row["C"])
    ]
    if said:
        yield f"A loss of {target:g} is reached by {joined(said)} probability."
    else:
        yield (
            f"No budget within {DECADES:g} decades reaches {target:g} in half of the draws"
            f"{_below_irreducible(decision, target)}."
        )


def _below_irreducible(decision: Decision, target: float) -> str:
    """How often the target lies below what no budget removes."""
    name = decision.law.roles.get("irreducible", "")
    values = np.asarray(decision.values.get(name, []))
    share = float(np.mean(values >= target)) if values.ndim == 1 and values.size else 0.0
    return f": in {percent(share)} of them it lies below {name}, the irreducible loss" * (share > 0)
