"""Plans of runs, against what linear regression knows of them and against all plans there are."""

from itertools import combinations

import numpy as np
import pytest

from bayesfit.prediction.designing import (
    WIDER,
    chosen,
    essential,
    ordered,
    prospects,
    share_left,
)

OWN = 0.3  # sd of the scatter of a run


def drawn(rng, runs=8, draws=40_000, copies=4):
    """Three unknowns; a quantity that hangs on two of them, and runs that see a mixture each."""
    unknown = rng.standard_normal((draws, 3))
    seen = rng.standard_normal((3, runs))
    scatter = OWN * rng.standard_normal((draws, copies, runs))
    return unknown[:, :2].sum(1), (unknown @ seen)[:, None] + scatter, seen


def exact(seen, plan):
    """Variance of the quantity after the runs of a plan, by the normal equations."""
    X = seen[:, list(plan)]
    left = np.linalg.inv(np.eye(3) + X @ X.T / OWN**2)
    return left[:2, :2].sum()


def test_what_a_run_leaves_of_the_doubt():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(20_000)
    own = rng.standard_normal((20_000, 2, 1))
    runs = np.concatenate([y[:, None, None] + 0.5 * own, own, y[:, None, None] + 0 * own], axis=2)
    expected = np.sqrt([0.25 / 1.25, 1.0, 0.0])
    np.testing.assert_allclose(share_left(y, runs), expected, atol=0.04)
    y[:3] = -np.inf, np.inf, np.nan
    np.testing.assert_allclose(share_left(y, runs), expected, atol=0.04)


def test_variances_after_runs_and_their_repeats_are_those_of_regression():
    y, observed, seen = drawn(np.random.default_rng(1))
    found = prospects(y[:, None], observed, weights=np.ones(1))
    for plan in ([], [0], [3, 5], [1, 1, 1], [0, 2, 4, 6]):
        # Quantiles that draws are clipped to cost some per cent of a normal's variance.
        assert found.after(*plan).doubt == pytest.approx(exact(seen, plan), rel=0.08, abs=0.02)


def test_the_plan_is_the_best_of_all_plans_or_nearly():
    rng = np.random.default_rng(2)
    for _ in range(5):
        y, observed, _ = drawn(rng, draws=4_000)
        found, cost = prospects(y[:, None], observed), rng.uniform(1, 5, 8)
        plan = chosen(found, cost, 7.0, 3)
        assert cost[plan].sum() <= 7.0 and len(plan) <= 3
        every = [
            p for k in (1, 2, 3) for p in combinations(range(8), k) if cost[list(p)].sum() <= 7
        ]
        best = min(found.after(*p).doubt for p in every)
        assert found.after(*plan).doubt <= 1.1 * best + 0.01 * found.doubt


def test_repeats_only_where_they_are_allowed_and_never_what_is_not_to_be_had():
    rng = np.random.default_rng(3)
    y = rng.standard_normal(4_000)
    observed = y[:, None, None] + 2.0 * rng.standard_normal((4_000, 4, 3))
    found, cost = prospects(y[:, None], observed), np.ones(3)
    once = chosen(found, cost, 10.0, 10, among=np.array([True, True, False]))
    assert sorted(once) == [0, 1]
    again = chosen(found, cost, 10.0, 10, among=np.array([True, False, False]), repeats=True)
    assert again == [0] * 10
    assert chosen(found, cost, 0.5, 10) == []


def test_runs_come_in_the_order_of_what_they_tell_for_their_cost():
    y, observed, _ = drawn(np.random.default_rng(4))
    found = prospects(y[:, None], observed)
    gains = found.gains()
    assert ordered(found, [1, 2, 5], np.ones(8))[0] == max([1, 2, 5], key=lambda run: gains[run])
    dear = np.where(np.arange(8) == 1, 1e6, 1.0)
    assert ordered(found, [1, 2, 5], dear)[-1] == 1


def test_runs_that_tell_hardly_more_are_left_out():
    rng = np.random.default_rng(6)
    y = rng.standard_normal((20_000, 1))
    hides = np.array([0.2, 4.0, 5.0, 6.0, 8.0])  # one run tells nearly all
    observed = y[:, :, None] + hides * rng.standard_normal((20_000, 4, 5))
    found, plan, cost = prospects(y, observed), list(range(5)), np.ones(5)
    assert essential(found, plan, cost) == [0]
    # Of two of a kind that bring little more, the dear one goes.
    twins = prospects(
        y, y[:, :, None] + np.array([0.2, 1.5, 1.5]) * rng.standard_normal((20_000, 4, 3))
    )
    kept = essential(twins, [0, 1, 2], np.array([1.0, 1.0, 50.0]))
    assert 2 not in kept
    assert essential(found, [], cost) == [] and essential(found, [3], cost) == [3]


def test_a_known_plan_that_no_run_alone_leads_to_is_found():
    """Three runs that tell all together, and of which no two tell anything."""
    rng = np.random.default_rng(8)
    y, z, w = rng.choice([-1.0, 1.0], (3, 20_000))  # without tails, which would be clipped
    decoys = y[:, None] + 3.0 * rng.choice([-1.0, 1.0], (20_000, 3))
    each = np.column_stack([y + 300 * z + 300 * w, z, w, decoys])
    found = prospects(y[:, None], each[:, None] + 1e-4 * rng.standard_normal((20_000, 4, 6)))
    cost = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
    assert sorted(chosen(found, cost, 3.0, 3)) == [3, 4, 5]
    assert sorted(chosen(found, cost, 3.0, 3, known=[[0, 1, 2]])) == [0, 1, 2]
    assert sorted(chosen(found, cost, 2.9, 3, known=[[0, 1, 2]])) == [3, 4, 5]  # too dear then


def test_no_band_is_much_wider_for_a_shorter_list():
    """As where runs take away nearly all of the doubt: of what is left each takes its share."""
    rng = np.random.default_rng(7)
    y = rng.standard_normal((20_000, 1))
    found = prospects(y, y[:, :, None] + rng.standard_normal((20_000, 4, 12)))
    for count in (12, 40):  # the last of twelve narrows the band by 4 %, of forty by 1.2 %
        plan = [i % 12 for i in range(count)]
        kept = essential(found, plan, rng.uniform(1, 3, 12)[plan])
        assert found.after(*kept).doubt <= WIDER**2 * found.after(*plan).doubt
        assert (len(kept) < count) == (count == 40)


def test_scatter_that_runs_share_is_not_averaged_away():
    """An offset that a size has in every run of it stays, however many runs there are."""
    rng = np.random.default_rng(5)
    y, offset = rng.standard_normal((2, 40_000))
    observed = (y + offset)[:, None, None] + OWN * rng.standard_normal((40_000, 4, 1))
    found = prospects(y[:, None], observed, weights=np.ones(1))
    assert found.after(*[0] * 20).doubt == pytest.approx(0.5, rel=0.08)
