"""How many times less compute, and how many times fewer tokens, one recipe needs than another."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Answer, Column, Table
from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, number, percent
from bayesfit.law import Law
from bayesfit.prediction.speedup import MOST
from bayesfit.questions import Options, Question, _budgets, _recipes
from bayesfit.questions import _cells as cells
from bayesfit.questions._recipes import Recipes
from bayesfit.questions._record import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SURE = 0.9  # probability from which one recipe is chosen
NOTHING = 0.995  # of the sd of a speed-up: a run that leaves more tells nothing
POINTS = 25  # budgets of the figure


def speedup_of(
    fit: Fit,
    of: str | None = None,
    over: str | None = None,
    *,
    flops: float | str | Iterable[float] = (),
) -> Answer:
    """How much less recipe B (`of`) pays than recipe A (`over`) for the same loss, and a verdict.

    Args:
        fit: with a group whose labels name recipes (`fit(..., group="recipe")`).
        of, over: two labels; of a fit with two, that with more runs is the one in use (`over`).
        flops: budgets of A; without any, that of the largest run that both have, 10 and 100 times
            that.

    Raises:
        InputError: the fit has no groups, or no such label.
    """
    recipes = _recipes.Recipes(fit, *_recipes.chosen(fit.law, fit.runs, of, over))
    asked = _budgets.asked(flops)
    C = asked or _usual(recipes)
    compute, tokens = recipes.in_compute(C), recipes.in_tokens(C)
    frame = _frame(C, compute, tokens)
    with np.errstate(divide="ignore"):  # 0 where B never gets there
        best = _recipes.next_runs(recipes, np.log(compute[:, -1]))
    return Answer(
        f"{recipes.of} over {recipes.over}, by {fit.law.name} on {fit.runs.name}",
        dict(
            speedup=Table(frame, columns=_columns(frame)),
            next_runs=Table(best, "Runs that would tell most", _shown(best.head(3), fit.law)),
        ),
        [*_sentences(frame, recipes), _verdict(frame, recipes), _settles(best, recipes), CAVEAT],
        dict(speedup=partial(_figure, recipes, tuple(C))),
        short(fit) | dict(of=recipes.of, over=recipes.over, asked=asked, runs=recipes.counts),
    )


CAVEAT = (
    "Both recipes follow one law, with parameters of their own as far as the runs tell them apart; "
    "what each does beyond its runs is the law's word."
)


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError unless the law has groups, and a loss that a budget buys in each."""
    if not law.group:
        raise InputError(
            "a speed-up compares recipes: fit with a group, the column that names them "
            "(--group recipe)"
        )
    whole = {"N", "D"} <= set(law.inputs) and not law.given
    if not law.is_of_loss or not (whole or law.inputs == ("C",)):
        raise InputError(
            f"{law.name} does not say what loss a budget buys: choose a law of N and D, or of C"
        )
    _recipes.chosen(law, runs, options.get("of"), options.get("over"))
    _budgets.asked(options.get("flops", ()))


def _usual(recipes: Recipes) -> list[float]:
    """The budget that both have reached, and beyond."""
    runs = recipes.fit.runs
    labels = np.array(as_labels(runs[recipes.fit.law.group]))
    both = min(float(runs["C"][labels == x].max()) for x in (recipes.of, recipes.over))
    return [both, 10 * both, 100 * both]


def _frame(C: list[float], compute: np.ndarray, tokens: np.ndarray) -> pd.DataFrame:
    """One row a budget: bands of both speed-ups, and the probabilities that they are above 1."""
    frame = pd.DataFrame({"C": C})
    for name, draws in (("compute", compute), ("tokens", tokens)):
        there = ~np.isnan(draws).any(1)
        if there.any():
            frame = frame.assign(**bands.columns(name, draws[there]))
            frame[f"probability_{name}"] = np.mean(draws[there] > 1, axis=0)
    return frame.assign(without_optimum=np.mean(np.isnan(compute), axis=0))


def _times(x: float) -> str:
    if x == np.inf:
        return f"over {MOST:g}"
    return f"under {1 / MOST:g}" if x == 0 else number(x, 3)


def _columns(frame: pd.DataFrame) -> list[Column]:
    shown: list[Column] = [("FLOPs", cells.each(frame["C"], flops))]
    for name, heading in (("compute", "times less compute"), ("tokens", "times fewer tokens")):
        if name in frame:
            shown.append((heading, cells.each(frame[name], _times)))
            shown += [cells.band(frame, name, level, _times) for level in (80, 95)]
            shown.append(("P(> 1)", cells.shares(frame[f"probability_{name}"])))
    return shown


def _shown(best: pd.DataFrame, law: Law) -> list[Column]:
    shown: list[Column] = [(law.group, list(best[law.group]))]
    shown += [(name, cells.each(best[name], count)) for name in ("N", "D") if name in best]
    shown.append(("FLOPs", cells.each(best["C"], flops)))
    return [*shown, ("narrows the band by", cells.shares(1 - best["sd_left"]))]


def _sentences(frame: pd.DataFrame, recipes: Recipes) -> Iterable[str]:
    """At 1e22 FLOPs B is worth 1.31 times A's compute (80 %: 1.12 to 1.55)."""
    for _, row in frame.iterrows():
        at, ends = f"At {flops(row['C'])} FLOPs", (row["compute_lo80"], row["compute_hi80"])
        at += " the runs cannot tell:" * bool(ends[0] < 1 < ends[1])
        yield (
            f"{at} {recipes.of} is worth {_times(row['compute'])} times the compute of "
            f"{recipes.over} (80 %: {_times(ends[0])} to {_times(ends[1])})."
        )


def _verdict(frame: pd.DataFrame, recipes: Recipes) -> str:
    """What to do at the largest budget, or up to which one it is clear where it is not there."""
    last, choice = frame.iloc[-1], f"choose {recipes.of}"
    sure, at = float(last["probability_compute"]), flops(last["C"])
    better = f"{recipes.of} is better in {percent(sure)} of draws"
    if sure >= SURE:
        return f"Verdict at {at} FLOPs: {choice} ({better})."
    if sure <= 1 - SURE:
        return f"Verdict at {at} FLOPs: keep {recipes.over} ({better})."
    clear = frame["probability_compute"].cummin() >= SURE
    if not clear.iloc[0]:
        clear, choice = frame["probability_compute"].cummax() <= 1 - SURE, f"keep {recipes.over}"
    until = f"; up to {flops(frame['C'][clear].max())} FLOPs, {choice}" if clear.any() else ""
    return (
        f"Verdict at {at} FLOPs: not enough evidence ({better}; {percent(SURE)} would do){until}."
    )


def _settles(best: pd.DataFrame, recipes: Recipes) -> str:
    """The run that would tell most."""
    row = best.iloc[0]
    if row["sd_left"] > NOTHING:
        return "No run that costs less than the costliest so far would tell more."
    of = f"{count(row['N'])} parameters on {count(row['D'])} tokens, " if "N" in best else ""
    return (
        f"Of single runs that cost no more than the costliest so far, one of "
        f"{row[recipes.fit.law.group]} would tell most: {of}{flops(row['C'])} FLOPs, which narrows "
        f"the band of the speed-up by about {percent(1 - row['sd_left'])}. `bayesfit design` with "
        "--quantity speedup plans several, and weighs what they cost."
    )


def _figure(recipes: Recipes, C: tuple[float, ...]) -> Figure:
    """The speed-up against compute; matplotlib is imported when it is wanted."""
    from bayesfit import figures

    reached = [float(recipes.fit.runs["C"].min()), *C, 3 * max(C)]
    grid = np.union1d(np.geomspace(min(reached), max(reached), POINTS), C)
    draws: dict[str, Any] = {"C": grid, "compute": recipes.in_compute(list(grid))}
    return figures.load("speedup").draw(draws, recipes, flops=C)


question = Question(ask=speedup_of, stages=("estimate", "posterior"), check=check)
