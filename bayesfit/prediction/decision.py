"""Which size to build when the law is not known: the one that loses least on average.

Each draw of the posterior is a world with a best size of its own. What is built there loses more
than that size would: its excess loss. The median N* is a fair guess of where the best size lies,
but what a builder pays is the excess loss, which rises faster on one side than on the other: so the
size to build is the one whose mean over the draws is least (Berger 1985, Statistical Decision
Theory and Bayesian Analysis, section 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np

from bayesfit.computing import float64, in_double
from bayesfit.errors import InputError
from bayesfit.law import Law, View
from bayesfit.prediction.optimum import Draws, least_budget, loss_of_size, optima, planned_for
from bayesfit.prediction.planning import is_linear, largest, tokens

SIZES = 161  # on the grid
BEYOND = 3.0  # times the outermost best sizes that the grid goes on
OUTER = (0.01, 0.99)  # quantiles of N* that it spans
LESS = np.array([0.1, 0.5, 1.0])  # of the budget, where the worth of compute is read off
FLAT = 0.001  # of the loss: an excess that nobody would see
REGIONS = (0.5, 0.8, 0.95)  # shares of the draws that regions of the best size hold
ZOOMS = 7  # times that the 18 decades, in which a size is looked for, are narrowed
POINTS = 101  # and into how many they are divided each time
FLATTEST = -1e-3  # slope of log loss in log C below which a bent law is taken to fall


@dataclass(frozen=True)
class Decision:
    """Sizes that a budget could build, in every draw that has a best one.

    Attributes:
        C: the budget, FLOPs.
        law, values, plan: what it was worked out of; `values` of those draws only.
        N: sizes, ascending (sizes,).
        loss: of each draw and size (draws, sizes), nats per token.
        best: the lowest loss of each draw (draws,).
        best_N: the size that has it (draws,).
        lower: the lowest loss of the shares LESS of the budget (draws, 3).
        largest: the most parameters that the plan allows.
        without: share of the draws that have no best size, which are left out.
    """

    C: float
    law: Law
    values: Draws
    plan: Mapping[str, Any]
    N: np.ndarray
    loss: np.ndarray
    best: np.ndarray
    best_N: np.ndarray
    lower: np.ndarray
    largest: float
    without: float

    @property
    def expected(self) -> np.ndarray:
        """Mean excess loss of each size (sizes,)."""
        return (self.loss - self.best[:, None]).mean(0)

    @cached_property
    def size(self) -> float:
        """The size to build: that of the least expected excess loss."""
        at = int(np.argmin(self.expected))
        best = float(self.N[at])
        if self.plan.get("sizes") is not None or not 0 < at < len(self.N) - 1:
            return best
        x, y = np.log(self.N[at - 1 : at + 2]), self.expected[at - 1 : at + 2]
        curve = np.polyfit(x - x[1], y, 2)
        between = best * float(
            np.exp(np.clip(-0.5 * curve[1] / curve[0], x[0] - x[1], x[2] - x[1]))
        )
        return min(best, between, key=lambda N: float(self.losses(N).mean()))  # there may be a kink

    @property
    def valley(self) -> tuple[float, float]:
        """The sizes whose expected loss is within FLAT of the least."""
        expected = self.loss.mean(0)
        near = np.flatnonzero(expected <= expected.min() * (1.0 + FLAT))
        return float(self.N[near[0]]), float(self.N[near[-1]])

    def region(self, share: float) -> tuple[float, float]:
        """The sizes between which the best one lies with a probability (as `bayesfit.bands`).

        With `tokens` of both it is the joint region of N and D: one budget pays for one D for each
        N, so the region lies on a line.
        """
        ends = [0.5 - share / 2, 0.5 + share / 2]
        low, high = np.quantile(self.best_N, ends, method="nearest")
        return float(low), float(high)

    def tokens(self, N: np.ndarray | float) -> np.ndarray:
        """Tokens that the budget buys for sizes."""
        plan = planned_for(self.law, self.plan)
        cost, numbers = plan.cost or self.law.cost, plan.numbers()
        linear = is_linear(cost, numbers["given"])
        sizes = np.asarray(N, float)
        with float64():
            C = jnp.full(sizes.shape, self.C)
            return np.asarray(tokens(cost, linear, numbers, jnp.asarray(sizes), C))

    def buys(self, C: np.ndarray) -> np.ndarray:
        """Which of some budgets buy a token for some size."""
        return np.asarray(C) >= least_budget(self.law, planned_for(self.law, self.plan))[1]

    def size_at(self, tokens_per_parameter: float) -> float:
        """The size that the budget trains on so many tokens for each parameter.

        Larger sizes see fewer. Where serving takes nearly all, tokens fall to none within a
        hair, so the bracket is narrowed and not interpolated.
        """
        low, high = 1.0, 1e18
        for _ in range(ZOOMS):
            N = np.geomspace(low, high, POINTS)
            enough = np.count_nonzero(self.tokens(N) >= tokens_per_parameter * N)
            low, high = N[max(enough - 1, 0)], N[min(enough, POINTS - 1)]
        return float(np.sqrt(low * high))

    def losses(self, N: float) -> np.ndarray:
        """Loss of spending the budget on one size (draws,); infinite where it buys no token."""
        return loss_of_size(self.law, self.values, [N], [self.C], **self.plan)[:, 0]

    def wasted(self, loss: np.ndarray) -> np.ndarray:
        """Share of the budget that a loss throws away (draws,).

        The clairvoyant, who builds each world's best size, reaches it for that much less.
        """
        x, y = np.log(LESS), np.log(self.lower)
        target = np.log(np.maximum(loss, self.best))
        slopes = np.minimum(np.diff(y, axis=1) / np.diff(x), FLATTEST)
        late = x[2] + (target - y[:, 2]) / slopes[:, 1]
        early = x[1] + (target - y[:, 1]) / slopes[:, 0]
        spent = np.exp(np.where(late >= x[1], late, early))
        return 1.0 - np.clip(spent, 0.0, 1.0)


def decide(law: Law, values: Draws, C: float, **plan: Any) -> Decision:
    """What a budget could build.

    Args:
        law, values: flat draws of a law that has a loss of N and D, and a best size.
        C: the budget, FLOPs.
        plan: constraints (`bayesfit.prediction.planning.Plan`).

    Raises:
        InputError: no draw has a best size; the budget or a constraint cannot be used.
    """
    if not law.has_surface:
        raise InputError(f"{law.name} has no loss of N and D to weigh sizes by: choose another law")
    if planned_for(law, plan).chosen:
        raise InputError("a budget is weighed for one value of what is given: give one of each")
    found = optima(law, values, LESS * C, **plan)
    there = np.isfinite(found["N"]).all(axis=1)
    if not there.any():
        raise InputError(
            f"no draw of {law.name} has a best size for {C:g} FLOPs: the loss has no lowest point "
            "over the sizes that spend it"
        )
    kept = {name: np.asarray(x)[there] for name, x in values.items()}
    best_N, lower = found["N"][there, -1], found["loss"][there]
    numbers = planned_for(law, plan).numbers()
    with float64():
        largest_N = float(largest(law, numbers))
    N = _sizes(law, C, best_N, plan, largest_N)
    loss = loss_of_size(law, kept, N, np.full(len(N), C), **plan)
    bought = np.isfinite(loss).all(axis=0)
    N, loss = N[bought], loss[:, bought]
    best = np.minimum(lower[:, -1], loss.min(axis=1))
    return Decision(
        C=C, law=law, values=kept, plan=plan, N=N, loss=loss, best=best, best_N=best_N,
        lower=lower, largest=largest_N, without=float(1.0 - there.mean()),
    )  # fmt: skip


@in_double
def _sizes(
    law: Law, C: float, best: np.ndarray, plan: Mapping[str, Any], largest: float
) -> np.ndarray:
    """Those that can be built, or a grid around the best sizes of the draws."""
    if plan.get("sizes") is not None:
        sizes = np.sort(np.asarray(plan["sizes"], float))
        return sizes[sizes <= largest]
    low, high = np.quantile(best, OUTER)
    grid = np.geomspace(low / BEYOND, min(high * BEYOND, largest), SIZES)
    kink = _spends_all(law, C, plan) if plan.get("largest_D") else grid[0]
    return np.unique([*grid, kink]) if grid[0] < kink < grid[-1] else grid


def _spends_all(law: Law, C: float, plan: Mapping[str, Any]) -> float:
    """The smallest size that spends the budget on all tokens there are: the loss bends there."""
    planned = planned_for(law, plan)
    N = np.geomspace(1.0, 1e18, 3601)
    columns = View(N=N, D=np.full(N.shape, planned.largest_D), **planned.given)
    spent = np.asarray((planned.cost or law.cost)(columns)) + 2.0 * N * planned.inference_tokens
    return float(np.exp(np.interp(np.log(C), np.log(spent), np.log(N))))
