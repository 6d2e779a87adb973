"""Luo et al. 2025: the multi-power law of learning rate schedules, on the authors' curves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import bayesfit
from bayesfit.data.runs import Runs, from_frame
from bayesfit.data.schedules import history
from bayesfit.inference.mle import DELTA, huber
from benchmarks.reproductions.fits import Fitted, response
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import shared

CITATION = "Luo et al. 2025, arXiv:2503.12811"
FITTED = ("cosine_24000", "constant_24000", "wsdcon_9")  # by the paper; six others are predicted
ERRORS = {"25M": ("0.0011", "0.0041"), "100M": ("0.0014", "0.0058"), "400M": ("0.0017", "0.0100")}
WARMUP = 2160  # steps
DATA = "the authors' curves of {}, {} schedules"
LOWER = (
    "the published constants are not the minimum over the three schedules: Huber's loss of ours is "
    "{:.2f} times theirs"
)


def of_size(size: str) -> tuple[Runs, Runs]:
    """Curves of the schedules that the paper fits, and of those that it predicts."""
    table = shared("mpl_lr_schedule_curves.csv").drop(columns="N")
    table = table[table["run"].str.startswith(f"{size}|")].assign(warmup=WARMUP)
    fitted = table["schedule"].isin(FITTED)
    own, others = (
        from_frame(x.reset_index(drop=True), size) for x in (table[fitted], table[~fitted])
    )
    return own, others


def errors(values, runs: Runs) -> tuple[float, float]:
    """Mean relative error, and mean of the worst of each schedule."""
    off = pd.Series(np.abs(predicted(values, runs) / runs["loss"] - 1)).groupby(runs["schedule"])
    return float(off.mean().mean()), float(off.max().mean())


def predicted(values, runs: Runs) -> np.ndarray:
    """Losses along the curves."""
    law, known = bayesfit.load_law("lr_schedule"), history(runs)
    return response(law, values, {name: known[name].to_numpy() for name in law.inputs})[0]


def arrays(values) -> dict[str, np.ndarray]:
    """Constants as one draw."""
    return {name: np.array([x]) for name, x in values.items()}


def predictions() -> Iterator[Row]:
    """PredE and WorstE of the published constants, on the six schedules not fitted."""
    law = bayesfit.load_law("lr_schedule")
    for published, (size, printed) in zip(law.published, ERRORS.items(), strict=True):
        found = errors(arrays(published.values), of_size(size)[1])
        for name, text, ours in zip(("PredE", "WorstE"), printed, found, strict=True):
            yield Row("README", f"{name} of {size}, constants as published", text, ours,
                      DATA.format(size, "six other"),
                      why="rows along the curve are other ones than the paper's")  # fmt: skip


def refits() -> Iterator[Row]:
    """The seven constants of each size, refitted by Huber's loss."""
    law = bayesfit.load_law("lr_schedule")
    for published, size in zip(law.published, ERRORS, strict=True):
        own, others = of_size(size)
        found, data = Fitted("lr_schedule", own), DATA.format(size, "three")
        share = objective(found.values, own) / objective(arrays(published.values), own)
        why = LOWER.format(share)
        for name in law.symbols:
            printed = f"{published.values[name]:.3f}"  # as the README has them
            yield Row(
                "README", f"{name} of {size}, refitted", printed, found.at(name), data, why=why
            )
        for name, text, ours in zip(
            ("PredE", "WorstE"), ERRORS[size], errors(found.values, others), strict=True
        ):
            yield Row("README", f"{name} of {size}, constants refitted", text, ours, data, why=why)


def objective(values, runs: Runs) -> float:
    """Sum of Huber losses of log loss."""
    return float(np.asarray(huber(np.log(predicted(values, runs) / runs["loss"]), DELTA)).sum())


PARTS = (predictions, refits)
