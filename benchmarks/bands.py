"""Do the bands hold? Fit the small runs of public sweeps, predict the large ones, count.

    make bands

Every split of `reference_class.splits` is fitted with one default setting; kappa comes from the
split's own smaller runs and from the sweeps of other groups (its own group is left out of the
reference class). Written to `benchmarks/BANDS.md`, beside common practice on the same runs. Needs
the tables in `../shared/data`, of which no row is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import likelihoods, models
from bayesfit.data.runs import Runs, from_frame
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference import devices
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.prediction import shortfall as shortfalls
from benchmarks import recipe
from benchmarks.reference_class import SHARED_LENGTH, Split, splits

LAWS = ("kaplan_chinchilla", "chinchilla_approach3")
BANDS = Path(__file__).with_name("BANDS.md")
COLUMNS = ["coverage50", "coverage80", "coverage95", "width95", "bias", "are", "crps", "log_score"]


def scored(law_name: str, split: Split) -> dict[str, pd.Series]:
    """Scores of each method on the held-out runs of one split."""
    group = split[0]
    runs, below = runs_of(split)
    law = models.load(law_name)
    kind, log_loss = likelihoods.load(law.likelihood), np.log(runs["loss"])
    outer, inner = fits(law, runs, kind, below)
    kappas = refits.kappas(inner, log_loss, below)
    found = {}
    for name in shortfalls.KINDS:
        kappa = shortfalls.posterior(name, kappas, law_name, without=group)
        draws = backtest.forecast(runs, outer, kappa)
        found[f"{law_name}, {name}"] = _summary(draws, log_loss[~below])
    for method, draws in backtest.common_practice(law, runs, outer).items():
        found[f"{law_name}, {method}"] = _summary(draws, log_loss[~below])
    return found


def runs_of(split: Split) -> tuple[Runs, np.ndarray]:
    """The runs of a split, and which of them are fitted."""
    _, sweep, table, fitted, held = split
    keep = table[fitted | held]
    runs = from_frame(keep[["N", "D", "loss"]].reset_index(drop=True), sweep)
    return runs, fitted[fitted | held].to_numpy()


def fits(law: Law, runs: Runs, kind: Likelihood, below: np.ndarray) -> tuple[Refit, list[Refit]]:
    """The fit to the runs `below`, and those to the smaller of them that teach it kappa."""

    def fit(part: np.ndarray) -> Refit:
        return refits.fit_below(law, runs, kind, part, length=SHARED_LENGTH)

    outer = fit(below)
    return outer, inner_fits(fit, runs, below, outer.problem.dimension)


def inner_fits(
    fit: Callable[[np.ndarray], Refit], runs: Runs, below: np.ndarray, dimension: int
) -> list[Refit]:
    """Fits to the smaller of the runs `below`, where enough are left on both sides."""
    cuts = [np.quantile(runs["C"][below], share, method="lower") for share in refits.SHARES]
    parts = [below & (runs["C"] <= cut) for cut in cuts]
    least = dimension + refits.SPARE
    return [fit(part) for part in parts if part.sum() >= least and (below & ~part).sum() >= 2]


def by_recipe(law_name: str) -> list[pd.Series]:
    """Scores of `benchmarks.recipe` on each split: two rounds, as splits teach each other kappa."""
    law, rounds, seen = models.load(law_name), [], {}
    for split in splits():
        runs, below = runs_of(split)
        fit = partial(recipe.fit_below, law, runs, length=SHARED_LENGTH)
        outer, log_loss = fit(below), np.log(runs["loss"])
        inner = inner_fits(fit, runs, below, outer.problem.dimension)
        rounds.append((split[0], runs, outer, refits.kappas(inner, log_loss, below)))
        kappa = outer.kappa(~below, log_loss)
        seen.setdefault(split[0], []).extend([kappa] if kappa else [])
    rows = []
    for group, runs, outer, inner in rounds:
        others = {name: found for name, found in seen.items() if name != group and found}
        draws = backtest.forecast(runs, outer, recipe.kappa(others, inner))
        rows.append(_summary(draws, np.log(runs["loss"])[~outer.below]))
    return rows


def _summary(draws: np.ndarray, outcome: np.ndarray) -> pd.Series:
    return pd.Series(scores.summary(scores.table(draws, outcome)))[COLUMNS]


def main() -> None:
    """Score every split, print, write."""
    devices.choose(None)
    console, rows = Console(highlight=False, width=140), []
    for split, row in zip(splits(), by_recipe(LAWS[0]), strict=True):
        label = {"method": f"{LAWS[0]}, recipe", "split": f"{split[0]}, {split[1]}"}
        rows.append(label | row.to_dict())
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
    best = f"{LAWS[0]}, {models.load(LAWS[0]).shortfall}"
    ours = table[table["method"] == best].drop(columns="method").set_index("split")
    overall = overall.loc[sorted(overall.index, key=lambda method: method != best)]
    BANDS.write_text(_page(overall, best, ours), encoding="utf-8")
    console.print(overall.round(3).to_string(), f"wrote {BANDS.name}", sep="\n")


def _page(overall: pd.DataFrame, best: str, ours: pd.DataFrame) -> str:
    each = ours.groupby(lambda split: split.partition(",")[0], sort=False).mean()
    title = (__doc__ or "").partition("\n")[0]
    return "\n\n".join(
        [
            f"# {title}",
            "By `make bands`, on the splits of `benchmarks/reference_class.py`. Means over splits "
            "(widths: median; bias: mean of absolute values); log loss, so 0.01 is about 1 %. "
            "`inner`, `reference` and `none` are the kinds of shortfall; kappa never sees its "
            "own group. `recipe` is `benchmarks/recipe.py`. Nominal coverage is 0.50, 0.80, 0.95.",
            markdown(overall),
            f"## The default ({best}), split by split",
            markdown(ours),
            "## The same by table: means over the splits of one sweep",
            markdown(each),
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
