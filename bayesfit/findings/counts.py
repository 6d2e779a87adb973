"""What N* becomes if N counts other parameters: without embeddings, active, or all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bayesfit import stages
from bayesfit.data.recounted import Between, Count, between, counts, recounted
from bayesfit.errors import InputError
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import count as say
from bayesfit.formatting import flops as in_flops
from bayesfit.formatting import number
from bayesfit.inference.mle import minimise
from bayesfit.law import cost_name
from bayesfit.prediction.optimum import by_group, table

LIMITS = ("largest_N", "memory", "sizes")  # of a plan, each in one count of N


class Recount(NamedTuple):
    """The MLE by two counts of N.

    Attributes:
        own, other: how N is counted, and how else it could be.
        frame: one row a budget `C`: `N` and `D` by the MLE, `other_N` and `other_D` with the other
            count in the place of N; `N_as_other` and `other_N_as_own`, each in the other's count
            (nan where the counts cannot be turned into each other); `factor`, of N* as N counts.
    """

    own: Count
    other: Count
    frame: pd.DataFrame

    def sentences(self, cost: str) -> Iterator[str]:
        """One a budget.

        Args:
            cost: the rule of FLOPs, in words.
        """
        for row in self.frame.to_dict("records"):
            found = {str(name): say(row[name]) for name in row if "N" in str(name)}
            beside = back = ""
            if np.isfinite(row["factor"]):
                beside = f", which are {found['N_as_other']} as {self.other.label} counts"
                back = (
                    f", which are {found['other_N_as_own']} as N counts now: "
                    f"{number(row['factor'])} times as many"
                )
            yield (
                f"For {in_flops(row['C'])} FLOPs the MLE has N* at {found['N']} by {self.own}"
                f"{beside}; refitted with {self.other} as N, it has {found['other_N']}{back} "
                f"(the budget is {cost} by either count)."
            )


def applies(fit: Fit, plan: Mapping[str, Any] | None = None) -> bool:
    """Whether the fit has one best size for a budget, and its table counts N.

    Args:
        plan: as `Fit.optimum` has it, with what a law has to be given.
    """
    given = set(fit.law.given) <= set((plan or {}).get("given") or ())
    planned = fit.law.is_allocation and given and "N" in fit.task.given.columns
    values = {name: np.asarray(x)[None] for name, x in fit.estimate.items()}
    return planned and not by_group(fit.law, values)


def look(fit: Fit) -> Iterator[Finding]:
    """One finding for each other count; a PASS where N* stays within its own band."""
    for found in recounts(fit, [fit.about]):
        (row,) = found.frame.to_dict("records")
        (band,) = fit.optimum(fit.about).to_dict("records")
        stays = band["N_lo80"] <= row["other_N_as_own"] <= band["N_hi80"]
        (sentence,) = found.sentences(cost_name(fit.law.cost))
        within = " That is within the 80 % band of N*." if stays else ""
        advice = "" if stays else f"Say which count N* is in{_cure(fit, found)}."
        yield Finding("PASS" if stays else "REVIEW", "N", sentence + within, advice)


def _cure(fit: Fit, found: Recount) -> str:
    """How to fit by the other count, where the door offered it: not of a built-in table."""
    option = f"--map {quote(f'N={found.other.heading}')}"
    offered = any(option in note for note in fit.task.given.notes)
    return f"; {option} fits by the other" if offered else ""


def recounts(
    fit: Fit, flops: Sequence[float], plan: Mapping[str, Any] | None = None
) -> list[Recount]:
    """The MLE's N* for budgets by each other count of N that the table has.

    Args:
        flops: budgets.
        plan: as `Fit.optimum` has it; nothing is compared where it limits N itself.
    """
    plan = {name: x for name, x in (plan or {}).items() if x is not None}
    if set(plan) & set(LIMITS):
        return []
    own, others = counts(fit.task.given)
    before = fit.optimum(flops, by="MLE", **plan) if others else pd.DataFrame()
    found = []
    for other in others:
        try:
            after = table(fit.law, _refitted(fit, other), flops, **plan)
        except InputError:  # such as isoFLOP profiles that are none by the other count
            continue
        found.append(Recount(own, other, _frame(before, after, between(own, other))))
    return found


def _refitted(fit: Fit, other: Count) -> dict[str, np.ndarray]:
    """The estimate with another N (1, ...), from the fit itself or, else, from all over."""
    was, given = fit.task, recounted(fit.task.given, other)
    task = stages.task(
        was.base, was.likelihood, given, None, was.settings,
        group=was.group, vary=was.vary, replaced=was.law.overrides,
    )  # fmt: skip
    found = minimise(task.whole, fit.mle.best().q[None], delta=fit.delta)
    if not found.converged.all():
        found = stages.estimate(task)
    return stages.estimates(task.problem, found.best().q[None])


def _frame(before: pd.DataFrame, after: pd.DataFrame, turned: Between | None) -> pd.DataFrame:
    frame = before[["C", "N", "D"]].assign(other_N=after["N"], other_D=after["D"])
    as_other = as_own = np.full(len(frame), np.nan)
    if turned is not None:
        as_other, as_own = (
            turn(frame[name].to_numpy(float))
            for turn, name in ((turned.there, "N"), (turned.back, "other_N"))
        )
    frame = frame.assign(N_as_other=as_other, other_N_as_own=as_own)
    return frame.assign(factor=frame["other_N_as_own"] / frame["N"])


check = Check(look=look, applies=applies, order=45)
