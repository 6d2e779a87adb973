"""How much runs far below the frontier should count: `noise.DRIFT`, by the log score it gives.

    make drift

Every split of `reference_class.splits` is fitted with each value, and scored as in
`benchmarks/bands.py`, without its own group in the reference class (which is the committed one, for
all values). Groups count once. Beside the scores stands the value that the other groups would have
chosen for each group: a choice that is the same whoever is left out was not made for one table.
Written to `benchmarks/DRIFT.md`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import backtest, discrepancy, ladder, models, noise, scores
from bayesfit.noise import Noise
from bayesfit.runs import from_frame
from benchmarks.bands import LAWS, fits, markdown
from benchmarks.reference_class import Split, splits

DRIFTS = (5.0, 10.0, 12.0, noise.DRIFT, 25.0, 60.0, np.inf)
PAGE = Path(__file__).with_name("DRIFT.md")


def with_drift(drift: float) -> Noise:
    """The noise with another value; infinite: all runs count alike."""
    worth = partial(noise.discounted, drift=drift)
    return replace(noise.discounted_t, name=f"discounted_t_{drift}", worth=worth)


def scored(split: Split, kind: Noise) -> dict[str, float]:
    """Scores of one split, with the default discrepancy."""
    group, sweep, table, fitted, held = split
    keep = table[fitted | held]
    runs = from_frame(keep[["N", "D", "loss"]].reset_index(drop=True), sweep)
    below, law = fitted[fitted | held].to_numpy(), models.load(LAWS[0])
    log_loss = np.log(runs["loss"])
    outer, inner = fits(law, runs, kind, below)
    kappas = ladder.kappas(inner, log_loss, below)
    kappa = discrepancy.posterior("inner", kappas, law.name, without=group)
    draws = backtest.forecast(law, runs, kind, outer, kappa)
    return scores.summary(scores.table(draws, log_loss[~below]))


def main() -> None:
    """Score every value on every split, print, write."""
    console, rows = Console(highlight=False, width=140), []
    for drift in DRIFTS:
        kind = with_drift(drift)
        rows += [dict(drift=drift, group=s[0]) | scored(s, kind) for s in splits()]
        console.print(f"drift {drift}")
    table = pd.DataFrame(rows)
    by_group = table.groupby(["drift", "group"])["log_score"].mean().unstack("group")
    overall = table.groupby("drift")[["coverage80", "coverage95", "are", "crps"]].mean()
    overall["width95"] = table.groupby("drift")["width95"].median()
    overall["log_score"] = by_group.mean(axis=1)
    chosen = {g: by_group.drop(columns=g).mean(axis=1).idxmax() for g in by_group}
    text = "; ".join(f"{group}: {drift:g}" for group, drift in chosen.items())
    title = (__doc__ or "").partition("\n")[0]
    parts = [
        f"# {title}",
        "`make drift`; means over splits (width: median); log score over groups.",
        markdown(overall),
        "## Log score by group",
        markdown(by_group),
        f"Chosen with one group left out: {text}.",
        "",
    ]
    PAGE.write_text("\n\n".join(parts), encoding="utf-8")
    console.print(PAGE.read_text())


if __name__ == "__main__":
    main()
