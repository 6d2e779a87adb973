"""The best model for a budget: N*, D* and the loss there, for every draw.

A law may know its optimum in closed form. It is used where nothing is constrained and it spends the
budget by the rule of FLOPs in force; otherwise the loss is searched along the sizes and tokens that
the budget allows, all draws and budgets at once. A loss that has no valley, but falls as far as
sizes go, has no best size: N* and D* are infinite then, and the share of such draws is counted. So
are a closed form's sizes that no search would look at, as where a refit has an exponent of 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.binding import filled
from bayesfit.computing import in_double, program
from bayesfit.constants import LARGEST_BUDGET, UNSEEN
from bayesfit.errors import InputError
from bayesfit.law import Law, View, within
from bayesfit.prediction import planning
from bayesfit.prediction.planning import Plan
from bayesfit.prediction.searching import LARGEST, SMALLEST, search

TOGETHER = 2  # budgets that are searched side by side; an odd one is searched twice
Draws = Mapping[str, np.ndarray]


def optima(law: Law, values: Draws, flops: Any, **plan: Any) -> dict[str, np.ndarray]:
    """N, D, tokens_per_parameter and loss at the optimum, each (draws, budgets).

    With them the value of each input that was given several values, as the best of them has it.

    A law that explains another column has no loss to report; one whose parameters differ between
    groups is asked for one of them (`bayesfit.law.within`).

    Args:
        law: one that `is_allocation`.
        values: flat draws of its parameters.
        flops: budgets; one may be given as a number.
        plan: constraints, the fields of `bayesfit.prediction.planning.Plan`.

    Raises:
        InputError: a budget or constraint is not a number above zero; the law has no best size.
    """
    C, planned = budgets(flops), planned_for(law, plan)
    N, D, log_loss, chosen = _best(law, values, C, planned)
    endless = ~((N <= LARGEST) & (D >= planning.FEWEST))
    N = np.where(endless, np.inf, N)
    best = dict(N=N, D=np.where(endless, np.inf, D))
    best["tokens_per_parameter"] = np.where(endless, np.inf, D / np.where(endless, 1.0, N))
    if log_loss is None:
        return best
    loss = np.exp(log_loss)
    return best | dict(loss=np.where(endless, np.inf, loss)) | chosen


def budgets(flops: Any) -> np.ndarray:
    """Budgets as an array; one may be given as a number.

    Raises:
        InputError: one is no number above zero, or more than anybody means.
    """
    try:
        found = np.atleast_1d(np.asarray(flops, float))
    except (TypeError, ValueError, OverflowError):
        said = f"{flops!r:.60}"
        raise InputError(f"budgets are numbers of FLOPs, such as 1e25, not {said}") from None
    if found.ndim != 1 or not len(found) or not ((found > 0) & (found <= LARGEST_BUDGET)).all():
        raise InputError(
            f"budgets have to be FLOPs above zero and no more than {LARGEST_BUDGET:g}, not "
            f"{flops!r:.60}"
        )
    return found


def planned_for(law: Law, plan: Mapping[str, Any]) -> Plan:
    """The plan, checked against the law.

    Raises:
        InputError: no such constraint; or the law cannot be planned with it, or knows no best size.
    """
    try:
        made = Plan(**{name: x for name, x in plan.items() if x is not None})
    except TypeError:
        known = ", ".join(Plan.__dataclass_fields__)
        raise InputError(f"constraints are {known}; not {', '.join(plan)}") from None
    if not law.is_allocation:
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}, so it knows no best size for a budget: "
            "choose a law of N and D"
        )
    return planning.checked(law, made)


def _best(law: Law, values: Draws, C: np.ndarray, plan: Plan):
    """N, D, log loss (or None) and what was chosen, of every draw and budget."""
    plans = plan.each()
    found = [_found(law, values, C, one) for one in plans]
    for one in plans:
        _affordable_at_all(law, C, one)
    if not plan.chosen:
        return *found[0], {}
    if not law.has_surface:
        raise InputError(f"{law.name} has no loss to choose {', '.join(plan.chosen)} by: give one")
    N, D, log_loss = (np.stack(x) for x in zip(*found, strict=True))
    best = np.argmin(np.where(np.isfinite(N), log_loss, np.inf), axis=0)[None]
    each = {name: np.array([one.given[name] for one in plans])[best[0]] for name in plan.chosen}
    return *(np.take_along_axis(x, best, 0)[0] for x in (N, D, log_loss)), each


def _found(law: Law, values: Draws, C: np.ndarray, plan: Plan):
    """N, D and log loss (or None) of every draw and budget."""
    cost, numbers = plan.cost or law.cost, plan.numbers()
    linear = planning.is_linear(cost, numbers["given"])
    draws = {name: np.asarray(x) for name, x in values.items()}
    ours = plan.cost is None or plan.cost is law.cost
    if law.optimum is not None and plan.is_free and ours and spends(law, draws, C, cost, plan):
        found = _closed(law, draws, C, numbers["given"])
    elif law.has_surface:
        found = _each_once(law, cost, linear, draws, C, numbers)
    elif plan.inference_tokens == 0.0 and law.optimum is not None:
        found = _clamped(law, cost, linear, draws, C, numbers)
    else:
        raise InputError(f"{law.name} has no loss of N and D to weigh inference against")
    N, D, log_loss = (np.asarray(x) for x in found)
    return N, D, log_loss if law.has_surface else None


@in_double
def spends(law: Law, draws: Draws, C: np.ndarray, cost, plan: Plan) -> bool:
    """Whether the closed form spends the budget by this rule; a replaced rule must count."""
    assert law.optimum is not None
    shares = []
    for i in range(min(3, len(next(iter(draws.values()))))):
        p = View(**{name: np.asarray(x)[i] for name, x in draws.items()})
        for budget in {C.min(), C.max()}:
            with np.errstate(all="ignore"):  # a draw may have no optimum
                N, D = (np.asarray(x, float) for x in law.optimum(p, budget))
                spent = np.asarray(cost(View(N=N, D=D, **plan.given)), float)
                shares.append(np.ravel(spent / budget))
    found = np.concatenate(shares)
    found = found[np.isfinite(found)]
    return bool(len(found)) and bool((np.abs(found - 1) < 1e-6).all())


@in_double
def least_budget(law: Law, plan: Plan) -> tuple[float, float]:
    """The smallest size there may be, and the FLOPs of it with the fewest tokens."""
    N = min(plan.sizes) if plan.sizes is not None else min(SMALLEST, plan.largest_N)
    columns = View(N=np.float64(N), D=np.float64(planning.FEWEST), **plan.given)
    least = float((plan.cost or law.cost)(columns)) + 2.0 * N * plan.inference_tokens
    return float(N), least


@in_double
def _affordable_at_all(law: Law, C: np.ndarray, plan: Plan) -> None:
    """InputError if a budget buys no tokens even for the smallest size there may be."""
    N, least = least_budget(law, plan)
    if C.min() < least:
        raise InputError(
            f"a budget of {C.min():.3g} FLOPs buys no token even for {N:.3g} parameters, which "
            f"cost {least:.3g}: give a larger budget, or loosen the constraints"
        )


@program(static_argnums=0)
def _closed(law: Law, values: dict, C, given: dict):
    closed = law.optimum
    assert closed is not None

    def one(p, C):
        N, D = closed(View(**p), C)
        return N, D, law.at(View(**p), N, D, given) if law.has_surface else jnp.nan

    return _every(one, values, C)


def _each_once(law: Law, cost, linear: bool, draws: Draws, C: np.ndarray, numbers: dict) -> list:
    """What `_searched` finds; a budget that was asked of the same draws before is not searched.

    Tables, findings and figures of one fit ask for much the same budgets. One program serves any
    number of them.
    """
    leaves = [*draws.items(), *numbers["given"].items(), *numbers.items()]
    seen = _searched_before(law, cost, linear, _digest(leaves))
    new = np.array([budget for budget in dict.fromkeys(C) if budget not in seen])
    for start in range(0, len(new), TOGETHER):
        block = filled(new[start : start + TOGETHER], TOGETHER)
        found = (np.asarray(x) for x in _searched(law, cost, linear, draws, block, numbers))
        seen |= zip(block, np.stack([*found], axis=-1).swapaxes(0, 1), strict=True)
    return [*np.stack([seen[budget] for budget in C], axis=1).transpose(2, 0, 1)]


@lru_cache(maxsize=16)
def _searched_before(law: Law, cost, linear: bool, digest: bytes) -> dict[float, np.ndarray]:
    """Budget -> (N, D, log loss) of each draw (draws, 3); filled by `_each_once`."""
    del law, cost, linear, digest
    return {}


def _digest(named: list[tuple[str, Any]]) -> bytes:
    """A hash of arrays and their names."""
    hashed = blake2b()
    for name, x in named:
        array = np.ascontiguousarray(x) if not isinstance(x, dict) else np.zeros(0)
        hashed.update(repr((name, x is None, array.shape, array.dtype.str)).encode())
        hashed.update(b"" if x is None else array.tobytes())
    return hashed.digest()


@program(static_argnums=(0, 1, 2))
def _searched(law: Law, cost, linear: bool, values: dict, C, plan: dict):
    return _every(lambda p, C: search(law, View(**p), C, cost, linear, plan), values, C)


@program(static_argnums=(0, 1, 2))
def _clamped(law: Law, cost, linear: bool, values: dict, C, plan: dict):
    """For a law that knows a best size and no loss: the nearest size that can be built."""
    closed = law.optimum
    assert closed is not None

    def one(p, C):
        most = planning.largest(law, plan)
        N = jnp.minimum(closed(View(**p), C)[0], most)
        if plan["sizes"] is not None:
            off = jnp.abs(jnp.log(plan["sizes"] / N))
            allowed = plan["sizes"] <= most
            N = plan["sizes"][jnp.argmin(jnp.where(allowed, off, jnp.inf))]
        return N, planning.tokens(cost, linear, plan, N, C), jnp.nan

    return _every(one, values, C)


def _every(one, values: dict, C):
    """A question asked of every draw (first axis) and budget."""
    return jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(0, None))(values, C)


@program(static_argnums=(0, 1, 2))
def _losses(law: Law, cost, linear: bool, values: dict, N, C, plan: dict):
    """Log loss of one size for each budget (draws, budgets)."""

    def one(p, N, C):
        D = planning.tokens(cost, linear, plan, N, C)
        bought = D >= planning.FEWEST
        return jnp.where(
            bought, law.at(View(**p), N, jnp.where(bought, D, 1.0), plan["given"]), jnp.inf
        )

    return jax.vmap(jax.vmap(one, in_axes=(None, 0, 0)), in_axes=(0, None, None))(values, N, C)


def loss_of_size(law: Law, values: Draws, N: Any, flops: Any, **plan: Any) -> np.ndarray:
    """Loss of spending each budget on one size (draws, budgets): N need not be the best one.

    Infinite where the budget buys no token for the size, whatever a law makes of less than none.
    """
    C, planned = budgets(flops), planned_for(law, plan)
    cost, numbers = planned.cost or law.cost, planned.numbers()
    linear = planning.is_linear(cost, numbers["given"])
    draws = {name: np.asarray(x) for name, x in values.items()}
    found = _losses(law, cost, linear, draws, np.asarray(N, float), C, numbers)
    return np.exp(np.asarray(found))


def table(
    law: Law,
    values: Draws,
    flops: float | Sequence[float],
    labels: Sequence[str] = (),
    **plan: Any,
) -> pd.DataFrame:
    """One row a budget (FLOPs): bands of N*, D*, tokens per parameter, and two losses.

    `loss` is the lowest loss that each draw knows, wherever its optimum lies; `loss_at_N` that of
    the row's median N*, which is what building it would bring. `without_optimum` is the share of
    draws whose loss has no valley.

    Args:
        labels: the groups of a law that has them; each, and one not seen, gets rows of its own.
        plan: constraints, the fields of `bayesfit.prediction.planning.Plan`.
    """
    if not by_group(law, values, plan):
        return _table(law, values, budgets(flops), plan)
    parts = [
        _table(within(law, code), values, budgets(flops), plan).assign(**{law.group: label})
        for code, label in enumerate([*labels, UNSEEN])
    ]
    return pd.concat(parts, ignore_index=True)


@in_double
def by_group(law: Law, values: Draws, plan: Mapping[str, Any] | None = None) -> bool:
    """Whether the optimum differs between groups; a law may have groups and one optimum."""
    if not law.group or law.optimum is None or plan:
        return bool(law.group) and law.at_size is None
    p = View(**{name: jnp.asarray(x[0]) for name, x in values.items()})
    return jax.eval_shape(partial(law.optimum, p), jnp.asarray(1e21))[0].ndim > 0


def _table(law: Law, values: Draws, C: np.ndarray, plan: Mapping[str, Any]) -> pd.DataFrame:
    found = optima(law, values, C, **plan)
    columns: dict[str, Any] = {"C": C}
    for name, draws in found.items():
        columns |= bands.columns(name, draws)
    if law.has_surface:
        there = np.isfinite(columns["N"])
        N = np.where(there, columns["N"], 1.0)
        losses = _losses_of_rows(law, values, N, C, plan, columns)
        columns |= bands.columns("loss_at_N", np.where(there, losses, np.inf))
    return pd.DataFrame(columns).assign(without_optimum=np.mean(~np.isfinite(found["N"]), axis=0))


def _losses_of_rows(law: Law, values: Draws, N, C, plan: Mapping[str, Any], columns) -> np.ndarray:
    """`loss_of_size` of each row, with the row's own choice of what had several values."""
    chosen = planned_for(law, plan).chosen
    if not chosen:
        return loss_of_size(law, values, N, C, **plan)
    each = [
        loss_of_size(
            law, values, N[i : i + 1], C[i : i + 1],
            **dict(plan) | dict(given=dict(plan["given"]) | {x: columns[x][i] for x in chosen}),
        )
        for i in range(len(C))
    ]  # fmt: skip
    return np.concatenate(each, axis=1)
