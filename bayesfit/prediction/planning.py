"""What a planner decides within: the rule of FLOPs, what is given, and what can be built.

A plan turns a budget and a size into tokens: those that are left to train N parameters on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import in_double
from bayesfit.errors import InputError
from bayesfit.law import Cost, Law, View

FEWEST, MOST = 1.0, 1e30  # tokens that a search of ours goes through
HALVINGS = 60
PROBES = np.array([1e6, 1e8, 1e9, 1e11, 1e13])  # N at which a rule of FLOPs is tried


@dataclass(frozen=True)
class Plan:
    """Constraints of a budget.

    Attributes:
        cost: columns -> FLOPs of training, by N, D and what is given; the law's own if None.
        given: inputs of the law that are neither N nor D nor C, such as a number of experts; of
            several values the best is chosen.
        largest_N: parameters that can be served or built at most.
        largest_D: tokens that there are at most; what they leave of a budget is not spent.
        memory: numbers that fit in memory at most, all experts included (`Law.held`).
        sizes: the only N that can be built.
        inference_tokens: tokens served over the model's life, at 2 N FLOPs each, out of the budget
            (Sardana et al. 2024, arXiv:2401.00448).
    """

    cost: Cost | None = None
    given: Mapping[str, float | Sequence[float]] = field(default_factory=dict)
    largest_N: float = np.inf
    largest_D: float = np.inf
    memory: float = np.inf
    sizes: Sequence[float] | None = None
    inference_tokens: float = 0.0

    @property
    def is_free(self) -> bool:
        """Whether nothing is constrained."""
        return (
            self.largest_N == np.inf
            and self.largest_D == np.inf
            and self.memory == np.inf
            and self.sizes is None
            and self.inference_tokens == 0.0
        )

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is given with several values, to choose among."""
        return tuple(name for name, x in self.given.items() if np.ndim(x))

    def each(self) -> list[Plan]:
        """A plan for each combination of the values to choose among."""
        several = [np.atleast_1d(np.asarray(x, float)) for x in self.given.values()]
        return [
            replace(self, given=dict(zip(self.given, map(float, values), strict=True)))
            for values in product(*several)
        ]

    def numbers(self) -> dict[str, Any]:
        """What of it is data of a compiled program, not part of it."""
        sizes = None if self.sizes is None else np.sort(np.asarray(self.sizes, float))
        return dict(
            given={name: np.asarray(x, float) for name, x in self.given.items()},
            largest_N=np.float64(self.largest_N),
            largest_D=np.float64(self.largest_D),
            memory=np.float64(self.memory),
            sizes=sizes,
            inference_tokens=np.float64(self.inference_tokens),
        )


def checked(law: Law, plan: Plan) -> Plan:
    """The plan, if the law can be planned with it.

    Raises:
        InputError: an input of the law is not given, or a number is not one above zero.
    """
    missing = [name for name in law.given if name not in plan.given]
    if missing:
        raise InputError(
            f"{law.name} also reads {', '.join(missing)}: give each, as in "
            f"given=dict({missing[0]}=64) or --given {missing[0]}=64"
        )
    for name in set(plan.given) & {"N", "D", "C"}:
        raise InputError(f"{name} is what is looked for, and cannot be given")
    if law.group and law.group in plan.given:
        raise InputError(f"the answer has rows for each {law.group}: give none of them")
    unread = sorted(getattr(plan.cost, "names", frozenset()) - {"N", "D", *plan.given})
    if unread:
        raise InputError(
            f"the rule of FLOPs reads {', '.join(unread)}: give each, as in --given {unread[0]}=64"
        )
    strange = [name for name in plan.given if name not in law.inputs and plan.cost is None]
    if strange:
        raise InputError(
            f"{law.name} does not read {', '.join(strange)}; it reads {', '.join(law.inputs)}"
        )
    numbers = {name: getattr(plan, name) for name in ("largest_N", "largest_D", "memory")}
    numbers |= {
        f"sizes[{i}]": x for i, x in enumerate(plan.sizes if plan.sizes is not None else ())
    }
    for name, value in numbers.items():
        if not value > 0:
            raise InputError(f"{name} is {value}: it has to be above zero")
    for name, values in plan.given.items():
        _check_given(law, name, np.atleast_1d(np.asarray(values, float)))
    if min(plan.largest_N, plan.memory) < 1.0:
        raise InputError("largest_N and memory have to leave at least one parameter")
    if plan.largest_D < FEWEST:
        raise InputError(f"largest_D is {plan.largest_D}: at least one token has to be left")
    if plan.sizes is not None and not len(plan.sizes):
        raise InputError("sizes is empty: name at least one size that can be built")
    if plan.sizes is not None and min(plan.sizes) > plan.largest_N:
        raise InputError(f"every size is above largest_N, {plan.largest_N:g}: nothing can be built")
    if plan.sizes is not None and plan.memory < np.inf:
        _check_memory(law, plan, min(plan.sizes))
    if not 0 <= plan.inference_tokens < np.inf:
        raise InputError(f"inference_tokens is {plan.inference_tokens}: give a finite number")
    return plan


@in_double
def _check_memory(law: Law, plan: Plan, least: float) -> None:
    fits = max(float(largest(law, one.numbers())) for one in plan.each())
    if least > fits:
        raise InputError(
            f"memory of {plan.memory:g} numbers holds {fits:.3g} parameters at most, and the "
            f"smallest size has {least:g}: nothing can be built"
        )


def _check_given(law: Law, name: str, values: np.ndarray) -> None:
    if not len(values) or values.ndim > 1:
        raise InputError(f"{name} is given no value: give one, or several to choose among")
    for value in values[~law.reads(name, values)][:1]:
        raise InputError(f"{name} is {value:g}: give {law.wanted(name)}")


def largest(law: Law, plan: Mapping[str, Any]) -> jax.Array:
    """The most parameters that can be built, by number and by what memory holds.

    Args:
        plan: `Plan.numbers`.
    """
    held = law.held
    if held is None:
        return jnp.minimum(plan["largest_N"], plan["memory"])

    def halve(ends: tuple, _: Any) -> tuple:
        low, high = ends
        middle = 0.5 * (low + high)
        columns = View(N=jnp.exp(middle), **plan["given"])
        fits = held(columns) <= plan["memory"]
        return (jnp.where(fits, middle, low), jnp.where(fits, high, middle)), None

    ends = (jnp.zeros(()), jnp.log(jnp.asarray(MOST)))
    (low, _), _ = jax.lax.scan(halve, ends, length=HALVINGS)
    endless = plan["memory"] == jnp.inf
    return jnp.minimum(plan["largest_N"], jnp.where(endless, jnp.inf, jnp.exp(low)))


@in_double
def is_linear(cost: Cost, given: Mapping[str, Any]) -> bool:
    """Whether FLOPs rise in a straight line with D, from a thousand tokens to 1e18.

    Tokens then need no search.

    Raises:
        InputError: the rule does not run, or FLOPs do not rise with D, or fall with N.
    """
    N, D = PROBES[:, None], np.geomspace(1e3, 1e18, 61)[None]
    columns = View(N=N + 0.0 * D, D=D + 0.0 * N, **given)
    try:
        jax.eval_shape(lambda N, D: cost(View(N=N, D=D, **given)), columns.N, columns.D)
        flops = np.asarray(cost(columns), float) + 0.0 * columns.D
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"the rule of FLOPs does not run ({type(error).__name__}: {reason}): write it with "
            "jax.numpy, elementwise over columns.N and columns.D"
        ) from error
    if not (np.isfinite(flops) & (flops > 0)).all():
        raise InputError("FLOPs have to be finite and above zero: mend the rule of FLOPs")
    rise = np.diff(flops, axis=1)
    if (
        (rise < 0).any()
        or (flops[:, -1] <= flops[:, 0]).any()
        or (np.diff(flops, axis=0) < 0).any()
    ):
        raise InputError(
            "FLOPs have to rise with D and must not fall with N: mend the rule of FLOPs"
        )
    expected = rise[:, :-1] * (np.diff(D[:, 1:]) / np.diff(D[:, :-1]))
    return bool((np.abs(rise[:, 1:] - expected) <= 1e-9 * flops[:, 2:]).all())


def tokens(cost: Cost, linear: bool, plan: Mapping[str, Any], N: jax.Array, C: jax.Array):
    """Tokens that a budget buys for a size, elementwise; below 0 where it buys none.

    Args:
        cost: the rule in force.
        linear: whether it is a straight line in D (`is_linear`).
        plan: `Plan.numbers`.
    """
    served = 2.0 * N * plan["inference_tokens"]

    def flops(D):
        return cost(View(N=N, D=D, **plan["given"])) + served

    if linear:
        one = C / (6.0 * N)  # tokens near which the line is read off
        slope = (flops(2.0 * one) - flops(one)) / one
        D = one + (C - flops(one)) / slope
    else:
        D = _halved(flops, C, N)
    return jnp.minimum(D, plan["largest_D"])


def _halved(flops, C, N):
    """D where FLOPs pass C, by halving in log D and a straight line in the end.

    -1 where the fewest tokens already cost more.
    """

    def halve(ends, _):
        low, high = ends
        middle = 0.5 * (low + high)
        less = flops(jnp.exp(middle)) < C
        return (jnp.where(less, middle, low), jnp.where(less, high, middle)), None

    ends = (jnp.log(FEWEST) + 0.0 * N, jnp.log(MOST) + 0.0 * N)
    (low, high), _ = jax.lax.scan(halve, ends, length=HALVINGS)
    least, most = jnp.log(flops(jnp.exp(low))), jnp.log(flops(jnp.exp(high)))
    share = (jnp.log(C) - least) / jnp.where(most > least, most - least, jnp.inf)
    at = low + jnp.clip(share, 0.0, 1.0) * (high - low)
    return jnp.where(flops(FEWEST + 0.0 * N) > C, -1.0, jnp.exp(at))
