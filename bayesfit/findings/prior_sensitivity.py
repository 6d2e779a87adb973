"""Answers that the priors move: by power scaling (Kallioinen et al. 2024, arXiv:2107.14054)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, joined, number
from bayesfit.prediction.sensitivity import NOTABLE, notable

ROLES = ("growth_N", "irreducible")  # of the parameters that people quote
NAMED = 2  # answers, and priors of each, that are spoken of at length


def look(fit: Fit) -> Iterator[Finding]:
    """One finding: which of the answers that are quoted move, how far, and by which prior."""
    found = fit.prior_sensitivity(fit.about)
    quoted = [fit.law.roles[role] for role in ROLES if role in fit.law.roles]
    found = found[[name in (*quoted, "log_N", "loss_at_N") for name in found.index]]
    if found.empty:
        return
    moved, said = notable(found), {str(name): _say(fit, str(name)) for name in found.index}
    if not moved:
        yield Finding(
            "PASS",
            "priors",
            f"No answer that is quoted ({', '.join(said.values())}) hangs on the priors: "
            f"power-scaling sensitivity at most {number(found['prior'].max(), 2)}, below "
            f"{NOTABLE:g}.",
        )
        return
    rows = found.loc[moved].sort_values("prior", ascending=False)
    each = "; ".join(_in_words(fit, str(name), row) for name, row in rows.iloc[:NAMED].iterrows())
    yield Finding(
        "REVIEW",
        "priors",
        f"The priors move {joined([said[str(name)] for name in rows.index])} (power-scaling "
        f"sensitivity above {NOTABLE:g}): {each}.",
        "Say so where you quote it; give a prior that you can defend with `priors=`, or add runs "
        "at larger budgets, which tell what the prior tells now.",
    )


def _in_words(fit: Fit, name: str, row: pd.Series) -> str:
    """How far one answer moves, and by which priors most."""
    say = count if name == "log_N" else lambda x: number(x, 3)
    half, now, twice = (
        say(float(np.exp(x)) if name == "log_N" else float(x))
        for x in (row["median_half"], row["median"], row["median_twice"])
    )
    by = row.filter(like="prior_").astype(float).sort_values(ascending=False)
    most = [str(n).removeprefix("prior_") for n, x in by.items() if x > 0.5 * by.iloc[0]][:NAMED]
    ends = [f"{half} with priors half as strong", f"{twice} with priors twice as strong"]
    known = [
        end for end, x in zip(ends, row[["median_half", "median_twice"]], strict=True) if x == x
    ]
    moves = f", {now}, would be {joined(known)}" if known else f" is {now}"
    return f"{_say(fit, name)}{moves}, mostly by the prior of {joined(most)}"


def _say(fit: Fit, name: str) -> str:
    budget = f"at {flops(fit.about)} FLOPs"
    return dict(log_N=f"N* {budget}", loss_at_N=f"the loss {budget}").get(name, name)


check = Check(look=look, order=105)
