"""The forest plot: ours over the printed number, of every paper at a glance and row by row."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bayesfit.figures._style import canvas, styled
from benchmarks.reproductions.rows import AGREE, NEAR, OFF, OPEN

COLOURS = {"agrees": "#0072B2", OPEN: "#999999", NEAR: "#E69F00", OFF: "#D55E00"}  # Okabe & Ito
FARTHEST, PLAIN = 1.0, 0.01  # differences beyond are drawn at the edge; those below, linearly
TICKS = (-1.0, -0.1, -0.01, 0.0, 0.01, 0.1, 1.0)
COLUMNS, LINE = 3, 0.125  # of the figure of all rows; inches a line
LABEL = 62  # letters


def kind(verdict: str) -> str:
    """Agrees, undecided, close or differs."""
    return "agrees" if verdict in AGREE else verdict


def relative(table: pd.DataFrame, column: str) -> np.ndarray:
    """A column over the printed numbers, less one, and no farther than the edge."""
    found = table[column].to_numpy(float) / table["printed"].astype(float).to_numpy() - 1
    return np.clip(found, -FARTHEST, FARTHEST)


def axis(ax: Axes) -> None:
    """Linear within one per cent, logarithmic beyond."""
    ax.set_xscale("symlog", linthresh=PLAIN, linscale=1.0)
    ax.set_xlim(-1.15 * FARTHEST, 1.15 * FARTHEST)
    ax.xaxis.set_major_locator(FixedLocator(TICKS))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:+g} %" if x else "0"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.axvline(0.0, color="#222222", lw=0.8, zorder=1)
    ax.grid(False, axis="y")


@styled
def papers(table: pd.DataFrame) -> Figure:
    """One line a paper, a dot a number; dots of one line are spread up and down."""
    names = list(dict.fromkeys(table["citation"]))
    agree = table["verdict"].isin(AGREE).sum()
    figure = canvas(9.5, 1.4 + 0.3 * len(names),
                    f"{agree} of {len(table)} published numbers agree")  # fmt: skip
    ax, rng = figure.subplots(), np.random.default_rng(0)
    line = table["citation"].map(names.index).to_numpy(float)
    at = line + rng.uniform(-0.28, 0.28, len(table))
    x, kinds = relative(table, "ours"), table["verdict"].map(kind)
    for name, colour in COLOURS.items():
        own = (kinds == name).to_numpy()
        ax.plot(x[own], at[own], "o", ms=3.6, mew=0, alpha=0.75, color=colour,
                label=f"{name} ({own.sum()})")  # fmt: skip
    ax.set_yticks(range(len(names)), [share(name, table) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    axis(ax)
    ax.set_xlabel("ours over the printed number, less one (at the edge: a factor of two or more)")
    ax.legend(ncols=4, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return figure


def share(name: str, table: pd.DataFrame) -> str:
    """A paper, and how many of its numbers agree."""
    own = table[table["citation"] == name]
    return f"{name.partition(', arXiv')[0]}  {own['verdict'].isin(AGREE).sum()}/{len(own)}"


@styled
def rows(table: pd.DataFrame) -> Figure:
    """A line a number: ours as a dot, its range as a bar, the paper's own interval in black."""
    lines = with_heads(table)
    each = -(-len(lines) // COLUMNS)
    figure = canvas(
        7.6 * COLUMNS,
        1.2 + LINE * each,
        "Ours over the printed number, less one: dot and range; the paper's own interval in black",
    )
    axes = figure.subplots(1, COLUMNS, squeeze=False)[0]
    for k, ax in enumerate(axes):
        column(ax, lines.iloc[k * each : (k + 1) * each].reset_index(drop=True), each)
    return figure


def with_heads(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with a line for the name of each paper before its own."""
    parts = []
    for name, own in table.groupby("citation", sort=False):
        parts += [pd.DataFrame([dict(quantity=name, verdict="")]), own]
    return pd.concat(parts, ignore_index=True)


def column(ax: Axes, lines: pd.DataFrame, each: int) -> None:
    """One column of the figure of all rows."""
    real = lines[lines["verdict"] != ""]
    y = real.index.to_numpy(float)
    low, high, x = (relative(real, name) for name in ("low", "high", "ours"))
    colours = [COLOURS[kind(v)] for v in real["verdict"]]
    ax.hlines(y, np.fmin(low, high), np.fmax(low, high), colors=colours, lw=1.6, alpha=0.45)
    theirs = relative(real, "theirs_low"), relative(real, "theirs_high")
    ax.hlines(y + 0.3, *theirs, colors="black", lw=0.7)
    ax.scatter(x, y, s=7, c=colours, lw=0, zorder=3)
    labels = [label(row) for row in lines.to_dict("records")]
    ax.set_yticks(range(len(lines)), labels, fontsize=5.6)
    for tick, verdict in zip(ax.get_yticklabels(), lines["verdict"], strict=True):
        tick.set_fontweight("normal" if verdict else "bold")
    ax.tick_params(axis="y", length=0, pad=2)
    ax.set_ylim(each - 0.3, -0.7)
    axis(ax)


def label(row: dict) -> str:
    """What stands beside a line."""
    if not row["verdict"]:
        return str(row["quantity"])
    return f"{shorten(str(row['quantity']), LABEL, placeholder=' …')}: {row['printed']}"
