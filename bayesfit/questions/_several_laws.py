"""What several laws say of one budget: each with its own bands, and how far they lie apart.

Laws that fit the same runs as well may disagree beyond them by more than the band of any one. An
average would hide that, and so there is none: their disagreement stands as a band by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Column, Table
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, interval, joined, percent
from bayesfit.prediction.decision import Decision
from bayesfit.prediction.optimum import loss_of_size, optima
from bayesfit.questions import _cells as cells

QUANTITIES = ("N", "D", "loss")
SAY = dict(N=count, D=count, loss=cells.loss)
NOTE = (
    "The last row is the disagreement between the laws, from the lowest to the highest median. It "
    "is in no law's own band, and no average hides it."
)
WORDS = dict(N="N*", D="D*", loss="loss of the size to build")


def table(decision: Decision, fits: Mapping[str, Fit]) -> pd.DataFrame:
    """One row a law: bands of N* and D*, and of the loss of the size to build.

    Args:
        decision: of the first law; the others are asked about its budget and its size.
        fits: name -> fit, the first one included; each of one group, if its law has groups.

    Returns:
        `law`, `runs`, bands of N, D and loss (NaN for a law that knows none), `without`, the share
        of draws that have no best size.

    Raises:
        InputError: a law cannot be planned so.
    """
    rows = [dict(law=name, runs=fit.runs.name) | _row(decision, fit) for name, fit in fits.items()]
    return pd.DataFrame(rows)


def _row(decision: Decision, fit: Fit) -> dict[str, float]:
    law, values = fit.drawn()
    try:
        best = optima(law, values, decision.C, **decision.plan)
    except InputError as error:
        raise InputError(f"{fit.law.name} beside the others: {error}") from error
    found = {name: best[name][:, 0] for name in ("N", "D")}
    loss = np.full(len(found["N"]), np.nan)
    if law.has_surface:
        loss = loss_of_size(law, values, [decision.size], [decision.C], **decision.plan)[:, 0]
    row = {}
    for name, draws in (*found.items(), ("loss", loss)):
        row |= bands.columns(name, draws)
    return row | dict(without=float(np.mean(~np.isfinite(found["N"]))))


def apart(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a quantity: the lowest and the highest median of the laws, and whose they are.

    `lowest` and `highest`; `own_lo80` and `own_hi80`, the 80 % band of the first law; `wider`, how
    many times as wide as that band the laws lie apart (sizes and tokens in logs).
    """
    rows = []
    for name in QUANTITIES:
        known = frame[np.isfinite(frame[name])]
        if known.empty:
            continue
        low, high = int(np.argmin(known[name])), int(np.argmax(known[name]))
        ends = dict(lowest=float(known[name].iloc[low]), highest=float(known[name].iloc[high]))
        ends |= {f"own_{end}80": float(frame[f"{name}_{end}80"].iloc[0]) for end in ("lo", "hi")}
        whose = dict(lowest_by=known["law"].iloc[low], highest_by=known["law"].iloc[high])
        rows.append(dict(quantity=name) | ends | whose | dict(wider=_wider(name, ends)))
    return pd.DataFrame(rows)


def _wider(name: str, ends: Mapping[str, float]) -> float:
    scaled = {end: x if name == "loss" else float(np.log(x)) for end, x in ends.items()}
    across = scaled["own_hi80"] - scaled["own_lo80"]
    return (scaled["highest"] - scaled["lowest"]) / across if across > 0 else np.nan


def shown(frame: pd.DataFrame, spread: pd.DataFrame) -> Table:
    """The laws for people, and under them from where to where they reach."""
    ends = {row["quantity"]: row for row in spread.to_dict("records")}
    columns: list[Column] = [("law", [*frame["law"], "between the laws"])]
    for name in QUANTITIES:
        say = SAY[name]
        middle = cells.sizes(frame[name], say)
        _, span = cells.band(frame, name, 80, say)
        between = ""
        if name in ends:
            between = cells.dash(say(ends[name]["lowest"]), say(ends[name]["highest"]))
        columns += [(WORDS[name], [*middle, between]), ("80 %", [*span, ""])]
    return Table(frame, "What other laws say of this budget", columns, NOTE)


def sentences(spread: pd.DataFrame, laws: int) -> Iterator[str]:
    """How far the laws lie apart, beside the band of the first."""
    for _, row in spread.iterrows():
        name = row["quantity"]
        if name == "D":
            continue
        say = SAY[name]
        ends = f"{say(row['lowest'])} ({row['lowest_by']}) to {say(row['highest'])}"
        own = interval(row["own_lo80"], row["own_hi80"], say)
        what = "put N* at" if name == "N" else "expect of the size to build a loss of"
        yield (
            f"{laws} laws {what} {ends} ({row['highest_by']}): their medians lie apart by "
            f"{percent(row['wider'])} of the width of the 80 % band of the first ({own})."
        )


def without(frame: pd.DataFrame) -> Iterator[str]:
    """Laws that know no best size in most draws, or no loss."""
    none = frame[~np.isfinite(frame["N"])]["law"]
    if len(none):
        yield f"In most draws of {joined([*none])} no size is the best."
