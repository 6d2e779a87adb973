"""A design as tables and sentences: the runs, the bands after them, and where to stop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Column, Table
from bayesfit.data.runs import Runs
from bayesfit.formatting import count, flops, number, percent, several
from bayesfit.law import Law
from bayesfit.prediction.designing import Prospects
from bayesfit.questions import _cells as cells
from bayesfit.questions._candidates import Candidates
from bayesfit.questions._quantities import Quantity

WORTH = 0.02  # of the band's width: a run that narrows it by less is hardly worth its cost
FAR = 100.0  # times the dearest run that could be bought, beyond which a target is a leap
PRIORS = (
    "No run was fitted: the priors of the law speak alone, about the reference run that was given."
)
PROFILES = (
    "Where the law may be off, fits to runs that were then bought left less of the band of N* than "
    "is expected here, for this design and for isoFLOP profiles alike (benchmarks/NOTES.md)."
)
Usual = tuple[str, int, float, float]  # a plan, its runs, its cost, the share of the sd left


@dataclass(frozen=True)
class Designed:
    """A plan of runs.

    Attributes:
        asked: what it is to find out.
        offered: the runs that could be bought.
        rows: those to buy, in their order.
        every: they, and further ones that the allowance would buy and that tell hardly more.
        prospects: of draws that did not choose them.
        fitted: the runs that the fit has seen; None before any.
        usual: other plans of the same cost.
    """

    asked: Quantity
    offered: Candidates
    rows: Sequence[int]
    every: Sequence[int]
    prospects: Prospects
    fitted: Runs | None
    usual: Sequence[Usual]

    @property
    def left(self) -> np.ndarray:
        """The share of the sd that is left after none, one, two, ... of the runs (runs + 1,)."""
        found, doubts = self.prospects, [self.prospects.doubt]
        for row in self.rows:
            found = found.after(row)
            doubts.append(found.doubt)
        return np.sqrt(np.array(doubts) / doubts[0])

    @property
    def spent(self) -> np.ndarray:
        """What was spent by then (runs + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.offered.cost[list(self.rows)])])

    def frame(self) -> pd.DataFrame:
        """One row a run, in the order in which to buy them."""
        left = self.left[1:]
        runs = self.offered.frame.iloc[list(self.rows)].reset_index(drop=True)
        frame = runs.assign(spent=self.spent[1:], sd_left=left, nats=-np.log(left))
        return frame.assign(**_bands(self.asked, left))

    def plans(self) -> pd.DataFrame:
        """This plan and the usual ones, one row each; of random ones the mean."""
        own = ("this design", len(self.rows), float(self.spent[-1]), float(self.left[-1]))
        names = ["plan", "runs", "cost", "sd_left"]
        frame = pd.DataFrame([own, *self.usual], columns=names)
        frame = frame.groupby("plan", sort=False, as_index=False).mean()
        return frame.assign(**_bands(self.asked, frame["sd_left"]))


def _bands(asked: Quantity, shares: Iterable[float]) -> dict[str, list[float]]:
    """The expected ends of the band, as columns."""
    ends = [asked.ends(share) for share in shares]
    return {level: [end[level] for end in ends] for level in ends[0] if level != "median"}


def tables(found: Designed, law: Law) -> dict[str, Table]:
    """The runs to buy, the usual plans beside them, and what each candidate would tell alone."""
    runs, plans = found.frame(), found.plans()
    alone = np.sqrt(np.clip(1.0 - found.prospects.gains() / found.prospects.doubt, 0.0, 1.0))
    return dict(
        runs=Table(runs, "Runs to buy, in this order", _run_columns(found, runs, law)),
        plans=Table(plans, "Other plans, for as much or less", _plan_columns(found, plans)),
        candidates=Table(found.offered.frame.assign(sd_left=alone), columns=[]),
    )


def _run_columns(found: Designed, frame: pd.DataFrame, law: Law) -> list[Column]:
    shown: list[Column] = [("", [str(i + 1) for i in range(len(frame))])]
    if law.group:
        shown.append((law.group, list(frame[law.group])))
    shown += [(name, cells.each(frame[name], count)) for name in law.inputs if name != "C"]
    if {"N", "D"} <= set(frame):
        shown.append(("D/N", cells.each(frame["D"] / frame["N"], cells.ratio)))
    if "C" in frame:
        shown.append(("FLOPs", cells.each(frame["C"], flops)))
    shown.append(("spent", cells.each(frame["spent"], found.offered.say)))
    return [*shown, *_band_columns(found, frame)]


def _plan_columns(found: Designed, frame: pd.DataFrame) -> list[Column]:
    return [
        ("plan", list(frame["plan"])),
        ("runs", [f"{x:.0f}" for x in frame["runs"]]),
        ("cost", cells.each(frame["cost"], found.offered.say)),
        *_band_columns(found, frame),
    ]


def _band_columns(found: Designed, frame: pd.DataFrame) -> list[Column]:
    say = found.asked.say
    return [
        cells.band(frame.rename(columns=lambda x: f"x_{x}"), "x", 80, say, "80 % band then"),
        ("of its width", cells.shares(frame["sd_left"])),
    ]


def sentences(found: Designed) -> list[str]:
    """What to buy, what it brings, where to stop, and what others would bring."""
    return [
        _brings(found),
        *_left_out(found),
        _stop(found),
        *_others(found),
        *_far(found),
        *filter(None, [found.asked.meaning]),
        *([PRIORS] if found.fitted is None else []),
        *([PROFILES] if found.asked.of_optimum else []),
        "Expected bands are those of a normal approximation of the posterior, misfit of the law "
        "and scatter of runs included; fit again with the new runs, and ask again.",
    ]


def _brings(found: Designed) -> str:
    asked, share = found.asked, float(found.left[-1])
    many = len(found.rows)
    cost, narrow = (
        ("This run costs", "narrows") if many == 1 else (f"These {many} runs cost", "narrow")
    )
    of = ""
    if np.isfinite(asked.C) and "C" in found.offered.frame:
        total = float(found.offered.frame["C"].iloc[list(found.rows)].sum())
        of = f", {percent(total / asked.C)} of the target's FLOPs"
    return (
        f"{cost} {found.offered.say(float(found.spent[-1]))}{of}, and {narrow} the 80 % band of "
        f"{asked.words} from {asked.in_words()} to about {asked.in_words(share)}, "
        f"{percent(share)} of its width."
    )


def _left_out(found: Designed) -> list[str]:
    """What the rest of the allowance would bring, where some of it is better kept."""
    more = len(found.every) - len(found.rows)
    if not more:
        return []
    cost = found.offered.cost
    further = float(cost[list(found.every)].sum() - cost[list(found.rows)].sum())
    doubt = found.prospects.after(*found.every).doubt / found.prospects.after(*found.rows).doubt
    narrower = percent(max(0.0, 1.0 - np.sqrt(doubt)))
    return [
        f"Left out: {several(more, 'further run')} for {found.offered.say(further)}, which the "
        f"allowance would buy too, and which would narrow the band by {narrower} more."
    ]


def _stop(found: Designed) -> str:
    """From which run on they are hardly worth their cost; and which of those before are."""
    narrows = 1.0 - found.left[1:] / found.left[:-1]
    worth = np.flatnonzero(narrows >= WORTH)
    if not len(worth):
        return f"None of them narrows the band by {percent(WORTH)}: hardly worth the cost."
    last = int(worth[-1]) + 1
    if last < len(narrows):
        return (
            f"Stop after run {last}, at {found.offered.say(float(found.spent[last]))}: each "
            f"further one narrows the band by less than {percent(WORTH)}."
        )
    again, run = found.prospects.after(*found.rows), found.rows[-1]
    more = 1.0 - np.sqrt(max(1.0 - again.gains()[run] / again.doubt, 0.0))
    few = f", and {len(narrows) - len(worth)} of them by less than {percent(WORTH)}"
    return (
        f"The last run narrows the band by {percent(float(narrows[-1]))}"
        f"{few * (len(worth) < len(narrows))}; one more like it would by {percent(float(more))}."
    )


def _others(found: Designed) -> list[str]:
    """What the usual plans leave of the width."""
    plans = found.plans().iloc[1:]
    if plans.empty:
        return []
    said = [
        f"{name} {percent(share)}"
        for name, share in zip(plans["plan"], plans["sd_left"], strict=True)
    ]
    return [f"Of the width, other plans for as much or less leave: {'; '.join(said)}."]


def _far(found: Designed) -> list[str]:
    C, frame = found.asked.C, found.offered.frame
    if not np.isfinite(C) or "C" not in frame:
        return []
    times = C / float(frame["C"].max())
    if times <= FAR:
        return []
    return [
        f"The target lies {np.log10(times):.1f} decades beyond the largest run that could be "
        "bought: what is left of the band is mostly what the law may be off by out there, which "
        "no run within reach can show."
    ]


def facts(found: Designed) -> dict[str, Any]:
    """The quantity and what it comes to, for the record."""
    return dict(
        quantity=found.asked.words, flops=found.asked.C, today=found.asked.ends(),
        expected=found.asked.ends(float(found.left[-1])), spent=float(found.spent[-1]),
        width_left=number(float(found.left[-1])),
    )  # fmt: skip
