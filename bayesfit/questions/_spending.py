"""Hours, energy, money and memory of a budget."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Table
from bayesfit.formatting import count, flops, interval, number
from bayesfit.machines import Cluster
from bayesfit.questions import _cells as cells

TRAINING, SERVING = 16.0, 2.0  # bytes a parameter: Adam in mixed precision; weights in bfloat16
TOKEN = 4.0  # bytes of a token on disk
BYTES = ("checkpoint", "weights", "tokens")
WORDS = dict(
    hours="hours of one accelerator",
    node_hours="node-hours",
    days="days on all accelerators",
    megawatt_hours="energy, MWh",
    dollars="dollars",
    checkpoint="a checkpoint",
    weights="weights to serve",
    tokens="tokens on disk",
)


def table(cluster: Cluster, choices: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row a quantity of training the size to build, with bands."""
    best = choices.iloc[0]
    found = cluster.spent(best["training"], seed) | {
        name: np.array([x])
        for name, x in dict(
            checkpoint=TRAINING * best["N"], weights=SERVING * best["N"], tokens=TOKEN * best["D"]
        ).items()
    }
    rows = [dict(quantity=name) | bands.columns("amount", draws) for name, draws in found.items()]
    return pd.DataFrame(rows)


def shown(frame: pd.DataFrame) -> Table:
    """The quantities for people."""
    rows = frame.to_dict("records")
    amounts = [say(row["quantity"], row["amount"]) for row in rows]
    spans = [
        cells.dash(*(say(row["quantity"], row[f"amount_{end}80"]) for end in ("lo", "hi")))
        if row["amount_lo80"] < row["amount_hi80"]
        else ""
        for row in rows
    ]
    columns = [
        ("what", [WORDS[x] for x in frame["quantity"]]),
        ("median", amounts),
        ("80 %", spans),
    ]
    return Table(frame, "What it costs", columns)


def say(quantity: str, amount: float) -> str:
    """An amount with its unit, where the name of the quantity has none."""
    if quantity not in BYTES:
        return count(amount)
    for scale, unit in ((1e15, "PB"), (1e12, "TB"), (1e9, "GB")):
        if amount >= scale:
            return f"{number(amount / scale)} {unit}"
    return f"{number(amount / 1e6)} MB"


def sentences(frame: pd.DataFrame, choices: pd.DataFrame, cluster: Cluster) -> Iterator[str]:
    """Hours and money, and what they rest on."""
    rows = {row["quantity"]: row for _, row in frame.iterrows()}
    hours, name = rows["hours"], cluster.gpu.upper()
    training = flops(choices["training"].iloc[0])
    said = (
        f"Training takes {training} FLOPs: {count(hours['amount'])} hours of {name}{_ends(hours)}"
    )
    if "days" in rows:
        said += f", {number(rows['days']['amount'], 2)} days on {cluster.gpus:,} of them"
    if "dollars" in rows:
        said += f", {count(rows['dollars']['amount'])} dollars{_ends(rows['dollars'])}"
    price = "" if cluster.price is None else f" and {_range(cluster.price)} dollars an hour"
    yield f"{said}, at an MFU of {_range(cluster.mfu)}{price}."
    yield _assumed()


def _assumed() -> str:
    return (
        "Ranges of MFU, price and energy overhead hold the truth in 9 cases of 10. A checkpoint "
        f"has {TRAINING:g} bytes a parameter (Adam in mixed precision), weights to serve "
        f"{SERVING:g}, a token on disk {TOKEN:g}."
    )


def _ends(row: pd.Series) -> str:
    """The 80 % band in brackets; nothing for what is known."""
    if row["amount_lo80"] == row["amount_hi80"]:
        return ""
    return f" (80 %: {interval(row['amount_lo80'], row['amount_hi80'], count)})"


def _range(x) -> str:
    ends = np.atleast_1d(x)
    return number(float(ends[0])) if len(ends) == 1 else f"{ends[0]:g} to {ends[1]:g}"
