"""The size to build for a budget, and others that somebody may prefer, against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Column, Table
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, interval, number, percent
from bayesfit.law import View
from bayesfit.prediction.decision import FLAT, REGIONS, Decision
from bayesfit.prediction.optimum import optima
from bayesfit.prediction.planning import FEWEST
from bayesfit.prediction.surface import log_surface
from bayesfit.questions import _cells as cells

POPULAR = 20.0  # tokens per parameter (Hoffmann et al. 2022, arXiv:2203.15556)
BEST = "least expected loss"
NOTE = (
    "Loss: that of building the plan, nats per token, median over the posterior. Expected excess: "
    "how far it lies above the loss of the best size, which is another one in each draw and which "
    "nobody knows; mean. P(loses more): than the first plan, in the same draw."
)
PINNED = 10  # of so many draws the one nearest to a value stands for knowing it


def others(against: Any) -> list[tuple[str, float, float]]:
    """Other plans as (words, N, D).

    Raises:
        InputError: one is no pair of N and D.
    """
    given = list(against) if isinstance(against, (list, tuple)) else [against]
    return [_other(one) for one in given]


def _other(plan: Mapping[str, Any] | str) -> tuple[str, float, float]:
    try:
        text = isinstance(plan, str)
        pairs = [x.split("=") for x in plan.split(",")] if text else [*plan.items()]
        named = {name.strip(): float(value) for name, value in pairs}
        N, D = named["N"], named["D"]
        assert len(pairs) == 2 and 0 < N < np.inf and 0 < D < np.inf
    except (ValueError, KeyError, AssertionError, TypeError, AttributeError) as error:
        raise InputError(f"cannot read the plan {plan!r}: write it as N=70e9,D=1.4e12") from error
    return f"N {count(N)}, D {count(D)}", N, D


def table(
    fit: Fit, decision: Decision, against: Sequence[tuple[str, float, float]]
) -> pd.DataFrame:
    """One row a plan: what it is, its loss, and what it loses for not being the best.

    Returns:
        `plan`, N, D, C (what it costs) and `training` (without serving); bands of `loss`;
        `excess`, the mean excess loss, and bands of `regret` (the excess over the lowest loss, a
        share); `wasted`, bands of the share of the budget thrown away; `worse`, the probability
        that the plan loses more than the size to build.
    """
    rows = [
        _row(decision, name, N, float(decision.tokens(N)), decision.losses(N), of_budget=True)
        for name, N in _sizes(fit, decision)
        if decision.largest >= N and decision.tokens(N) >= FEWEST
    ]
    rows += [_row(decision, name, N, D, _loss(decision, N, D)) for name, N, D in against]
    return pd.DataFrame(rows)


def _sizes(fit: Fit, decision: Decision) -> Iterator[tuple[str, float]]:
    """Sizes that spend this budget."""
    best = decision.size
    yield BEST, best
    if decision.plan.get("sizes") is not None:
        yield from ((count(N), float(N)) for N in decision.N if best != N)
        return
    yield "median N*", float(bands.band(decision.best_N)["median"])
    estimate = {name: np.asarray(x)[None] for name, x in fit.estimate.items()}
    plug_in = optima(fit.law, estimate, decision.C, **decision.plan)["N"][0, 0]
    if np.isfinite(plug_in):
        yield "N* of the MLE", float(plug_in)
    yield "half of it, on more tokens", best / 2
    yield "twice it, on fewer tokens", best * 2
    yield f"{POPULAR:g} tokens per parameter", decision.size_at(POPULAR)


def _row(
    decision: Decision, name: str, N: float, D: float, loss: np.ndarray, of_budget: bool = False
) -> dict[str, Any]:
    least, training = decision.losses(decision.size), _cost(decision, N, D)
    served = 2.0 * N * (decision.plan.get("inference_tokens") or 0.0) * of_budget
    excess = loss - decision.best
    row = dict(plan=name, N=N, D=D, C=training + served, training=training)
    row |= dict(tokens_per_parameter=D / N) | bands.columns("loss", loss)
    row |= dict(excess=float(excess.mean())) | bands.columns("regret", excess / decision.best)
    if of_budget:
        row |= bands.columns("wasted", decision.wasted(loss))
    return row | dict(worse=np.nan if name == BEST else float(np.mean(loss > least)))


def _loss(decision: Decision, N: float, D: float) -> np.ndarray:
    """Loss of any run, whatever it costs (draws,)."""
    plan = decision.plan.get("given") or {}
    columns = {name: np.array([float(x)]) for name, x in {**plan, "N": N, "D": D}.items()}
    columns["C"] = np.array([_cost(decision, N, D)])
    law = decision.law
    if law.at_size is not None:
        raise InputError(f"{law.name} is not written in N and D: leave out `against`")
    return np.exp(log_surface(law, decision.values, columns)[:, 0])


def _cost(decision: Decision, N: float, D: float) -> float:
    cost = decision.plan.get("cost") or decision.law.cost
    return float(cost(View(N=N, D=D, **(decision.plan.get("given") or {}))))


def regret(decision: Decision) -> pd.DataFrame:
    """One row a size on the grid: bands of its regret, and its expected loss."""
    found = bands.columns("regret", decision.loss / decision.best[:, None] - 1)
    return pd.DataFrame(
        dict(N=decision.N, D=decision.tokens(decision.N), expected_loss=decision.loss.mean(0))
        | dict(expected_excess=decision.expected) | found
    )  # fmt: skip


def region(decision: Decision) -> pd.DataFrame:
    """One row a probability: the ends of the region of the best size, with the tokens of each."""
    ends = [decision.region(share) for share in REGIONS]
    names = ("N_low", "N_high")
    frame = pd.DataFrame(ends, columns=names)
    tokens = {f"D_at_{name}": decision.tokens(frame[name].to_numpy()) for name in names}
    return frame.assign(**tokens, probability=REGIONS)[["probability", *names, *tokens]]


def shown(frame: pd.DataFrame) -> Table:
    """The plans for people."""
    columns: list[Column] = [
        ("plan", list(frame["plan"])),
        ("N", cells.each(frame["N"], count)),
        ("D", cells.each(frame["D"], count)),
        ("D/N", cells.each(frame["tokens_per_parameter"], cells.ratio)),
        ("FLOPs", cells.each(frame["C"], flops)),
        ("loss", cells.each(frame["loss"], cells.loss)),
        cells.band(frame, "loss", 80, cells.loss),
        ("expected excess", cells.each(frame["excess"], cells.difference)),
        ("P(loses more)", cells.shares(frame["worse"])),
    ]
    return Table(frame, "What to build, and what else could be", columns, NOTE)


def sentences(
    fit: Fit, decision: Decision, frame: pd.DataFrame, against: Sequence[tuple[str, float, float]]
) -> Iterator[str]:
    """What to build, how flat the valley is, what not knowing costs, and the plans named."""
    best = frame.iloc[0]
    run = fit.predict(_inputs(fit, decision) | dict(N=best["N"], D=best["D"]))
    yield (
        f"Build {count(best['N'])} parameters on {count(best['D'])} tokens "
        f"({number(best['tokens_per_parameter'], 2)} for each parameter): of all sizes that one "
        f"loses least on average. Expect a loss of {cells.loss(best['loss'])} (median; 80 %: "
        f"{_ends(best, 'loss')}; of one run as it will be observed: "
        f"{_ends(run.iloc[0], 'observed')})."
    )
    spread = {name: float(x) for name, x in bands.band(decision.best_N).items()}
    yield (
        f"The best size itself lies between {count(spread['lo80'])} and {count(spread['hi80'])} "
        f"with 80 % probability, {count(spread['lo95'])} and {count(spread['hi95'])} with 95 %."
        + f" In {percent(decision.without)} of draws no size is the best."
        * (decision.without > 0)
    )
    yield from _pinned(decision)
    low, high = decision.valley
    yield (
        f"Any size from {count(low)} to {count(high)} loses at most {percent(FLAT)} of the loss "
        "more than that, on average."
    )
    excess = decision.losses(best["N"]) - decision.best
    few, many = np.quantile(excess, [0.05, 0.95])
    yield (
        f"Not knowing the law costs {cells.difference(best['excess'])} nats per token on average "
        f"(5 and 95 % points: {cells.difference(few)}, {cells.difference(many)}): who knew it "
        "would build another size and reach the same loss with "
        f"{percent(best['wasted'])} less compute (median; 80 %: "
        f"{percent(best['wasted_lo80'])} to {percent(best['wasted_hi80'])})."
    )
    named = [f"{POPULAR:g} tokens per parameter", *(name for name, _, _ in against)]
    yield from (_against(row, best) for _, row in frame.iterrows() if row["plan"] in named)


def _inputs(fit: Fit, decision: Decision) -> dict[str, Any]:
    """What `Fit.predict` wants beside N and D: what is given, and the group if there is one."""
    group, given = fit.problem.law.group, dict(decision.plan.get("given") or {})
    return given | ({group: fit.runs[group][0]} if group else {})


def _pinned(decision: Decision) -> Iterator[str]:
    """What knowing the irreducible loss would tell of the best size."""
    name = decision.law.roles.get("irreducible", "")
    if name not in decision.values:
        return
    E = np.asarray(decision.values[name])
    near = np.argsort(np.abs(E - np.median(E)))[: max(50, len(E) // PINNED)]
    low, high = np.quantile(decision.best_N[near], [0.1, 0.9])
    yield (
        f"Were {name} known to be {np.median(E):.2f}, its median, the 80 % band of the best size "
        f"would be {count(low)} to {count(high)}."
    )


def _against(row: pd.Series, best: pd.Series) -> str:
    more, name = row["excess"] - best["excess"], row["plan"][0].upper() + row["plan"][1:]
    what = f"{flops(row['C'])} FLOPs"
    what += f", {count(row['N'])} on {count(row['D'])}" * ("N" not in row["plan"])
    said = f"{name} ({what}) loses more than the size to build in {percent(row['worse'])} of draws"
    if abs(more) < cells.LEAST_SHOWN:
        return (
            f"{said}, and by less than {cells.LEAST_SHOWN:g} nats on average: by these runs there "
            "is nothing to choose between the two."
        )
    return f"{said}, {cells.loss(abs(more))} nats {'more' if more > 0 else 'less'} on average."


def _ends(row: Mapping[str, Any] | pd.Series, name: str) -> str:
    return interval(row[f"{name}_lo80"], row[f"{name}_hi80"], cells.loss)
