"""The screen of `bayesfit tokens`: the tokens each size needs, and a question answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Console
from rich.text import Text

from bayesfit.formatting import count, number, percent
from bayesfit.output.screen import in_width
from bayesfit.questions.tokens import NEAR, Answer


def show(console: Console, table: pd.DataFrame, told: Answer, law: str, data: str) -> None:
    """The table, split to the width of the screen, and the answer in words."""
    title = f"Tokens that each size needs; ours: {law} fitted to {data}"
    console.print(Text(title, style="bold"))
    console.print(in_width(columns(table, told), console.width))
    for sentence in in_words(table, told):
        console.print(sentence, markup=False)


def columns(table: pd.DataFrame, told: Answer) -> list[tuple[str, list[str]]]:
    """Headings and cells."""

    def said(name: str) -> list[str]:
        return ["" if np.isnan(x) else count(x) for x in table[name]]

    def band(name: str, level: int, say) -> tuple[str, list[str]]:
        ends = zip(table[f"{name}_lo{level}"], table[f"{name}_hi{level}"], strict=True)
        return f"{level} %", [f"{say(low)}–{say(high)}" for low, high in ends]

    ratios = [number(x, 2) for x in table["D_over_kaplan"]]
    others = ["" if np.isnan(x) else number(x, 3) for x in table["approach_1_over_kaplan"]]
    return [
        ("N", said("N")),
        ("Kaplan bound", said("kaplan")),
        *((f"Hoffmann {i}", said(f"approach_{i}")) for i in (1, 2, 3)),
        ("ours D*", said("D")),
        band("D", 80, count),
        band("D", 95, count),
        ("Hoffmann 1 / Kaplan", others),
        ("ours / Kaplan", ratios),
        band("D_over_kaplan", 80, lambda x: number(x, 2)),
        (f"P(near {number(told.factor)})", [percent(x) for x in told.near]),
        (f"P(above {number(told.factor)})", [percent(x) for x in told.more]),
    ]


def in_words(table: pd.DataFrame, told: Answer) -> list[str]:
    """The answer, and what it is conditional on."""
    middle = int(np.argmin(np.abs(np.log(table["N"] / 175e9))))
    row = table.iloc[middle]
    low, high = table["D_over_kaplan"].iloc[[0, -1]]
    return [
        f"Is Kaplan's bound times {number(told.factor)} the right amount of data? Within a factor "
        f"{number(NEAR)} of it, at {count(row['N'])} parameters: with probability "
        f"{percent(told.near[middle])}; at all these sizes at once: {percent(told.throughout)}.",
        f"The ratio is no constant: Kaplan's bound grows as N^0.74, ours in such a way that the "
        f"ratio goes from {number(low, 2)} at {count(table['N'].iloc[0])} to {number(high, 2)} at "
        f"{count(table['N'].iloc[-1])}. Nor do both answer one question: Kaplan's bound keeps a "
        "model from overfitting, the other columns spend its compute best.",
        "These bands take the law to hold at every size; most of these lie beyond the runs fitted.",
    ]
