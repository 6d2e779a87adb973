"""What the inputs of a table could say of a law's roles and of N*, before any fit."""

from dataclasses import replace

import numpy as np
import pytest

import bayesfit
from bayesfit.findings.identified import WEAK
from bayesfit.law import six_nd
from bayesfit.prediction.identified import expected
from bayesfit.questions._laws import LENGTH, design

from ..simulate import chinchilla_table

BUDGET = 1e24


@pytest.fixture(scope="module")
def law():
    return bayesfit.load_law("chinchilla_approach3")


def repeated(runs, times):
    """Each run several times."""
    rows = np.repeat(np.arange(len(runs)), times)
    return bayesfit.from_frame(runs.table.loc[rows].reset_index(drop=True))


def test_four_times_the_runs_halve_every_band_that_the_prior_does_not_hold(law):
    table = chinchilla_table(runs=250)
    once, often = (expected(design(law, repeated(table, k)), BUDGET) for k in (4, 16))
    assert once["log_N"].ratio < 0.1
    for name in ("irreducible", "log_N"):
        assert often[name].sd == pytest.approx(once[name].sd / 2, rel=0.1)


def test_a_search_gives_what_the_closed_form_gives(law):
    problem = design(law, chinchilla_table())
    searched = replace(problem, law=replace(law, optimum=None))
    closed, found = (expected(x, BUDGET)["log_N"] for x in (problem, searched))
    assert found.sd == pytest.approx(closed.sd, rel=1e-4)
    assert found.ratio == pytest.approx(closed.ratio, rel=1e-4)


def test_one_size_says_nothing_of_the_exponent_of_N(law):
    table = chinchilla_table()
    blind = expected(design(law, table.with_column("N", 1e9)), BUDGET)
    wide = expected(design(law, table), BUDGET)
    assert blind["exponent_N"].ratio > 0.95 > WEAK > wide["exponent_N"].ratio
    assert blind["least"].name == "alpha" and blind["log_N"].ratio > wide["log_N"].ratio
    assert wide["least"].ratio <= blind["least"].ratio


def test_groups_and_other_inputs_have_no_part_that_is_taken_to_be_known():
    C, step = np.repeat([3e18, 1e19, 3e19], 5), np.tile(np.arange(-2, 3), 3)
    loss = 60 * C**-0.07 + 0.01 * step**2
    table = bayesfit.from_frame(dict(N=0.05 * C**0.5 * 2.2**step, C=C, loss=loss))
    found = expected(design(bayesfit.load_law("chinchilla_approach2"), table), BUDGET)
    assert {"irreducible", "growth_N", "log_N"} <= set(found)
    assert all(0 < x.ratio <= 1 for x in found.values())
    experts = chinchilla_table().with_column("experts", np.tile([1.0, 8, 64], 20))
    assert "log_N" in expected(design(bayesfit.load_law("moe_joint"), experts), BUDGET)


def test_a_long_table_is_judged_by_some_of_its_runs(law):
    long = chinchilla_table(runs=3 * LENGTH)
    problem = design(law, long)
    assert len(problem.weights) == LENGTH and np.sum(problem.weights) == pytest.approx(len(long))
    third = design(law, long.subset(np.arange(len(long)) < LENGTH))
    whole, part = (expected(x, BUDGET)["log_N"].sd for x in (problem, third))
    assert whole == pytest.approx(part / 3**0.5, rel=0.15)


def test_a_law_of_its_own_cost_is_planned_by_it(law):
    problem = design(replace(law, optimum=None), chinchilla_table())
    twice = replace(problem, law=replace(law, optimum=None, cost=lambda x: 2 * six_nd(x)))
    dear, cheap = (expected(x, C)["log_N"].sd for x, C in ((twice, 2e24), (problem, 1e24)))
    assert dear == pytest.approx(cheap, rel=1e-6)
