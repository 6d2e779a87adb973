"""The cheapest run, ties at random."""

import numpy as np

from benchmarks.design.protocol import Method, State


def choose(state: State):
    """The runs on sale by rising cost."""
    rows = state.rng.permutation(state.unbought)
    return rows[np.argsort(state.group.costs[rows], kind="stable")]


method = Method("cheapest", choose)
