"""Splits of public sweeps: which runs are fitted, and which larger ones are predicted.

Sweeps of one laboratory and corpus form a group. Whatever is learned across sweeps is learned
without the group that it is scored on, and a group counts once, however many splits it has. The
tables lie in `../shared/data`; no row of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, from_frame

DATA = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Split:
    """One sweep, cut in two.

    Attributes:
        group, name: the sweep, and the cut.
        runs: those of both sides.
        below: which of them are fitted (runs,).
    """

    group: str
    name: str
    runs: Runs
    below: np.ndarray

    def __str__(self) -> str:
        return f"{self.group}, {self.name}"


def _split(group: str, name: str, table: pd.DataFrame, fitted, held) -> Split:
    keep = table[fitted | held]
    columns = [x for x in ("N", "D", "loss", "budget") if x in keep]
    runs = from_frame(keep[columns].reset_index(drop=True), f"{group}, {name}")
    return Split(group, name, runs, fitted[fitted | held].to_numpy())


def _on_budgets(table: pd.DataFrame) -> pd.DataFrame:
    """Runs with their nominal budget, to two digits, as a column."""
    return table.assign(budget=[float(f"{C:.1e}") for C in table.C])


def splits(folder: Path = DATA) -> Iterator[Split]:
    """Every split: the fitted runs lie one to two and a half decades of compute below."""
    yield from _first(folder)
    yield from _profiles(folder)


def _first(folder: Path) -> Iterator[Split]:
    """The sweeps that the first settings were made on."""
    runs = pd.read_csv(folder / "chinchilla_epoch.csv").query("outlier == 0")
    yield _split("chinchilla", "C <= 1e20", runs, runs.C <= 1e20, runs.C >= 5e20)
    yield _split("chinchilla", "C < 1e21", runs, runs.C < 1e21, runs.C >= 1e21)
    runs = pd.read_csv(folder / "olmo_ladder.csv")
    yield _split("olmo", "N < 1.5e9", runs, runs.N < 1.5e9, runs.N >= 1.5e9)
    runs = pd.read_csv(folder / "gadre_overtrain.csv").assign(N=lambda x: x.N_total)
    for family, part in runs.groupby("family"):
        yield _split("gadre", str(family), part, part.C < 3e19, part.C >= 3e19)
    runs = pd.read_csv(folder / "pile_table_cerebras.csv").query("flag.isna()")
    yield _split("pile", "N < 5e9", runs, runs.N < 5e9, runs.N >= 5e9)
    yield from _gpt3(pd.read_csv(folder / "gpt3_curves.csv").query("split == 'val'"))
    runs = pd.read_csv(folder / "datablations.csv").query("epochs <= 1.001 and in_paper_fit == 1")
    yield _split("datablations", "C < 1e20", runs, runs.C < 1e20, runs.C >= 1e20)
    curves = pd.read_csv(folder / "gemstones_curves.csv").assign(N=lambda x: x.N_total)
    for schedule, part in curves.groupby("schedule"):
        runs = _thinned(part[part.D >= 4e9], per_octave=1)
        yield _split("gemstones", str(schedule), runs, runs.C < 1e20, runs.C >= 3e20)


def _profiles(folder: Path) -> Iterator[Split]:
    """IsoFLOP profiles, most of them dense and clean; cut as the tables' README has it."""
    runs = _on_budgets(pd.read_csv(folder / "kempner_isoflop.csv")).query("loss < 4.5")
    for family, part in runs.groupby("family"):
        yield _split("kempner", str(family), part, part.C < 8e18, part.C >= 2e19)
    runs = pd.read_csv(folder / "xlstm_isoflop.csv").query("loss < 4")
    for family, part in runs.groupby("family"):
        below, above = part.C.le(part.C.median()), part.C.gt(part.C.quantile(0.75))
        yield _split("xlstm", str(family), part, below, above)
    runs = pd.read_csv(folder / "llama3_isoflop.csv")
    yield _split("llama3", "C < 2e20", runs, runs.C < 2e20, runs.C >= 1e21)
    runs = _on_budgets(pd.read_csv(folder / "porian_isoflop.csv")).query("loss < 6")
    for config in ("owt2_tuned_short_const_standard_val", "rw_tuned_short_const_standard_val"):
        part = runs[runs.config == config]
        yield _split("porian", config, part, part.C < 1.2e18, part.C >= 4e18)
    runs = _on_budgets(pd.read_csv(folder / "marin_isoflop.csv"))
    for family, part in runs.groupby("family"):
        yield _split("marin", str(family), part, part.C < 8e19, part.C >= 1.8e20)


def _gpt3(curves: pd.DataFrame) -> Iterator[Split]:
    """Points of the curves below 2B parameters; the last points of the larger ones."""
    last = curves.sort_values("D").groupby("run").tail(1)
    small = _thinned(curves[(curves.D > 1e10) & (curves.N < 2e9)], per_octave=2)
    runs = pd.concat([small, last[last.N >= 2e9]])
    yield _split("gpt3", "N < 2e9", runs, runs.N < 2e9, runs.N >= 2e9)


def _thinned(curves: pd.DataFrame, per_octave: int) -> pd.DataFrame:
    """A few points of each curve, evenly in log D: neighbours on a curve say the same."""
    octave = (np.log2(curves.D) * per_octave).round()
    return curves.assign(octave=octave).groupby(["run", "octave"]).tail(1)
