"""What a table may have got wrong without being unusable, in sentences that name rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from bayesfit.constants import PF_DAY
from bayesfit.data.headings import CANONICAL, PLANNED, RUN, STEP, column_of
from bayesfit.data.quantities import plain
from bayesfit.data.units import find
from bayesfit.data.values import as_labels, listed, of_words
from bayesfit.formatting import several

UNFINISHED = ("crashed", "diverged", "failed", "killed", "running", "pending", "preempted", "oom")
STATES = ("state", "status")
SUMMARIES = ("mean", "average", "avg", "median", "total", "sum", "std", "mittelwert", "moyenne")
LARGEST = dict(N=1e14, D=1e16)  # that anybody has trained, by far
SHORT = 0.01  # of its planned steps that a finished run may lack: counts from 0 or of logs
NAMED = 5  # rows or runs that a sentence names
FEWEST = 1e3  # parameters of a run
ODD = 1e3  # times its neighbour in N or D: a run that was counted in another unit
RATIOS = 0.05, 2e5  # tokens per parameter of the median run, outside which a unit is wrong
ABOVE = 0.2  # of the loss of a run with fewer parameters and tokens: far more than any seed
FEW = 0.1  # share of the runs that may have diverged; of more, something else sets them apart
SEEN = 3000  # runs, beyond which each would be compared with too many
VARIES = 3.0  # times, in C / (6 N D) over a table: its tokens were counted in another way


def doubts(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """Sentences about what a table may have got wrong without being unusable."""
    there = [c for c in CANONICAL if c in table]
    whole = {"N", "D", "loss"} <= set(there)  # else inputs that we do not know may tell runs apart
    kinds = [c for c in of_words(table) if c.lower() not in RUN]  # what a run was, not its name
    again = table.duplicated([*there, *kinds]) if whole else pd.Series(False, table.index)
    if again.any():
        rows = ", ".join(str(label) for label in labels[again.to_numpy()][:5])
        count = several(int(again.sum()), "duplicate")
        yield (
            f"{where} {rows}: same N, D, C and loss as a run above ({count}): unless they were "
            "trained apart, leave them out of the table, for each counts as a run of its own"
        )
    if "loss" in there and table["loss"].max() > 15:
        worst = f"{table['loss'].max():.4g}"
        yield f"loss goes up to {worst}, as a perplexity does: it should be in nats per token"
    odd = list(_odd(table, labels, where))
    yield from odd
    yield from _unfinished(table, labels, where)
    yield from _cut_short(table, labels, where)
    yield from _summaries(table, labels, where)
    if whole:
        yield from _diverged(table, labels, where, kinds)
    usual = float(np.median(table["D"] / table["N"])) if {"N", "D"} <= set(there) else 1.0
    if any(c in there and table[c].max() < least for c, least in (("N", 1e4), ("D", 1e5))):
        yield "N or D is very small: they should be counted in single parameters and tokens"
    elif absurd := [c for c in LARGEST if c in there and table[c].max() > LARGEST[c]]:
        yield f"{absurd[0]} goes up to {table[absurd[0]].max():.2g}: it is in another unit"
    elif not RATIOS[0] <= usual <= RATIOS[1]:
        yield (
            f"the median run has {usual:.2g} tokens per parameter: N or D, or the C that one of "
            "them was taken from, is in another unit, such as millions or billions"
        )
    elif not odd and "N" in there and table["N"].min() < FEWEST:
        rows = listed(labels[(table["N"] < FEWEST).to_numpy()][:5])
        yield f"{where} {rows}: N is below {FEWEST:.0f}, as if it were in another unit"
    if {"N", "D", "C"} <= set(there):
        yield from _compute(table, labels, where)


def _odd(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """Sentences about a few runs whose N or D is far from that of all others."""
    for name in [c for c in ("N", "D") if c in table]:
        values = table[name].to_numpy(float)
        order = np.argsort(values)
        gaps = np.flatnonzero(np.diff(np.log(values[order])) > np.log(ODD))
        for gap in gaps[:1]:
            few = min(order[: gap + 1], order[gap + 1 :], key=len)
            if len(few) <= max(1, len(values) // 5):
                rows = listed(labels[np.sort(few)[:5]])
                yield (
                    f"{where} {rows}: {name} is more than {ODD:.0f} times away from that of all "
                    "other runs, as if it were in another unit"
                )


def _unfinished(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """A sentence about runs that have a loss and are said not to have ended well."""
    for column in [c for c in table if str(c).strip().lower() in STATES]:
        states = table[column].astype(str).str.strip().str.lower()
        bad = states.isin(UNFINISHED).to_numpy()
        if bad.any() and not bad.all():
            rows = listed(labels[bad][:5])
            said = listed(sorted(set(states[bad])))
            yield (
                f"{where} {rows}: {column} says {said} ({several(int(bad.sum()), 'run')}): unless "
                f"their losses are final, leave them out (--where '{column} not in [{said}]')"
            )


def _cut_short(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """A sentence about runs whose last step is not the last one planned."""
    step, planned = column_of(table, STEP), column_of(table, PLANNED)
    if not (step and planned):
        return
    made, wanted = plain(table[step]), plain(table[planned])
    last, curves = np.arange(len(table)), find(table)
    if curves is not None:
        last = np.array([rows[-1] for rows in curves.each()])
    short = last[made[last] < (1 - SHORT) * wanted[last]]
    if len(short):
        yield (
            f"{where} {listed(labels[np.sort(short)[:NAMED]])}: {step} ends before {planned} "
            f"({several(len(short), 'run')}): unless their losses are final, leave them "
            f"out{_without(table, short)}"
        )


def _without(table: pd.DataFrame, rows: np.ndarray) -> str:
    """How to leave runs out, where they have names and are few."""
    run = column_of(table, RUN)
    if not run or len(rows) > NAMED:
        return ""
    names = listed(quoted(x) for x in as_labels(table[run].iloc[rows]))
    return f" (--where '{run} not in [{names}]')"


def quoted(label: str) -> str:
    """A label as a condition has it: with quotes where it is not one word."""
    return label if re.fullmatch(r"[\w.+-]+", label) else f'"{label}"'


def _diverged(table: pd.DataFrame, labels: pd.Index, where: str, kinds: list[str]) -> Iterable[str]:
    """A sentence about runs whose loss is far above that of a smaller run of their kind."""
    repeats = {"unique_tokens", "epochs"} & set(table)  # after which a loss may rise
    if len(table) > SEEN or repeats or find(table) is not None:
        return
    N, D, log_loss = (np.log(table[x].to_numpy(float)) for x in ("N", "D", "loss"))
    kind = np.zeros(len(table), int)
    if kinds:
        kind = table.groupby(kinds, sort=False, dropna=False).ngroup().to_numpy()
    smaller = (N[:, None] >= N) & (D[:, None] >= D) & (kind == kind[:, None])
    best = np.where(smaller, log_loss, np.inf).min(1)
    bad = np.flatnonzero(log_loss - best > np.log1p(ABOVE))
    if 0 < len(bad) <= max(1, FEW * len(table)):
        yield (
            f"{where} {listed(labels[bad[:NAMED]])}: a loss more than {100 * ABOVE:.0f} % above "
            f"that of a run with no more parameters and tokens ({several(len(bad), 'run')}), as "
            f"where a run diverged: unless it is right, leave it out{_without(table, bad)}"
        )


def _summaries(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """A sentence about rows of a sheet that sum up the others."""
    for column in of_words(table):
        words = table[column].astype(str).str.strip().str.lower()
        bad = words.isin(SUMMARIES).to_numpy()
        if bad.any() and not bad.all():
            said = listed(sorted(set(table[column].astype(str)[bad])))
            yield (
                f"{where} {listed(labels[bad][:5])}: {column} says {said}, as a line below a sheet "
                f"does and no run: leave it out (--where '{column} not in [{said}]')"
            )


def _compute(table: pd.DataFrame, labels: pd.Index, where: str) -> Iterable[str]:
    """Sentences about a C that does not go with N and D."""
    each = (table["C"] / (6 * table["N"] * table["D"])).to_numpy(float)
    ratio, log = float(np.median(each)), np.abs(np.log(each / np.median(each)))
    if not 0.1 < ratio < 10:
        days = ", not PF-days" if 0.1 < ratio * PF_DAY < 10 else ""
        yield f"C is {ratio:.2g} times 6 N D in the median run: it should be in FLOPs{days}"
    elif not 0.5 < ratio < 2:
        yield (
            f"C is {ratio:.2g} times 6 N D in the median run, and a budget buys 6 N D by this law: "
            "count as the table does (bayesfit optimum --cost measured), or give budgets of 6 N D"
        )
    if log.max() > np.log(VARIES):
        row = labels[int(log.argmax())]
        yield (
            f"C / (6 N D) goes from {each.min():.2g} to {each.max():.2g} over the runs (farthest: "
            f"{where} {row}): its FLOPs hold more than 6 N D, as those of small models with large "
            "vocabularies do, or tokens or FLOPs were not counted in the same way for all"
        )
