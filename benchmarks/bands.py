"""Do the bands hold? Fit the small runs of public sweeps, predict the large ones, count.

    make bands

Every split of `benchmarks/splits.py` is fitted by each law with its misfit (`Law.misfit`) set to
each of SCALES, with the law believed (shared_t), and by common practice. The scale that a split is
scored with is the one that predicted the *other* sweeps best (leave one sweep out): highest mean
log score, every sweep counting once. The value in a law's file is the one that all sweeps choose.
Written to `benchmarks/BANDS.md`, and split by split to `benchmarks/bands.csv`. Needs the tables in
`../shared/data`, of which no row is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import likelihoods, models
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference import devices
from bayesfit.inference.mle import starting_points
from bayesfit.inference.nuts import sample
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import described
from benchmarks import profiles
from benchmarks.splits import Split, splits

SCALES = {
    "kaplan_chinchilla": (0.0075, 0.01, 0.0125, 0.015, 0.0175, 0.02, 0.025),
    "chinchilla_approach3": (0.015, 0.02, 0.03, 0.04, 0.05, 0.06),
}
BELIEVED = "believed"
CHAINS, DRAWS, LENGTH = 4, 200, 256  # of each fit; one padded length is one compilation a law
HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "bands"  # what a run that was stopped has done already
RUNS = ["inside50", "inside80", "inside95", "width95", "error", "crps", "log_score"]


def fitted(law: Law, kind: Likelihood, split: Split, scale: float | None) -> Refit:
    """The fit to the smaller runs, with a misfit of `scale`."""
    problem = refits.bound_below(law, split.runs, kind, split.below, length=LENGTH)
    if scale is not None:
        problem = replace(problem, ref=problem.ref | {"misfit": np.float64(scale)})
    q = sample(problem, starting_points(problem, 4), seed=0, chains=CHAINS, draws=DRAWS).q
    values = described(problem, q.reshape(-1, q.shape[-1]))
    return Refit(split.runs, split.below, values, lambda: problem)


def held_out(split: Split, method: str, draws: np.ndarray, sd: np.ndarray) -> pd.DataFrame:
    """One row a held-out run: scores, how far it lies, and the law's own sd there."""
    runs, above = split.runs, ~split.below
    rows = pd.DataFrame(scores.table(draws, np.log(runs["loss"][above])))[RUNS]
    far = np.log10(runs["C"][above] / runs["C"][split.below].max())
    about = dict(group=split.group, split=split.name, method=method, fitted=int(split.below.sum()))
    return rows.assign(**about, decades=far, sd=sd)


def every_fit(law_name: str, split: Split) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Held-out runs and profiles of one split by each method of one law."""
    law, above = models.load(law_name), ~split.below
    ways = [(f"{scale:g}", "misfit_t", scale) for scale in SCALES[law_name]]
    believed = None
    for method, kind, scale in [*ways, (BELIEVED, "shared_t", None)]:
        refit = believed = fitted(law, likelihoods.load(kind), split, scale)
        inputs = {name: x[above] for name, x in refit.inputs.items()}
        sd = log_surface(*refit.drawn, inputs).std(0)
        found = pd.DataFrame(list(profiles.scored(refit, split.runs)))
        about = dict(group=split.group, split=split.name, method=method)
        yield held_out(split, method, refit.forecast(), sd), found.assign(**about)
    for method, draws in backtest.common_practice(law, split.runs, believed).items():
        yield held_out(split, method, draws, draws.std(0)), pd.DataFrame()


def once(law_name: str, split: Split) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables of all methods, read if a run that was stopped had them already."""
    folder = CACHE / law_name
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{split.runs.sha256[:16]} {part}.csv" for part in ("runs", "profiles")]
    if not all(file.exists() for file in files):
        parts = zip(*every_fit(law_name, split), strict=True)
        for file, tables in zip(files, parts, strict=True):
            found = pd.concat([table for table in tables if len(table)] or [pd.DataFrame()])
            found.to_csv(file, index=False)
    read = [pd.read_csv(f, dtype={"method": str}) if f.stat().st_size > 2 else None for f in files]
    held, best = (pd.DataFrame() if x is None else x for x in read)
    return held, best


# -- choosing -------------------------------------------------------------------------------------


def by_split(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over the runs of each split and method; the width is a median."""
    keys = ["law", "group", "split", "method"]
    means = rows.groupby(keys, sort=False)[[*RUNS, "decades", "sd", "fitted"]].mean()
    means["width95"] = rows.groupby(keys, sort=False)["width95"].median()
    return means.reset_index()


def by_sweep(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the splits of each sweep."""
    return table.groupby(["method", "group"], sort=False).mean(numeric_only=True).reset_index()


def chosen(table: pd.DataFrame, scales: list[str], without: str = "") -> str:
    """The scale with the best mean log score over all sweeps but one, each counting once."""
    sweeps = by_sweep(table[table["method"].isin(scales) & (table["group"] != without)])
    means = sweeps.groupby("method")["log_score"].mean()
    return str(means.idxmax())


def nested(rows: pd.DataFrame, table: pd.DataFrame, scales: list[str]) -> pd.DataFrame:
    """The rows of each sweep under the scale that the other sweeps choose."""
    groups = table["group"].unique()
    choice = {group: chosen(table, scales, group) for group in groups}
    keep = rows["method"] == rows["group"].map(choice)
    return rows[keep].assign(method="misfit, leave one sweep out", scale=rows["group"].map(choice))


# -- the page -------------------------------------------------------------------------------------


def line(table: pd.DataFrame) -> dict[str, float]:
    """One method over its splits, and over its sweeps."""
    sweeps = by_sweep(table)
    low = table.nsmallest(max(1, round(len(table) / 5)), "sd")
    found = {}
    for level in (50, 80, 95):
        found[f"splits {level}"] = table[f"inside{level}"].mean()
    for level in (80, 95):
        found[f"sweeps {level}"] = sweeps[f"inside{level}"].mean()
        found[f"worst {level}"] = sweeps[f"inside{level}"].min()
    for level in (80, 95):
        found[f"surest fifth {level}"] = low[f"inside{level}"].mean()
    found["width95"] = table["width95"].median()
    found["bias"] = table["error"].abs().mean()
    found["crps"] = sweeps["crps"].mean()
    return found | {"log score": sweeps["log_score"].mean()}


def cut(rows: pd.DataFrame, by: str, edges: list[float], percent: bool = False) -> pd.DataFrame:
    """Coverage of runs in ranges of a column."""
    say = (lambda x: f"{100 * x:g} %") if percent else (lambda x: f"{x:g}")
    names = [f"{say(a)} to {say(b)}" for a, b in pairwise(edges)]
    part = pd.cut(rows[by], edges, labels=names)
    found = rows.groupby(part, observed=True)[["inside80", "inside95", "width95", "error"]].mean()
    return found.assign(runs=rows.groupby(part, observed=True).size())


def sizes(found: pd.DataFrame) -> dict[str, float]:
    """N* over profiles: shares in bands, and regret."""
    names = ["inside80", "inside95", "with80", "with95"]
    shares = {name: float(found[name].astype(float).mean()) for name in names}
    regret = dict(regret=found["regret"].mean(), worst_regret=found["regret"].max())
    return dict(profiles=len(found)) | shares | regret


def page(rows: pd.DataFrame, found: pd.DataFrame) -> str:
    """BANDS.md."""
    parts = [f"# {(__doc__ or '').partition(chr(10))[0]}", HEAD]
    for law_name, scales in SCALES.items():
        names = [f"{scale:g}" for scale in scales]
        own, best = rows[rows["law"] == law_name], found[found["law"] == law_name]
        table = by_split(own)
        outside = nested(own, table, names)
        methods = [m for m in table["method"].unique() if m not in names]
        lines = {"misfit, leave one sweep out": line(by_split(outside))}
        lines |= {method: line(table[table["method"] == method]) for method in methods}
        lines |= {f"misfit {m}": line(table[table["method"] == m]) for m in names}
        picks = outside.groupby("group")["scale"].first()
        parts += [
            f"## {law_name}",
            f"{len(scales)} scales were compared. All sweeps choose **{chosen(table, names)}**; "
            "leaving one out: " + ", ".join(f"{g} {x}" for g, x in picks.items()) + ".",
            markdown(pd.DataFrame.from_dict(lines, orient="index").rename_axis("method")),
            "### Split by split, leaving its sweep out",
            markdown(by_split(outside).assign(split=lambda t: t["group"] + ", " + t["split"])
                     .set_index("split")[[*RUNS, "sd", "fitted"]]),
            "### By the law's own sd of the forecast, by distance, by number of runs fitted",
            markdown(cut(outside, "sd", [0, 0.0025, 0.005, 0.0075, 0.01, 0.02, 1], True)),
            markdown(cut(outside, "decades", [-1, 0.5, 1.0, 1.5, 2.0, 5.0])),
            markdown(cut(outside, "fitted", [0, 20, 40, 80, 160, 1000])),
        ]  # fmt: skip
        if len(best):
            kept = nested(best, table, names)
            some = {"misfit, leave one sweep out": sizes(kept)}
            some[BELIEVED] = sizes(best[best["method"] == BELIEVED])
            parts += [
                "### N* on held-out isoFLOP profiles",
                markdown(pd.DataFrame.from_dict(some, orient="index").rename_axis("method")),
            ]
    return "\n\n".join([*parts, ""])


HEAD = (
    "By `make bands`; no setting is chosen on the sweep that reports it. Log loss: 0.01 is about "
    "1 %. `misfit S`: the law is taken to be off by a field of standard deviation S; `believed`: "
    "the same likelihood without it; the others are common practice. Splits are means over "
    "splits, sweeps over sweeps (each counts once), `worst` the sweep with the lowest share, "
    "`surest fifth` the splits where the forecast's own sd is smallest; crps and log score are "
    "means over sweeps. Nominal are 0.50, 0.80, 0.95. `with`: N* bands widened by the error of the "
    "profile's own parabola; regret is the loss that building the median N* costs, as a share."
)


def markdown(table: pd.DataFrame) -> str:
    """A table of numbers as lines of markdown."""
    heads = [table.index.name or "", *map(str, table.columns)]
    lines = [heads, ["---", *["---:"] * len(table.columns)]]
    lines += [[str(name), *map(_number, row)] for name, row in table.iterrows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(x: float) -> str:
    return f"{x:.0f}" if float(x).is_integer() and abs(x) > 1 else f"{x:.3f}"


def main() -> None:
    """Score every split, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--laws", default=",".join(SCALES))
    asked = parser.parse_args().laws.split(",")
    devices.choose(None)
    console = Console(highlight=False, width=160)
    kept, optima = [], []
    for law_name in asked:
        for split in splits():
            held, best = once(law_name, split)
            kept.append(held.assign(law=law_name))
            optima.append(best.assign(law=law_name))
            console.print(f"{law_name}: {split}")
    rows = pd.concat(kept, ignore_index=True)
    found = pd.concat([x for x in optima if len(x)], ignore_index=True)
    by_split(rows).round(5).to_csv(HERE / "bands.csv", index=False)
    for name in set(SCALES) - set(asked):
        SCALES.pop(name)
    text = page(rows, found)
    (HERE / "BANDS.md").write_text(text, encoding="utf-8")
    console.print(text, "wrote BANDS.md")


if __name__ == "__main__":
    main()
