"""Do the bands hold? Fit the small runs of public sweeps, predict the large ones, count.

    make bands

Every split of `reference_class.splits` is fitted with one default setting; kappa comes from the
split's own smaller runs and from the sweeps of other groups (its own group is left out of the
reference class). Written to `benchmarks/BANDS.md`, beside common practice on the same runs. Needs
the tables in `../shared/data`, of which no row is kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import backtest, discrepancy, ladder, models, noise, scores
from bayesfit.ladder import Rung
from bayesfit.law import Law
from bayesfit.noise import Noise
from bayesfit.runs import Runs, from_frame
from benchmarks.reference_class import SHARED_LENGTH, Split, splits

LAWS = ("kaplan_chinchilla", "chinchilla_approach3")
BANDS = Path(__file__).with_name("BANDS.md")
COLUMNS = ["coverage50", "coverage80", "coverage95", "width95", "bias", "are", "crps", "log_score"]


def scored(law_name: str, split: Split) -> dict[str, pd.Series]:
    """Scores of each method on the held-out runs of one split."""
    group, sweep, table, fitted, held = split
    keep = table[fitted | held]
    runs = from_frame(keep[["N", "D", "loss"]].reset_index(drop=True), sweep)
    below = fitted[fitted | held].to_numpy()
    law = models.load(law_name)
    kind, log_loss = noise.load(law.noise), np.log(runs["loss"])
    outer, inner = fits(law, runs, kind, below)
    kappas = ladder.kappas(inner, log_loss, below)
    told = {}
    for name in discrepancy.KINDS:
        kappa = discrepancy.posterior(name, kappas, law_name, without=group)
        draws = backtest.forecast(law, runs, kind, outer, kappa)
        told[f"{law_name}, {name}"] = _summary(draws, log_loss[~below])
    for method, draws in backtest.common_practice(law, runs, outer).items():
        told[f"{law_name}, {method}"] = _summary(draws, log_loss[~below])
    return told


def fits(law: Law, runs: Runs, kind: Noise, below: np.ndarray) -> tuple[Rung, list[Rung]]:
    """The fit to the runs `below`, and those to the smaller of them that teach it kappa."""
    outer, inner = ladder.fit_below(law, runs, kind, below, length=SHARED_LENGTH), []
    for share in ladder.SHARES:
        part = below & (runs["C"] <= np.quantile(runs["C"][below], share, method="lower"))
        if part.sum() >= outer.problem.dimension + ladder.SPARE and (below & ~part).sum() >= 2:
            inner.append(ladder.fit_below(law, runs, kind, part, length=SHARED_LENGTH))
    return outer, inner


def _summary(draws: np.ndarray, outcome: np.ndarray) -> pd.Series:
    return pd.Series(scores.summary(scores.table(draws, outcome)))[COLUMNS]


def main() -> None:
    """Score every split, print, write."""
    console, rows = Console(highlight=False, width=140), []
    for split in splits():
        for law_name in LAWS:
            for method, row in scored(law_name, split).items():
                label = {"method": method, "split": f"{split[0]}, {split[1]}"}
                rows.append(label | row.to_dict())
        console.print(f"{split[0]}, {split[1]}")
    table = pd.DataFrame(rows)
    overall = table.groupby("method", sort=False)[COLUMNS].mean()
    overall["width95"] = table.groupby("method")["width95"].median()
    overall["bias"] = table.groupby("method")["bias"].apply(lambda x: x.abs().mean())
    overall["least 80"] = table.groupby("method")["coverage80"].min()
    overall["least 95"] = table.groupby("method")["coverage95"].min()
    ours = table[table["method"] == f"{LAWS[0]}, inner"].drop(columns="method").set_index("split")
    BANDS.write_text(_page(overall, ours), encoding="utf-8")
    console.print(overall.round(3).to_string(), f"wrote {BANDS.name}", sep="\n")


def _page(overall: pd.DataFrame, ours: pd.DataFrame) -> str:
    title = (__doc__ or "").partition("\n")[0]
    return "\n\n".join(
        [
            f"# {title}",
            "By `make bands`, on the splits of `benchmarks/reference_class.py`. Means over splits "
            "(widths: median; bias: mean of absolute values); log loss, so 0.01 is about 1 %. "
            "`inner`, `reference` and `none` are the kinds of discrepancy; kappa never sees its "
            "own group. Nominal coverage is 0.50, 0.80, 0.95.",
            markdown(overall),
            f"## {LAWS[0]}, discrepancy `inner`, split by split",
            markdown(ours),
            "",
        ]
    )


def markdown(table: pd.DataFrame) -> str:
    """A table of numbers as lines of markdown."""
    heads = [table.index.name or "", *map(str, table.columns)]
    lines = [heads, ["---", *["---:"] * len(table.columns)]]
    lines += [[str(name), *(f"{x:.3f}" for x in row)] for name, row in table.iterrows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
