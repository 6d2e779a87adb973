"""Any run on sale, evenly."""

from benchmarks.design.protocol import Method, State


def choose(state: State):
    """The runs on sale in random order."""
    return state.rng.permutation(state.unbought)


method = Method("random", choose)
