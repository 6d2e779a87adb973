"""How far extrapolations of public sweeps have missed: the reference class of kappa.

    make reference-class

For every sweep whose table is in `../shared/data` the law is fitted to the smaller runs and scored
on the larger ones; what is kept, in `bayesfit/prediction/reference_class.csv`, is one line a split:
kappa with its sd (`bayesfit.prediction.shortfall`). No run of any table is kept. Sweeps of one
laboratory and corpus form a group, which counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import likelihoods, models
from bayesfit.data.runs import Runs, from_frame
from bayesfit.extrapolation import refits
from bayesfit.inference import devices
from bayesfit.prediction import shortfall as shortfalls

DATA = Path(__file__).parents[2] / "shared" / "data"
LAWS = ("kaplan_chinchilla", "chinchilla_approach3")
SHARED_LENGTH = 256  # one padded length for all tables: one compilation a law
Split = tuple[str, str, pd.DataFrame, pd.Series, pd.Series]  # group, sweep, runs, fitted, scored


def splits(folder: Path = DATA) -> Iterator[Split]:
    """The splits: training runs one to two and a half decades of compute below the scored ones."""
    runs = pd.read_csv(folder / "chinchilla_epoch.csv").query("outlier == 0")
    yield "chinchilla", "C <= 1e20", runs, runs.C <= 1e20, runs.C >= 5e20
    yield "chinchilla", "C < 1e21", runs, runs.C < 1e21, runs.C >= 1e21
    runs = pd.read_csv(folder / "olmo_ladder.csv")
    yield "olmo", "N < 1.5e9", runs, runs.N < 1.5e9, runs.N >= 1.5e9
    runs = pd.read_csv(folder / "gadre_overtrain.csv").assign(N=lambda x: x.N_total)
    for family, part in runs.groupby("family"):
        yield "gadre", str(family), part, part.C < 3e19, part.C >= 3e19
    runs = pd.read_csv(folder / "pile_table_cerebras.csv").query("flag.isna()")
    yield "pile", "N < 5e9", runs, runs.N < 5e9, runs.N >= 5e9
    yield from _gpt3(pd.read_csv(folder / "gpt3_curves.csv").query("split == 'val'"))
    runs = pd.read_csv(folder / "datablations.csv").query("epochs <= 1.001 and in_paper_fit == 1")
    yield "datablations", "C < 1e20", runs, runs.C < 1e20, runs.C >= 1e20
    curves = pd.read_csv(folder / "gemstones_curves.csv").assign(N=lambda x: x.N_total)
    for schedule, part in curves.groupby("schedule"):
        runs = _thinned(part[part.D >= 4e9], per_octave=1)
        yield "gemstones", str(schedule), runs, runs.C < 1e20, runs.C >= 3e20


def _gpt3(curves: pd.DataFrame) -> Iterator[Split]:
    """Points of the curves below 2B parameters; the last points of the larger ones."""
    last = curves.sort_values("D").groupby("run").tail(1)
    small = _thinned(curves[(curves.D > 1e10) & (curves.N < 2e9)], per_octave=2)
    runs = pd.concat([small, last[last.N >= 2e9]])
    yield "gpt3", "N < 2e9", runs, runs.N < 2e9, runs.N >= 2e9


def _thinned(curves: pd.DataFrame, per_octave: int) -> pd.DataFrame:
    """A few points of each curve, evenly in log D: neighbours on a curve say the same."""
    octave = (np.log2(curves.D) * per_octave).round()
    return curves.assign(octave=octave).groupby(["run", "octave"]).tail(1)


def measured(law_name: str, split: Split) -> dict[str, object] | None:
    """kappa of one split, or None if the law predicts too little improvement for it to show."""
    group, sweep, table, fitted, scored = split
    keep = table[fitted | scored]
    runs: Runs = from_frame(keep[["N", "D", "loss"]].reset_index(drop=True), sweep)
    law = models.load(law_name)
    below = fitted[fitted | scored].to_numpy()
    kind = likelihoods.load(law.likelihood)
    refit = refits.fit_below(law, runs, kind, below, length=SHARED_LENGTH)
    kappa = refit.kappa(~below, np.log(runs["loss"]))
    if kappa is None:
        return None
    label = dict(law=law_name, group=group, sweep=sweep)
    return label | dict(kappa=round(kappa.mean, 3), sd=round(kappa.sd, 3))


def main() -> None:
    """Measure every split for every law, print, write."""
    devices.choose(None)
    console, rows = Console(highlight=False), []
    for law_name in LAWS:
        for split in splits():
            row = measured(law_name, split)
            console.print(row)
            rows += [row] if row else []
    head = "# kappa of public sweeps, measured by benchmarks/reference_class.py\n"
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    shortfalls.REFERENCE.write_text(head + text, encoding="utf-8")
    console.print(f"wrote {shortfalls.REFERENCE.name}")


if __name__ == "__main__":
    main()
