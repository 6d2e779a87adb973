"""Which runs to pay for next, what they leave of the doubt, and where to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Answer
from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.law import Cost, Law
from bayesfit.law import within as within_group
from bayesfit.machines import Range
from bayesfit.prediction import designing
from bayesfit.prediction.optimum import planned_for
from bayesfit.prior_fit import Known
from bayesfit.questions import (
    Options,
    Question,
    _between,
    _budgets,
    _candidates,
    _classical,
    _designed,
    _plans,
    _quantities,
    _recipes,
)
from bayesfit.questions._candidates import Candidates
from bayesfit.questions._designed import Designed
from bayesfit.questions._record import short
from bayesfit.questions.predict import as_table

SPEEDUP, LAW = "speedup", "law"
CELLS = 4_000_000  # of draws, copies and runs that are observed, if fewer draws than that will do
RUNS = 12  # at most, where only an allowance is given
NO_MONEY = "how much may be bought? Give an allowance in FLOPs (--allowance 3e21), or runs"
GRID = ("N", "D", "tokens_per_parameter")


def design(
    fit: Known,
    target: Any = None,
    *,
    quantity: str = "loss",
    allowance: float | None = None,
    runs: int | None = None,
    pool: Any = None,
    price: str | None = None,
    N: Range | str | None = None,
    D: Range | str | None = None,
    tokens_per_parameter: Range | str | None = None,
    within: str | None = None,
    of: str | None = None,
    over: str | None = None,
    against: Any = None,
    **limits: Any,
) -> Answer:
    """The next runs that narrow the band of a quantity most for their FLOPs, beside usual plans.

    Args:
        target: what it is about: a budget, as 1e25 or "C=1e25", or one run, "N=70e9,D=1.4e12".
        quantity: "loss"; "N", "D" or "tokens_per_parameter" of the best model of the target's
            budget; "speedup" of a fit with recipes as groups; a parameter, such as "alpha"; or
            "law", which of two laws is right.
        allowance: what may be spent, in FLOPs, or in the unit of `price`; without it, as many runs
            as asked for at the cost of the dearest that was fitted.
        runs: at most so many.
        pool: the runs that could be bought, each once, as a table (as `predict` takes it); without
            it any N and D within the bounds, and any of them more than once.
        price: the column of the pool that says what a run costs; its FLOPs if omitted.
        N, D, tokens_per_parameter: bounds of runs, as (low, high) or "1e8-1e10".
        within: the group that is asked about, and whose runs could be bought.
        of, over: recipes, as `speedup` has them; runs of either could be bought.
        against: with the quantity "law", the fit of the other law to the same runs, or its folder.
        limits: constraints of the target's best model, as `optimum` has them.

    Raises:
        InputError: something given cannot be used, or nothing can be bought.
    """
    plan = _plans.planned(limits, fit.runs)
    if quantity == LAW:
        if not isinstance(fit, Fit):
            raise InputError("which law is right is asked of fits to the same runs: fit some first")
        other, (most, money) = _between.other_fit(fit, against), _most(fit, runs, allowance)
        offered, _ = _offered(fit, pool, price, (N, D, tokens_per_parameter), plan, money)
        return _between.between(fit, other, offered, money, most)
    law, values = fit.drawn()
    asked = _asked(fit, law, values, target, quantity, within, (of, over), plan)
    values = {name: x[asked.there] for name, x in values.items()}
    most, money = _most(fit, runs, allowance)
    offered, bound = _offered(fit, pool, price, (N, D, tokens_per_parameter), plan, money)
    offered = _of_groups(fit, offered, within, (of, over), quantity)
    rule = plan.get("cost") or fit.law.cost
    found = _found(fit, law, values, asked, offered, bound, rule, money, most)
    return _answer(fit, found, asked)


def _asked(
    fit: Known,
    law: Law,
    values: Mapping[str, np.ndarray],
    target: Any,
    quantity: str,
    within: str | None,
    pair: tuple[str | None, str | None],
    plan: Mapping[str, Any],
) -> _quantities.Quantity:
    read = None if target is None else _quantities.read_target(target)
    if quantity == SPEEDUP:
        assert isinstance(fit, Fit)  # `check` has seen that the law has groups
        recipes = _recipes.Recipes(fit, *_recipes.chosen(fit.law, fit.runs, *pair), draws=None)
        return _quantities.speedup(recipes, read)
    if fit.law.group and within is not None:
        code = fit.labels.index(within)
        law = within_group(law, code)
        if np.ndim(values.get(quantity, 0.0)) == 2:  # a parameter that each group has its own of
            values = {**values, quantity: values[quantity][:, code]}
    return _quantities.quantity(law, values, quantity, read, plan)


def _most(fit: Known, runs: int | None, allowance: float | None) -> tuple[int, float]:
    """How many runs at most, and for how much."""
    if runs is None and allowance is None:
        raise InputError(NO_MONEY)
    if allowance is None:
        if not isinstance(fit, Fit):
            raise InputError("before any run, say what may be spent: give an allowance in FLOPs")
        count = _count(runs)
        return count, count * float(np.max(fit.runs["C"]))
    [money] = _budgets.numbers(allowance, "allowance is a number above zero")
    return RUNS if runs is None else _count(runs), money


def _count(runs: Any) -> int:
    [count] = _budgets.numbers(runs, "runs is a whole number above zero")
    if count != int(count) or isinstance(runs, bool):
        raise InputError(f"runs is a whole number above zero, not {runs!r}")
    return int(count)


def _offered(
    fit: Known,
    pool: Any,
    price: str | None,
    ranges: Sequence[Range | str | None],
    plan: Mapping[str, Any],
    money: float,
) -> tuple[Candidates, _candidates.Bounds | None]:
    """What could be bought, and what the user bounds runs by, where they are free."""
    rule = plan.get("cost") or fit.law.cost
    if pool is not None:
        return _candidates.from_table(fit.law, as_table(pool), rule, price).within(money), None
    free = {"N", "D"} <= set(fit.law.inputs)
    if free and not isinstance(fit, Fit) and ranges[0] is None:
        raise InputError("before any run, say which sizes could be trained, such as N='1e7-1e9'")
    bound = _candidates.bounds(fit.runs, money, ranges) if free else None
    made = _candidates.grid(fit.law, fit.runs, bound, plan, money)
    return made.within(money), _candidates.wished(ranges) if free else None


def _of_groups(
    fit: Known,
    offered: Candidates,
    within: str | None,
    pair: tuple[str | None, str | None],
    quantity: str,
) -> Candidates:
    """The runs of every group that could be bought, where the law has groups."""
    group = fit.law.group
    if not group:
        return offered
    if group in offered.frame:
        unknown = sorted({*as_labels(offered.frame[group])} - {*fit.labels})
        if unknown:
            raise InputError(
                f"the pool has the {group} {unknown[0]!r}, of which nothing was fitted: "
                f"offer runs of {', '.join(fit.labels)}"
            )
        return offered
    labels = [within] if quantity != SPEEDUP else _recipes.chosen(fit.law, fit.runs, *pair)
    frames = [offered.frame.assign(**{group: label}) for label in labels]
    return replace(offered, frame=pd.concat(frames, ignore_index=True))


def _found(
    fit: Known,
    law: Law,
    values: Mapping[str, np.ndarray],
    asked: _quantities.Quantity,
    offered: Candidates,
    bound: _candidates.Bounds | None,
    rule: Cost,
    money: float,
    most: int,
) -> Designed:
    """The plan, chosen by one half of the draws and judged by the other."""
    if fit.law.group:  # usual designs are of one kind of runs: here the cheapest and random ones
        bound = None
    usual: list[range] = []
    if bound is not None:
        offered, usual = _with_usual(law, values, offered, money, bound, rule)
    draws, values = _fewer(asked.draws[asked.there], values, len(offered.cost))
    known = _joint(fit, law, values, offered.frame)
    by, judge = (designing.prospects(draws[half::2, None], known[half::2]) for half in (0, 1))
    every = designing.chosen(by, offered.cost, money, most, repeats=offered.repeats, known=usual)
    if not every:  # nothing tells much: the run that tells most, and words that say so
        every = [int(np.argmax(by.gains()))]
    rows = designing.essential(by, every, offered.cost)
    spent = float(offered.cost[rows].sum())
    others = _classical.plans(law, values, offered, spent, most, bound, rule)
    return Designed(
        asked, offered, rows, every, judge, _fitted_runs(fit),
        [(plan.name, *_left(fit, law, values, draws, offered, judge, plan)) for plan in others],
    )  # fmt: skip


def _with_usual(
    law: Law,
    values: Mapping[str, np.ndarray],
    offered: Candidates,
    money: float,
    bound: _candidates.Bounds,
    rule: Cost,
) -> tuple[Candidates, list[range]]:
    """Also the runs of usual plans, which lie beside the grid; and which rows each plan is.

    But for those with fewer or more tokens per parameter than the grid has: an isoFLOP profile
    about an N* that is large trains 80B parameters on 8B tokens.
    """
    ratio = offered.frame["D"] / offered.frame["N"]
    frames, rows, at = [offered.frame], [], len(offered.frame)
    for plan in _classical.designs(law, values, offered, money, bound, rule):
        frame = plan.frame[offered.frame.columns]
        own = frame["D"] / frame["N"]
        frame = frame[own.between(ratio.min() / (1 + 1e-9), ratio.max() * (1 + 1e-9))]
        frames.append(frame)
        rows.append(range(at, at + len(frame)))
        at += len(frame)
    return replace(offered, frame=pd.concat(frames, ignore_index=True)), rows


def _fewer(
    draws: np.ndarray, values: Mapping[str, np.ndarray], runs: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Some of the draws, evenly, where a long pool would take minutes to be observed in all.

    As many are left as tell the least gain that counts from an accident of the draws.
    """
    most = max(int(2.0 / designing.LEAST), CELLS // (designing.COPIES * runs))
    some = slice(None, None, -(-len(draws) // most))
    return draws[some], {name: x[some] for name, x in values.items()}


def _joint(
    fit: Known, law: Law, values: Mapping[str, np.ndarray], frame: pd.DataFrame
) -> np.ndarray:
    """What runs would show in every draw (draws, copies, runs)."""
    columns = fit.problem.inputs({str(name): frame[name].to_numpy() for name in frame})
    return designing.shown(fit.problem, law, values, columns, fit.seed)


def _left(
    fit: Known,
    law: Law,
    values: Mapping[str, np.ndarray],
    draws: np.ndarray,
    offered: Candidates,
    judge: designing.Prospects,
    plan: _classical.Plan,
) -> tuple[int, float, float]:
    """Runs and cost of a usual plan, and the share of the sd that it leaves."""
    if plan.rows:
        cost = float(offered.cost[list(plan.rows)].sum())
        return len(plan.rows), cost, _share(judge, plan.rows)
    known = _joint(fit, law, values, plan.frame)
    own = designing.prospects(draws[1::2, None], known[1::2])
    return len(plan.frame), float(plan.frame["cost"].sum()), _share(own, range(len(plan.frame)))


def _fitted_runs(fit: Known) -> Runs | None:
    return fit.runs if isinstance(fit, Fit) else None


def _share(judge: designing.Prospects, rows: Sequence[int]) -> float:
    return float(np.sqrt(judge.after(*rows).doubt / judge.doubt))


def _answer(fit: Known, found: Designed, asked: _quantities.Quantity) -> Answer:
    return Answer(
        f"Which runs to pay for next: {asked.words}, by {fit.law.name} on {fit.runs.name}",
        _designed.tables(found, fit.law),
        _designed.sentences(found),
        dict(design=partial(_drawn, found, fit)),
        short(fit) | _designed.facts(found),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if an option cannot be used, before anything is fitted."""
    if options.get("target") is not None:
        _quantities.read_target(options["target"])
    name = options.get("quantity", "loss")
    if name in ("loss", *_quantities.OPTIMAL) and options.get("target") is None:
        raise InputError(_quantities.no_target(name))
    if options.get("allowance") is not None:
        _budgets.numbers(options["allowance"], "allowance is a number above zero")
    if options.get("runs") is not None:
        _count(options["runs"])
    if options.get("allowance") is None and options.get("runs") is None:
        raise InputError(NO_MONEY)
    _check_asked(options, name)
    _check_group(law, runs, options.get("within"), name)
    if name == SPEEDUP:
        _recipes.chosen(law, runs, options.get("of"), options.get("over"))
    plan = _plans.planned({x: options[x] for x in _plans.LIMITS if x in options}, runs)
    if name == LAW and options.get("against") is None:
        raise InputError("which law is the rival? Give its fit as against (--against RESULTS)")
    if name in _quantities.OPTIMAL or plan:
        planned_for(law, plan)
    if options.get("pool") is None and {"N", "D"} <= set(law.inputs):
        _candidates.wished([options.get(x) for x in GRID])


# What only means something beside something else: options, what has to be there, and in words.
_BESIDE = (
    (("of", "over"), "quantity", SPEEDUP, "quantity speedup (--quantity speedup)"),
    (("against",), "quantity", LAW, "quantity law (--quantity law)"),
    (("price",), "pool", None, "a pool of runs (--pool runs.csv)"),
)


def _check_asked(options: Options, quantity: str) -> None:
    """InputError for an option that would be passed over without a word."""
    there = dict(options) | dict(quantity=quantity)
    for names, beside, value, words in _BESIDE:
        present = there.get(beside) == value if value else there.get(beside) is not None
        given = [name for name in names if options.get(name) is not None]
        if given and not present:
            raise InputError(f"{given[0]} goes with {words}: give both, or leave {given[0]} out")
    bound = [name for name in GRID if options.get(name) is not None]
    if bound and options.get("pool") is not None:
        raise InputError(
            f"{bound[0]} bounds runs that are free, and a pool has its own: leave one of them out"
        )


def _check_group(law: Law, runs: Runs, within: str | None, quantity: str) -> None:
    if not law.group:
        if within is not None:
            raise InputError(f"{law.name} has no groups: leave out within")
        if quantity == SPEEDUP:
            raise InputError("a speed-up compares recipes: fit with a group (--group recipe)")
        return
    labels = runs.labels(law.group)
    if quantity != SPEEDUP and within not in labels:
        raise InputError(
            f"runs of which {law.group}? Name it with within (--within), one of {', '.join(labels)}"
        )


def _drawn(found: Designed, fit: Known) -> Any:
    from bayesfit import figures

    return figures.load("design").draw(found, fit)


question = Question(ask=design, stages=("estimate", "posterior"), check=check, before_runs=True)
