"""How many tokens are enough: to keep from overfitting, and to reach a loss at all.

Kaplan et al. 2020, arXiv:2001.08361, section 4: overfitting is L(N, D) / L(N, infinite D) - 1, and
0.02 of it, the spread between seeds, is the most to put up with; their numbers ask for
D >= 5e3 N**0.74. The questions here are asked of any law of N and D, by bisection in log D, all
draws and sizes at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program
from bayesfit.errors import InputError
from bayesfit.law import Law, View

EXCESS = 0.02  # Kaplan's threshold of overfitting, as a share of the loss
FEWEST, ENDLESS = 1.0, 1e80  # tokens between which is searched; the last stands for infinite data
HALVINGS = 60


def kaplan_bound(N):
    """Tokens that N parameters need lest they overfit by 2 %, in the paper's numbers (eq. 4.4)."""
    return 5e3 * N**0.74


def tokens_against_overfitting(
    law: Law, values: Mapping[str, np.ndarray], N: Sequence[float], excess: float = EXCESS
) -> np.ndarray:
    """Tokens (draws, sizes) at which the loss is (1 + excess) times that of infinite data.

    Raises:
        InputError: the law's inputs are not N and D.
    """
    _needs_N_and_D(law)
    return np.asarray(_against(law, _numbers(values), np.asarray(N, float), excess))


def tokens_to_reach(
    law: Law, values: Mapping[str, np.ndarray], N: Sequence[float], loss: float
) -> np.ndarray:
    """Tokens (draws, sizes) at which each size reaches a loss, infinite where it never does.

    Raises:
        InputError: the law's inputs are not N and D.
    """
    _needs_N_and_D(law)
    return np.asarray(_reaching(law, _numbers(values), np.asarray(N, float), loss))


@program(static_argnums=0)
def _against(law: Law, values: dict, N, excess):
    def one(p, N):
        return _tokens_at(law, p, N, _log_loss(law, p, N, ENDLESS) + jnp.log1p(excess))

    return _every(one, values, N)


@program(static_argnums=0)
def _reaching(law: Law, values: dict, N, loss):
    return _every(lambda p, N: _tokens_at(law, p, N, jnp.log(loss)), values, N)


def _every(question, values: dict, N):
    """A question asked for every draw (first axis) and size."""
    one = jax.vmap(lambda p, N: question(View(**p), N), in_axes=(None, 0))
    return jax.vmap(one, in_axes=(0, None))(values, N)


def _log_loss(law: Law, p: View, N, D):
    return law.at(p, N, D)


def _tokens_at(law: Law, p: View, N, log_loss):
    """D at which a loss that falls with D passes `log_loss`."""

    def halve(ends, _):
        low, high = ends
        middle = 0.5 * (low + high)
        above = _log_loss(law, p, N, jnp.exp(middle)) > log_loss
        return (jnp.where(above, middle, low), jnp.where(above, high, middle)), None

    ends = jnp.log(jnp.array(FEWEST)), jnp.log(jnp.array(ENDLESS))
    (_, high), _ = jax.lax.scan(halve, ends, length=HALVINGS)
    return jnp.where(_log_loss(law, p, N, ENDLESS) < log_loss, jnp.exp(high), jnp.inf)


def _numbers(values: Mapping[str, np.ndarray]) -> dict:
    return {name: np.asarray(x, float) for name, x in values.items()}


def _needs_N_and_D(law: Law) -> None:
    if not {"N", "D"} <= set(law.inputs) <= {"N", "D", "C"}:
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}: ask this of a law of N and D alone, "
            "such as kaplan_nd"
        )
