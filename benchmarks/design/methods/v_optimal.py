"""The run that shrinks the targets' posterior variance most, over its cost^.3."""

import numpy as np

from benchmarks.design.fitting import slopes
from benchmarks.design.methods import _local
from benchmarks.design.protocol import Method, State

COST = 0.3  # exponent, as in Li et al. 2026


def choose(state: State):
    """The first lot, then greedily."""
    first = _local.pilot(state)
    if first:
        return first[: state.batch]
    assert state.fits is not None
    costs = state.group.costs / state.group.costs.sum()
    targets = slopes(state.law, state.fits.theta[:1], state.group.target)[0]
    flat = targets.reshape(-1, targets.shape[-1])

    def gain(covariance, J, variance, rows):
        turned = J.transpose(0, 2, 1)
        whole = variance * np.eye(J.shape[1]) + J @ covariance @ turned
        along = (flat @ covariance) @ turned  # candidates, targets, outputs
        shrinks = np.linalg.solve(whole, along.transpose(0, 2, 1) @ along)
        return np.trace(shrinks, axis1=1, axis2=2) / costs[rows] ** COST

    return _local.greedy(state, gain)


method = Method("V-optimal", choose, looks=True)
