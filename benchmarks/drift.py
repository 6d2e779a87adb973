"""How much runs far below the frontier should count: `shared_t.DRIFT`, by the log score it gives.

    make drift

Every split of `reference_class.splits` is fitted with each value, and scored as in
`benchmarks/bands.py`, with the law's default shortfall. Groups count once. Beside the scores
stands the value that the other groups would have chosen for each group: a choice that is the same
whoever is left out was not made for one table. Written to `benchmarks/DRIFT.md`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import likelihoods, models
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.inference import devices
from bayesfit.likelihoods import Likelihood, shared_t
from benchmarks.bands import LAWS, markdown, runs_of
from benchmarks.reference_class import SHARED_LENGTH, Split, splits

DRIFTS = (5.0, 10.0, 15.0, 20.0, shared_t.DRIFT, 40.0, 80.0, np.inf)
PAGE = Path(__file__).with_name("DRIFT.md")


def with_drift(drift: float) -> Likelihood:
    """The likelihood with another value; infinite: all runs count alike."""
    worth = partial(shared_t.discounted, drift=drift)
    return replace(likelihoods.load("shared_t"), name=f"shared_t_{drift}", worth=worth)


def scored(split: Split, kind: Likelihood) -> dict[str, float]:
    """Scores of one split."""
    (runs, below), law = runs_of(split), models.load(LAWS[0])
    assert law.shortfall == "none"  # or the refits that teach kappa are needed too
    refit = refits.fit_below(law, runs, kind, below, length=SHARED_LENGTH)
    draws = backtest.forecast(runs, refit, None)
    return scores.summary(scores.table(draws, np.log(runs["loss"])[~below]))


def main() -> None:
    """Score every value on every split, print, write."""
    devices.choose(None)
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
