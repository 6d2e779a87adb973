"""Which runs of a large table are taken."""

import numpy as np
import pytest

from bayesfit.data.spread import spread


def test_evenly_from_the_smallest_to_the_largest():
    C = np.random.default_rng(0).permutation(np.arange(1000.0))
    taken = spread([C], 100)
    assert len(taken) == 100 and (np.diff(taken) > 0).all()
    found = np.sort(C[taken])
    assert found[0] == 0 and found[-1] == 999
    assert np.diff(found).min() >= 10 and np.diff(found).max() <= 11


def test_of_runs_of_one_budget_evenly_over_what_comes_next():
    N = np.random.default_rng(0).permutation(np.arange(1000.0))
    found = np.sort(N[spread([np.ones(1000), N], 100)])
    assert np.diff(found).max() <= 11


def test_small_groups_are_taken_whole():
    group = np.repeat(["a", "b", "c"], [3, 40, 957])
    taken = spread([np.arange(1000.0)], 100, group)
    labels, counts = np.unique(group[taken], return_counts=True)
    assert dict(zip(labels, counts, strict=True)) == dict(a=3, b=40, c=57)


@pytest.mark.parametrize("most", [1000, 5000])
def test_all_of_a_table_that_is_not_large(most):
    assert list(spread([np.arange(1000.0)], most)) == list(range(1000))


def test_each_group_keeps_a_run():
    group = np.arange(300).astype(str)
    assert len(spread([np.arange(300.0)], 100, group)) == 300
