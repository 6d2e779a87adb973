"""Compute-efficient training after Kaplan et al. 2020, arXiv:2001.08361, appendix B.

The law is L(N, S_min) = (N_c/N)**alpha_N + (S_c/S_min)**alpha_S with the critical batch
B_crit = B_star / L**(1/alpha_B). Each function takes its six parameters `p` (attributes N_c,
alpha_N, S_c, alpha_S, B_star in tokens, alpha_B; see `models/kaplan_ns.py`) and is elementwise, so
that posterior draws in `p` give draws of the answer; `across` does it for a grid of questions.
Compute is C_min in FLOPs, that of training far below the critical batch; at the critical batch
steps, tokens and FLOPs are twice the least ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import program
from bayesfit.law import View

Draws = Mapping[str, np.ndarray]


def above_converged(p):
    """f = alpha_N / alpha_S: how far above its converged loss an efficient run stops (B.7)."""
    return p.alpha_N / p.alpha_S


def powers(p) -> dict[str, Any]:
    """Exponents of C_min: loss falls as C^-alpha_C, N, B, S and D grow as C^N, C^B, C^S, C^D."""
    alpha_C = 1 / (1 / p.alpha_S + 1 / p.alpha_B + 1 / p.alpha_N)
    N, B, S = alpha_C / p.alpha_N, alpha_C / p.alpha_B, alpha_C / p.alpha_S
    return dict(alpha_C=alpha_C, N=N, B=B, S=S, D=B + S)


def one_nat(p):
    """C_c: FLOPs at which the loss would be one nat (B.8)."""
    f = above_converged(p)
    grown = (1 / p.alpha_S + 1 / p.alpha_N) * jnp.log1p(f) - jnp.log(f) / p.alpha_S
    return 6 * jnp.exp(jnp.log(p.N_c) + jnp.log(p.B_star) + jnp.log(p.S_c) + grown)


def allocation(p, C) -> dict[str, Any]:
    """The efficient run of C FLOPs (C_min): loss, N, B in tokens, S in steps, D in tokens."""
    power, C_c = powers(p), one_nat(p)
    share = C / C_c
    loss = share ** -power["alpha_C"]
    converged = (1 + above_converged(p)) ** (1 / p.alpha_N)
    N = p.N_c * share ** power["N"] * converged
    B = p.B_star * share ** power["B"]
    S = C_c / (6 * p.N_c * p.B_star) / converged * share ** power["S"]
    return dict(loss=loss, N=N, B=B, S=S, D=B * S)


def loss_of(p, N, S_min):
    """L(N, S_min), nats per token (eq. 1.6)."""
    return (p.N_c / N) ** p.alpha_N + (p.S_c / S_min) ** p.alpha_S


def steps_to_reach(p, N, loss):
    """S_min that N parameters need for a loss; infinite where they never reach it."""
    left = loss - (p.N_c / N) ** p.alpha_N
    needed = p.S_c / jnp.maximum(left, 1e-12) ** (1 / p.alpha_S)
    return jnp.where(left > 0, needed, jnp.inf)


def tokens_to_reach(p, N, loss):
    """E_min that N parameters need for a loss, tokens: S_min times the critical batch there."""
    return steps_to_reach(p, N, loss) * p.B_star / loss ** (1 / p.alpha_B)


def stopping_elsewhere(p, f) -> dict[str, Any]:
    """An efficient run beside one that stops at f above its converged loss (B.12 - B.14).

    Returns:
        Ratios of efficient to other, for the same loss: N parameters, S steps, C compute.
    """
    best = above_converged(p)
    N = ((1 + best) / (1 + f)) ** (1 / p.alpha_N)
    S = ((1 + 1 / best) / (1 + 1 / f)) ** (1 / p.alpha_S)
    return dict(N=N, S=S, C=N * S)


def off_size(p, ratio) -> dict[str, Any]:
    """What a model of `ratio` times the efficient size costs for the same loss (B.16).

    Returns:
        C, compute and S, steps, as multiples of the efficient ones; infinite for a model so small
        that it never reaches the loss.
    """
    f = above_converged(p)
    left = 1 + (1 - ratio**-p.alpha_N) / f
    S = jnp.where(left > 0, jnp.maximum(left, 1e-12) ** (-1 / p.alpha_S), jnp.inf)
    return dict(C=ratio * S, S=S)


def earliest_stop(p, gap):
    """Steps before which a run on limited data should not stop early (eq. 5.7).

    Args:
        gap: L(N, D) - L(N, infinite data) in nats per token, from a law of N and D.
    """
    return p.S_c / gap ** (1 / p.alpha_S)


def across(question: Callable, values: Draws, asked: Sequence[float]) -> Any:
    """A question asked of every draw, at every point: arrays (draws, points).

    fit = bayesfit.fit("kaplan_ns", runs)
    found = across(allocation, fit.posterior.flat, [1e20, 1e22])
    bands.columns("N", found["N"])

    Args:
        question: one of the above, of (p, x).
        values: flat draws of p, each (draws,); numbers for a published estimate.
        asked: the points x.
    """
    names = ("N_c", "alpha_N", "S_c", "alpha_S", "B_star", "alpha_B")
    draws = {name: np.atleast_1d(np.asarray(values[name], float)) for name in names}
    one = jax.vmap(lambda p, x: question(View(**p), x), in_axes=(None, 0))
    every = program(jax.vmap(one, in_axes=(0, None)))
    return jax.tree.map(np.asarray, every(draws, np.asarray(asked, float)))
