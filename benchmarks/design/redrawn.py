"""A task's table drawn again: one of its other laws is the truth, and the pool's residuals scatter.

A table is one draw. Where scatter is as large as what the targets differ by (moe), which of two
runs of one price is bought decides the score, and ten seeds buy from the same draw. Here every seed
has a table of its own. The truth is fitted to the pool alone, so that no target is looked at, and
it is never the law that methods fit: that one is wrong, as laws are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayesfit.errors import InputError
from benchmarks.design import fitting
from benchmarks.design.task import Group, Law, Task


def redrawn(task: Task, groups: Sequence[Group], law: Law, seed: int) -> list[Group]:
    """The groups with responses and outcomes of another law, drawn with that seed.

    Args:
        law: the one that methods will fit.

    Raises:
        InputError: the task has no other.
    """
    rng = np.random.default_rng([seed, *law.name.encode()])
    others = [x for x in task.laws if x.name != law.name]
    if not others:
        raise InputError(f"{task.name} has one law, and the truth has to be another: give it two")
    truth = others[rng.integers(len(others))]
    return [_drawn(group, truth, rng) for group in groups]


def _drawn(group: Group, truth: Law, rng: np.random.Generator) -> Group:
    every = np.arange(len(group.costs))
    theta = fitting.fit(truth, group, every, rng).theta[:1]
    exact = [fitting.predictions(truth, theta, x)[0] for x in (group.pool, group.target)]
    residuals = group.responses - exact[0]
    drawn = (x + residuals[rng.integers(len(residuals), size=len(x))] for x in exact)
    return replace(group, **dict(zip(("responses", "outcomes"), drawn, strict=True)))
