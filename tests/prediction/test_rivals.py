"""Runs that tell two laws apart, where the answer is known."""

import numpy as np
import pytest
from scipy.stats import norm

from bayesfit.prediction.rivals import chosen, duel

OWN = 0.5


def shows(means, draws=4_000, doubt=0.0, seed=0):
    """Draws of a law that knows the runs' means up to a common doubt."""
    rng = np.random.default_rng(seed)
    common = doubt * rng.standard_normal((draws, 1, 1))
    return np.asarray(means) + common + OWN * rng.standard_normal((draws, 4, len(means)))


def test_the_probability_of_choosing_right_is_that_of_two_normals():
    gap = 1.0
    found = duel(shows([0.0]), shows([gap], seed=1)).after(0)
    assert found.probability == pytest.approx(norm.cdf(0.5 * gap / OWN), abs=0.03)
    assert 0 < found.information < np.log(2)


def test_doubt_that_runs_share_hides_the_law_however_many_are_bought():
    known = duel(shows([0.0] * 8), shows([0.6] * 8, seed=1))
    hidden = duel(shows([0.0] * 8, doubt=2.0), shows([0.6] * 8, doubt=2.0, seed=1))
    for run in range(8):
        known, hidden = known.after(run), hidden.after(run)
    assert known.probability > 0.9 > 0.75 > hidden.probability


def test_runs_are_bought_where_the_laws_differ_and_within_the_money():
    one, other = shows([0.0, 0.0, 0.0]), shows([0.0, 1.0, 2.5], seed=1)
    assert chosen(duel(one, other), np.array([1.0, 1.0, 1.0]), 1.0, 3) == [2]
    assert chosen(duel(one, other), np.array([1.0, 1.0, 9.0]), 2.0, 3) == [1]
    assert chosen(duel(one, one), np.ones(3), 3.0, 3) == []
