"""Do the bands hold? Fit the small runs of public sweeps, predict the large ones, count.

    make bands

Every split of `benchmarks/splits.py` is fitted by each law with its misfit (`Law.misfit`) set to
each of SCALES, with the law believed (shared_t), and by common practice. The scale that a split is
scored with is the one that predicted the *other* sweeps best (leave one sweep out): highest mean
log score, every sweep counting once. The value in a law's file is the one that all sweeps choose.
Written to `benchmarks/BANDS.md`, split by split to `benchmarks/bands.csv`, and in short to
`bayesfit/extrapolation/measured.csv`, which the package quotes. `ARGS="--laws farseer"` measures
one law and leaves what is written of the others. Needs the tables in `../shared/data`, of which no
row is kept.
"""

from __future__ import annotations

import argparse
from itertools import pairwise, product
from pathlib import Path

import pandas as pd
from rich.console import Console

from bayesfit import models
from bayesfit.extrapolation import measured
from bayesfit.inference import devices
from benchmarks import surfaces
from benchmarks.forecasts import BELIEVED, OTHERS, RUNS, forecast
from benchmarks.splits import Split, splits

WIDE = (0.01, 0.015, 0.02, 0.03, 0.04)
SCALES = {
    "kaplan_chinchilla": (0.0075, 0.01, 0.0125, 0.015, 0.0175),
    "chinchilla_approach3": WIDE,
    "chinchilla_tied": WIDE,
    "kaplan_nd": WIDE,
    "overtraining": WIDE,
    "pearce_song": WIDE,
    "farseer": (0.005, 0.0075, 0.01, 0.015, 0.02),  # .01 was the least of WIDE, and the best
}
BESIDE = dict.fromkeys(SCALES, (BELIEVED,)) | dict.fromkeys(list(SCALES)[:2], OTHERS)
HERE = Path(__file__).parent
MEASURED = Path(measured.__file__).with_suffix(".csv")
SURFACE_RUNS = "63 to 252 runs fitted, scatter .1 to .3 %, means over six sweeps each"


def forecasts(
    law_name: str, cuts: list[Split], methods: list[str], console: Console
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Held-out runs and profiles of every split by every method of one law."""
    law, kept = models.load(law_name), []
    for split, method in product(cuts, methods):
        kept.append(forecast(law, split, method))
        console.print(f"{law_name}: {split}: {method}", style="dim")
    rows, found = ([x for x in part if len(x)] for part in zip(*kept, strict=True))
    profiles = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    return pd.concat(rows, ignore_index=True), profiles


def scales_of(law_name: str) -> list[str]:
    """The scales that are compared, as methods are called."""
    return [f"{scale:g}" for scale in SCALES[law_name]]


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


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """What the package itself says of its bands (`bayesfit.extrapolation.measured`)."""
    found = {}
    for law_name in rows["law"].unique():
        own = rows[rows["law"] == law_name]
        names, table = scales_of(law_name), by_split(own)
        outside = by_split(nested(own, table, names))
        found[law_name] = dict(
            misfit=chosen(table, names),
            splits=len(outside),
            sweeps=outside["group"].nunique(),
            inside80=round(outside["inside80"].mean(), 4),
            inside95=round(outside["inside95"].mean(), 4),
            least_sd=round(outside["sd"].min(), 5),
            farthest=round(own["decades"].max(), 2),
            usual=round(own["decades"].quantile(0.9), 2),
        )
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("law")


def sizes(found: pd.DataFrame) -> dict[str, float]:
    """N* over profiles: shares in bands, and regret."""
    names = ["inside80", "inside95", "with80", "with95"]
    shares = {name: float(found[name].astype(float).mean()) for name in names}
    regret = dict(regret=found["regret"].mean(), worst_regret=found["regret"].max())
    return dict(profiles=len(found)) | shares | regret


def section(name: str, own: pd.DataFrame, best: pd.DataFrame, apart: pd.DataFrame) -> str:
    """One law's part of BANDS.md: held-out runs, their profiles, and simulated surfaces."""
    names, table = scales_of(name), by_split(own)
    outside = nested(own, table, names)
    methods = [m for m in table["method"].unique() if m not in names]
    lines = {"misfit, leave one sweep out": line(by_split(outside))}
    lines |= {method: line(table[table["method"] == method]) for method in methods}
    lines |= {f"misfit {m}": line(table[table["method"] == m]) for m in names}
    picks = outside.groupby("group")["scale"].first()
    far = by_split(apart).groupby(["method", "group"], sort=False).mean(numeric_only=True)
    far.index = [f"{g}, {m if m == BELIEVED else f'misfit {m}'}" for m, g in far.index]
    scores = ["inside50", "inside80", "inside95", "width95", "error", "log_score"]
    parts = [
        f"{len(names)} scales were compared. All sweeps choose **{chosen(table, names)}**; "
        "leaving one out: " + ", ".join(f"{g} {x}" for g, x in picks.items()) + ".",
        markdown(pd.DataFrame.from_dict(lines, orient="index").rename_axis("method")),
        "### Split by split, leaving its sweep out",
        markdown(by_split(outside).assign(split=lambda t: t["group"] + ", " + t["split"])
                 .set_index("split")[[*RUNS, "sd", "fitted"]]),
        "### By the law's own sd of the forecast, by distance, by number of runs fitted",
        markdown(cut(outside, "sd", [0, 0.0025, 0.005, 0.0075, 0.01, 0.02, 1], True)),
        markdown(cut(outside, "decades", [-1, 0.5, 1.0, 1.5, 2.0, 5.0])),
        markdown(cut(outside, "fitted", [0, 20, 40, 80, 160, 1000])),
        f"### Dense clean sweeps simulated from surfaces outside the law's class "
        f"(`benchmarks/surfaces.py`): {SURFACE_RUNS}",
        markdown(far[scores].sort_index().rename_axis("surface")),
    ]  # fmt: skip
    if len(best):
        some = {"misfit, leave one sweep out": sizes(nested(best, table, names))}
        some[BELIEVED] = sizes(best[best["method"] == BELIEVED])
        shares = markdown(pd.DataFrame.from_dict(some, orient="index").rename_axis("method"))
        parts += ["### N* on held-out isoFLOP profiles", shares]
    return "\n\n".join(parts)


def page(sections: dict[str, str]) -> str:
    """BANDS.md."""
    parts = [f"# {(__doc__ or '').partition(chr(10))[0]}", HEAD]
    return "\n\n".join([*parts, *(f"## {x}\n\n{text}" for x, text in sections.items()), ""])


def written(text: str) -> dict[str, str]:
    """The sections of a BANDS.md, by law."""
    found = (part.partition("\n\n") for part in text.split("\n## ")[1:])
    return {name: rest.strip() for name, _, rest in found}


HEAD = (
    "By `make bands`; no setting is chosen on the sweep that reports it. Log loss: 0.01 is about "
    "1 %. `misfit S`: the law is taken to be off by a field of scale S, Student-t with 12 degrees "
    "of freedom (chosen among 5, 12 and infinitely many by the leave-one-sweep-out log score of "
    "both laws, `NOTES.md`); `believed`: the same likelihood without it; `error floor`: a trial of "
    "two stages that was the best before; the others are common practice. Splits are means over "
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
    cuts, dense = list(splits()), list(surfaces.splits())
    sections, short, rows = {}, [], []
    for name in asked:
        ways = [*scales_of(name), *BESIDE[name]]
        held, found = forecasts(name, cuts, ways, console)
        short.append(counted(held))
        scale = str(short[-1].loc[name, "misfit"])
        apart, _ = forecasts(name, dense, [scale, BELIEVED], console)
        sections[name] = section(name, held, found, apart)
        rows.append(by_split(held).round(5))
    _merged(HERE / "bands.csv", pd.concat(rows)).to_csv(HERE / "bands.csv", index=False)
    _merged(MEASURED, pd.concat(short).reset_index()).to_csv(MEASURED, index=False)
    text = page(written((HERE / "BANDS.md").read_text(encoding="utf-8")) | sections)
    (HERE / "BANDS.md").write_text(text, encoding="utf-8")
    console.print(text, "wrote BANDS.md")


def _merged(path: Path, new: pd.DataFrame) -> pd.DataFrame:
    """What a table says of laws that were not measured now, and what was measured now."""
    before = pd.read_csv(path)
    return pd.concat([before[~before["law"].isin(new["law"])], new])


if __name__ == "__main__":
    main()
