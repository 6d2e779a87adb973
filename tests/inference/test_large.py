"""Large tables: the MLE of all runs, and the rest from some of them."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import likelihoods, stages
from bayesfit.computing import in_double
from bayesfit.inference import bootstrap, mle

ROWS, MOST = 6000, 500
SETTINGS = stages.Settings(bootstrap=200, chains=4, draws=100, refits=False, most_runs=MOST)


def table(rows: int = ROWS) -> bayesfit.Runs:
    rng = np.random.default_rng(1)
    N = 10 ** rng.uniform(7, 10, rows)
    D = N * 10 ** rng.uniform(0.3, 2.7, rows)
    loss = (1.69 + 406.4 / N**0.34 + 410.7 / D**0.28) * np.exp(0.004 * rng.standard_normal(rows))
    return bayesfit.from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "large")


@pytest.fixture(scope="module")
def task() -> stages.Task:
    return stages.task(bayesfit.load_law("chinchilla_approach3"), None, table(), None, SETTINGS)


@pytest.fixture(scope="module")
def found(task) -> mle.Minimum:
    return stages.estimate(task)


def test_what_is_taken_of_it_is_said(task):
    assert len(task.runs) == MOST and task.given is not task.runs
    assert any("MLE takes all 6000 runs" in note for note in task.runs.notes)
    assert task.problem.ref["N"] == task.whole.ref["N"]
    small = stages.task(task.law, None, table(MOST), None, SETTINGS)
    assert small.whole is small.problem and small.runs.notes == table(MOST).notes


def test_sizes_that_repeat_are_resampled_whole_by_a_law_that_reads_no_D():
    """What a likelihood reads of the table is there for the MLE too."""
    rng = np.random.default_rng(0)
    N = np.repeat(np.geomspace(1e8, 1e10, 40), 15)
    loss = (1e14 / N) ** 0.07 * np.exp(0.01 * rng.standard_normal(len(N)))
    runs = bayesfit.from_frame(pd.DataFrame(dict(N=N, D=200 * N, loss=loss)), "sizes")
    shared = likelihoods.load("shared_t")
    some = stages.task(bayesfit.load_law("kaplan_n"), shared, runs, None, SETTINGS)
    assert some.is_large
    unit = stages.resampled_as_one(some.whole)
    np.testing.assert_array_equal(unit, np.repeat(np.arange(40), 15))


def test_held_out_runs_of_a_large_table_are_fewer_and_nothing_is_said_of_the_mle(task):
    kept = stages.task(task.law, None, table(MOST), table(), SETTINGS).held_out
    assert len(kept) == MOST and kept.notes == table().notes


def test_the_estimate_is_of_all_runs(task, found):
    best = in_double(mle.minimise)(task.whole, np.zeros((1, task.whole.law_dimension)))
    np.testing.assert_allclose(found.best().objective, best.best().objective, rtol=1e-9)
    np.testing.assert_allclose(found.best().q, best.best().q, atol=1e-6)
    assert found.converged.all() and len(found.q) == 16


def test_its_bootstrap_is_as_wide_as_one_of_all_runs(task, found):
    got = stages.bootstrap(task, found).values
    resamples = bootstrap.resample(ROWS, 200, 1, stages.resampled_as_one(task.whole))
    refits = in_double(bootstrap.refit)(task.whole, found.best().q, resamples)
    wanted = stages.estimates(task.whole, refits.q)
    for name in ("alpha", "beta", "E"):
        assert np.mean(got[name]) == pytest.approx(np.mean(wanted[name]), abs=np.std(wanted[name]))
        # Either sd is known to 5 % from 200 refits, and one step is off by some per cent.
        assert 0.7 < np.std(got[name]) / np.std(wanted[name]) < 1.4, name


def test_a_fit_of_it_is_opened_again(tmp_path):
    small = dict(bootstrap=50, chains=2, draws=100, refits=False, most_runs=100)
    fit = bayesfit.fit("chinchilla_approach3", table(400), likelihood="student_t", **small)
    fit.save(tmp_path / "fit")
    again = bayesfit.open(tmp_path / "fit")
    assert len(again.runs) == 100 and len(again.task.given) == 400
    assert again.estimate == fit.estimate
