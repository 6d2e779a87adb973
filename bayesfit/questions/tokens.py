"""How many tokens each size needs, from 400M to 10T: by Kaplan, by Hoffmann, and by a fit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bayesfit.answers import Answer, Column, Table
from bayesfit.extrapolation import measured
from bayesfit.fitted import Fit
from bayesfit.formatting import count, number, percent
from bayesfit.questions import Question, _budgets
from bayesfit.questions import _cells as cells
from bayesfit.questions import _tokens as needed
from bayesfit.questions._record import short

FAMOUS = 175e9  # parameters at which the sentence is written, if no size is asked for


def tokens(fit: Fit, *, sizes: float | str | Iterable[float] = needed.SIZES) -> Answer:
    """Tokens that each size needs, and whether 3.7 times Kaplan's bound is the right amount.

    Args:
        sizes: parameters, at least one.
    """
    wanted = _budgets.sizes(sizes)
    D = needed.best_tokens(*fit.drawn(), wanted)
    frame, verdict = needed.table(D, wanted), needed.verdict(D, wanted)
    frame = frame.assign(near=verdict.near, more=verdict.more)
    title = f"Tokens that each size needs; ours: {fit.law.name} fitted to {fit.runs.name}"
    return Answer(
        title,
        dict(tokens=Table(frame, columns=columns(frame, verdict.factor))),
        in_words(frame, verdict, measured.measured(fit.law, fit.likelihood)),
        facts=short(fit) | dict(factor=verdict.factor, throughout=verdict.throughout),
    )


def columns(frame: pd.DataFrame, factor: float) -> list[Column]:
    """Headings and cells."""
    return [
        ("N", cells.each(frame["N"], count)),
        ("Kaplan bound", cells.each(frame["kaplan"], count)),
        *((f"Hoffmann {i}", cells.each(frame[f"approach_{i}"], count)) for i in (1, 2, 3)),
        ("ours D*", cells.sizes(frame["D"])),
        cells.band(frame, "D", 80, count),
        cells.band(frame, "D", 95, count),
        ("Hoffmann 1 / Kaplan", cells.each(frame["approach_1_over_kaplan"], number)),
        ("ours / Kaplan", cells.each(frame["D_over_kaplan"], cells.ratio)),
        cells.band(frame, "D_over_kaplan", 80, cells.ratio),
        (f"P(near {number(factor)})", cells.shares(frame["near"])),
        (f"P(above {number(factor)})", cells.shares(frame["more"])),
    ]


def in_words(
    frame: pd.DataFrame, verdict: needed.Verdict, counted: measured.Measured | None
) -> list[str]:
    """The answer, and how far such bands can be believed."""
    middle = int(np.argmin(np.abs(np.log(frame["N"] / FAMOUS))))
    row = frame.iloc[middle]
    said = [
        f"Is Kaplan's bound times {number(verdict.factor)} the right amount of data? Within a "
        f"factor {number(needed.NEAR)} of it, at {count(row['N'])} parameters: with probability "
        f"{percent(verdict.near[middle])}; at all these sizes at once: "
        f"{percent(verdict.throughout)}."
    ]
    if len(frame) > 1:
        low, high = frame["D_over_kaplan"].iloc[[0, -1]]
        said.append(
            f"The ratio is no constant: Kaplan's bound grows as N^0.74, ours in such a way that "
            f"the ratio goes from {number(low, 2)} at {count(frame['N'].iloc[0])} to "
            f"{number(high, 2)} at {count(frame['N'].iloc[-1])}. Nor do both answer one question: "
            "Kaplan's bound keeps a model from overfitting, the other columns spend its compute "
            "best."
        )
    return [
        *said,
        "Most of these sizes lie beyond the runs fitted: "
        + (measured.in_words(counted) if counted else "how often such bands hold was not counted."),
    ]


question = Question(ask=tokens, stages=("estimate", "posterior"), check=needed.check)
