"""What a budget should build, what that is worth, and what it costs: for a proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Answer, Table
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.extrapolation import measured
from bayesfit.fitted import Fit
from bayesfit.formatting import flops as words
from bayesfit.law import Law
from bayesfit.machines import MFU, Cluster, Range, read_range
from bayesfit.prediction.decision import Decision, decide
from bayesfit.questions import (
    Options,
    Question,
    _budgets,
    _choices,
    _counting,
    _fits,
    _optima,
    _pilot,
    _plans,
    _reach,
    _several_laws,
    _spending,
    _warnings,
    optimum,
)
from bayesfit.questions._record import short

Run = Mapping[str, float] | str
AMOUNTS = ("flops", "gpu_hours", "node_hours", "dollars")
CLUSTER = ("gpu", "mfu", "price", "per_node", "gpus")
SCHEMA = "bayesfit-budget-1"  # bayesfit/output/budget.schema.json says what is in it
FIGURES = ("joint_region", "regret")
OTHERS = ("target", "against", "within", "beside")


def budget(
    fit: Fit,
    flops: float | None = None,
    *,
    gpu_hours: float | None = None,
    node_hours: float | None = None,
    dollars: float | None = None,
    gpu: str = "h100",
    mfu: Range | str = MFU,
    price: Range | str | None = None,
    per_node: int = 8,
    gpus: int | None = None,
    target: float | None = None,
    against: Run | Sequence[Run] = (),
    within: str | None = None,
    beside: Sequence[Any] = (),
    **limits: Any,
) -> Answer:
    """The size with the least expected loss for a budget, against others, and what it costs.

    Args:
        flops: the budget; or else one of the next three.
        gpu_hours, node_hours, dollars: the budget as hours or money, at the middle of `mfu` and
            `price`.
        gpu: the accelerator (`bayesfit.machines.MACHINES`).
        mfu, price: model FLOPs utilisation, and dollars an hour of one accelerator: a number, or a
            range that holds it in 9 cases of 10, as (0.3, 0.45) or "0.3-0.45".
        per_node, gpus: accelerators of a node, and how many run at once.
        target: a loss that has to be reached.
        against: other plans, such as ``{"N": 70e9, "D": 1.4e12}`` or "N=70e9,D=1.4e12".
        within: the group that is trained, of a law with groups.
        beside: fits of other laws, or folders of such: each answers for itself, and how far they
            lie apart is a band of its own.
        limits: `cost`, `largest_N`, `sizes` and the others, as `optimum` has them.

    Raises:
        InputError: the law says nothing of sizes, or something given cannot be used.
    """
    cluster = _cluster(gpu, mfu, price, per_node, gpus)
    C = _flops(cluster, flops, gpu_hours, node_hours, dollars)
    plan = _plans.planned(limits, fit.runs)
    each = _beside(fit, beside, within)
    one = _one_group(fit, within)
    decision = decide(*one.drawn(), C, **plan)
    answer = _answer(one, decision, cluster, _choices.others(against), target, each, within)
    return replace(answer, warnings=[*_warnings.far(one, [C]), *_warnings.by_priors(fit, C)])


def _answer(
    fit: Fit,
    decision: Decision,
    cluster: Cluster,
    others: list[tuple[str, float, float]],
    target: float | None,
    each: Mapping[str, Fit],
    within: str | None,
) -> Answer:
    C, plan, of = decision.C, decision.plan, "" if within is None else f" for {within}"
    choices = _choices.table(fit, decision, others)
    reach, wanted = _reach.budgets(decision, target), _target(decision, target)
    spent = _spending.table(cluster, choices, fit.seed)
    recounted, counts = _counting.counted_otherwise(fit, [C], plan)
    ways = _ways(fit, C, plan)
    tables = dict(choices=_choices.shown(choices), ways=ways, budgets=_reach.table(reach))
    tables |= recounted
    if target is not None:
        tables["target"] = _reach.target_table(wanted, target)
    tables["spending"] = _spending.shown(spent)
    if each:
        tables |= _of_laws(decision, each)
    tables["region"] = Table(_choices.region(decision), columns=[])
    tables["regret"] = Table(_choices.regret(decision), columns=[])
    build = _choices.sentences(fit, decision, choices, others)
    said = dict(
        build=[*build, *_plans.in_words(plan, fit.law)],
        trust=[*_warnings.beyond(fit, [C]), _trust(fit), *_optima.ways_in_words(ways), *counts],
        laws=_said_of_laws(tables),
        reach=[
            *_reach.sentences(reach),
            *_reach.target_sentences(wanted, target, decision),
            *_pilot.pilot(fit, C, plan),
        ],
        spending=[*_spending.sentences(spent, choices, cluster)],
    )
    return Answer(
        f"{words(C)} FLOPs{of}, by {fit.law.name} on {fit.runs.name}",
        tables,
        [sentence for part in said.values() for sentence in part],
        _figures(fit, decision, tables),
        short(fit)
        | dict(
            schema=SCHEMA,
            flops=C,
            target=target,
            cluster=cluster.facts(),
            within=within,
            planning=_plans.facts(plan, fit.law),
            paragraphs=said,
        ),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if the law knows no best size, or an option cannot be used."""
    own = (*AMOUNTS, *CLUSTER, *OTHERS)
    optimum.check(law, runs, {name: x for name, x in options.items() if name not in own})
    cluster = _cluster(**{name: options[name] for name in CLUSTER if name in options})
    _flops(cluster, **{name: options.get(name) for name in AMOUNTS})
    _choices.others(options.get("against", ()))
    if options.get("target") is not None:
        _budgets.numbers(options["target"], "target is a loss above zero")


def _cluster(
    gpu: str = "h100",
    mfu: Range | str = MFU,
    price: Range | str | None = None,
    per_node: int = 8,
    gpus: int | None = None,
) -> Cluster:
    dollars = None if price is None else read_range(price, "price")
    return Cluster(gpu, read_range(mfu, "mfu"), dollars, per_node=per_node, gpus=gpus)


def _one_group(fit: Fit, within: str | None) -> Fit:
    if within is not None and not fit.law.group:
        raise InputError(f"{fit.law.name} has no groups: leave out within")
    if within is None and fit.law.group:
        raise InputError(
            f"a budget trains one {fit.law.group}: name it with within, one of "
            f"{', '.join(fit.labels)}"
        )
    return fit if within is None else fit.within(within)


def _flops(
    cluster: Cluster,
    flops: float | None,
    gpu_hours: float | None,
    node_hours: float | None,
    dollars: float | None,
) -> float:
    """The budget in FLOPs, however it was given."""
    named = dict(flops=flops, gpu_hours=gpu_hours, node_hours=node_hours, dollars=dollars)
    named = {name: x for name, x in named.items() if x is not None}
    if len(named) != 1:
        raise InputError(
            "give one budget: flops (--flops 1e25), or gpu_hours, node_hours or dollars"
        )
    [(name, amount)] = named.items()
    amounts = _budgets.numbers(amount, f"{name} is a number above zero, such as 1e25")
    if len(amounts) != 1:
        raise InputError(f"a proposal is for one budget: give one number of {name}, such as 1e25")
    [amount] = amounts
    if name == "flops":
        return amount
    if name == "dollars":
        return cluster.flops(cluster.hours_for(amount))
    return cluster.flops(amount * (cluster.per_node if name == "node_hours" else 1))


def _target(decision: Decision, target: float | None) -> pd.DataFrame:
    return pd.DataFrame() if target is None else _reach.smallest(decision, target)


def _ways(fit: Fit, C: float, plan: Mapping[str, Any]) -> Table:
    """N* and D* by posterior, bootstrap and MLE, for files; two of them are said in words."""
    found = _optima.ways(fit, fit.optimum([C], **plan), [C], plan).frame
    kept = ["by", *(name for name in found if str(name).partition("_")[0] in ("N", "D"))]
    return Table(found[kept].assign(without=found["without_optimum"]), columns=[])


def _trust(fit: Fit) -> str:
    """How bands of this law have held elsewhere."""
    counted = measured.measured(fit.law, fit.likelihood)
    if counted is None:
        return "How bands of this law hold was not counted: see what its refits predicted."
    return measured.in_words(counted)


def _beside(fit: Fit, others: Sequence[Any], within: str | None) -> dict[str, Fit]:
    """Name -> fit of several laws, this one first; none without others."""
    each = _fits.named([fit, *others]) if len(others) else {}
    for (one, first), (other, second) in combinations(each.items(), 2):
        if _same_draws(first, second):
            raise InputError(f"{one} and {other} are one fit: name each folder once")
    return {name: _one_group(one, within if one.law.group else None) for name, one in each.items()}


def _same_draws(one: Fit, other: Fit) -> bool:
    ours, theirs = one.posterior.values, other.posterior.values
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[x], theirs[x]) for x in ours)


def _of_laws(decision: Decision, each: Mapping[str, Fit]) -> dict[str, Table]:
    frame = _several_laws.table(decision, each)
    spread = _several_laws.apart(frame)
    return dict(laws=_several_laws.shown(frame, spread), between_laws=Table(spread, columns=[]))


def _said_of_laws(tables: Mapping[str, Table]) -> list[str]:
    if "laws" not in tables:
        return []
    frame, spread = tables["laws"].frame, tables["between_laws"].frame
    return [*_several_laws.sentences(spread, len(frame)), *_several_laws.without(frame)]


def _figures(fit: Fit, decision: Decision, tables: Mapping[str, Table]) -> dict[str, Any]:
    drawn = {name: partial(_drawn, name, decision, fit) for name in FIGURES}
    if "laws" in tables:
        drawn["between_laws"] = partial(_drawn, "between_laws", tables["laws"].frame, decision.C)
    return drawn


def _drawn(name: str, *what: Any) -> Any:
    from bayesfit import figures

    return figures.load(name).draw(*what)


question = Question(ask=budget, stages=("estimate", "bootstrap", "posterior"), check=check)
