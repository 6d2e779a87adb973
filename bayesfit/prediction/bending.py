"""The law as questions see it: bent by what the likelihood takes it to be off by.

A likelihood may take the law to be wrong (`Likelihood.bend`). Then a prediction, or an optimum, is
one of law and bend together; the parameters alone are the law's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import jax
import numpy as np

from bayesfit.binding import filled
from bayesfit.computing import program
from bayesfit.law import Law, View
from bayesfit.likelihoods import Likelihood
from bayesfit.problem import Problem

STREAM = 1  # of random numbers: another one than that of the scatter of further runs
BATCH = 64  # draws at once
BLOCK = 512  # draws of one call, so that any number of draws has the same program


def bent(
    law: Law, problem: Problem, values: Mapping[str, np.ndarray], seed: int
) -> tuple[Law, dict[str, np.ndarray]]:
    """The law and draws of it to predict with; as they are if the likelihood believes the law.

    Args:
        law: the problem's, or that as it stands for one of its groups.
        values: flat draws of the problem's posterior.
        seed: of the bend where no run tells.
    """
    kind = problem.likelihood
    if kind.bend is None:
        return law, dict(values)
    draws = {name: np.asarray(x) for name, x in values.items()}
    count = np.arange(len(next(iter(draws.values()))))
    blocks = []
    for start in range(0, len(count), BLOCK):
        some = jax.tree.map(lambda x, s=start: filled(x[s : s + BLOCK], BLOCK), (draws, count))
        blocks.append(_bends(problem, some[0], np.uint32(seed), some[1]))
    found = jax.tree.map(lambda *x: np.concatenate(x)[: len(count)], *blocks)
    return _bent(law, kind), draws | found


@program
def _bends(problem: Problem, values: dict, seed, count):
    key = jax.random.fold_in(jax.random.key(seed), STREAM)

    def one(each):
        theta, i = each
        values, _, runs = problem.observed(View(**theta))
        key_i = jax.random.fold_in(key, i)
        return problem.likelihood.bends(key_i, values, runs, problem.reference_run)

    return jax.lax.map(one, (values, count), batch_size=BATCH)


@lru_cache(maxsize=256)
def _bent(law: Law, likelihood: Likelihood) -> Law:
    """The law with the bend added wherever it predicts; its closed optimum holds no longer."""
    bend = likelihood.bend
    assert bend is not None

    def log_loss(p: View, runs: View):
        return law.log_loss(p, runs) + bend(p, runs)

    def at_size(p: View, N, D):
        assert law.at_size is not None
        return law.at_size(p, N, D) + bend(p, View(N=N, D=D))

    own = None if law.at_size is None else at_size
    closed = None if {"N", "D"} <= set(law.inputs) else law.optimum
    return replace(law, log_loss=log_loss, at_size=own, optimum=closed, unbent=law)
