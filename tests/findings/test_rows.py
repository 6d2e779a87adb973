"""Findings about rows: outliers, leverage, losses that rise, inputs that never vary, no scatter."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import findings
from bayesfit.data.runs import from_frame
from bayesfit.findings import (
    bootstrap,
    few_runs,
    leverage,
    no_scatter,
    one_value,
    outliers,
    rising_loss,
    sampler,
)
from bayesfit.findings._rows import named

from . import fakes
from .fakes import looked

LAW = "chinchilla_approach3"


def table(scatter=0.003, seed=0, **changes):
    """40 runs, eight sizes at five lengths, of Chinchilla's form."""
    rng = np.random.default_rng(seed)
    N, ratio = (x.ravel() for x in np.meshgrid(np.geomspace(5e7, 5e9, 8), [5, 10, 20, 40, 80]))
    D = N * ratio
    loss = (1.7 + 400 / N**0.34 + 410 / D**0.28) * np.exp(scatter * rng.standard_normal(len(N)))
    return pd.DataFrame(dict(N=N, D=D, loss=loss) | changes)


def fitted(frame, **changes):
    asked = dict(likelihood="student_t", bootstrap=50, refits=False, chains=4, draws=100)
    return bayesfit.fit(LAW, from_frame(frame, "rows", simulated=True), **asked | changes)


@pytest.fixture(scope="module")
def clean():
    return fitted(table())


def test_a_clean_table_has_nothing_to_report(clean):
    for check in (outliers, leverage, rising_loss, one_value, few_runs, no_scatter):
        assert not looked(check.check, clean), check.__name__


@pytest.mark.parametrize("kind", ["student_t", pytest.param("misfit_t", marks=pytest.mark.slow)])
def test_a_run_that_went_wrong_is_named(kind):
    """Also by a likelihood that gives way to it: each run is of a size of its own."""
    frame = table().iloc[:30]  # as many as other tests have: nothing is compiled anew
    frame = frame.assign(N=frame["N"] * 1.02 ** np.arange(30))
    frame.loc[17, "loss"] *= 1.15
    (found,) = looked(outliers.check, fitted(frame, likelihood=kind))
    assert found.verdict == "REVIEW" and "run 18 (N " in found.finding
    assert found.finding.count("run ") == 1


@pytest.mark.slow
def test_many_runs_that_went_wrong_are_counted():
    frame = table()
    rng = np.random.default_rng(1)
    frame.loc[::5, "loss"] *= 1 + rng.uniform(0.05, 0.15, 8)
    (found,) = looked(outliers.check, fitted(frame))
    share = int(found.finding.split(" ")[0])
    assert 12 <= share <= 30 and "no long tail explains" in found.finding


def test_a_slip_of_the_pen_in_N_is_named():
    """A run with N typed 1e9 too small passes no check unnoticed: it lies where no other run is."""
    frame = table()
    frame.loc[9, "N"] /= 1e9
    fit = fitted(frame)
    said = [f.finding for check in (outliers, leverage) for f in looked(check.check, fit)]
    assert any("run 10 (" in sentence for sentence in said), said


def test_runs_that_are_known_badly_are_no_outliers():
    frame = table()
    frame["loss_se"] = np.where(np.arange(40) % 4 == 0, 0.3, 0.001)
    frame["loss"] += frame["loss_se"] * np.random.default_rng(2).standard_normal(40)
    assert not looked(outliers.check, fitted(frame))


def test_leverage_is_that_of_least_squares(clean):
    """The diagonal of the hat matrix, by hand."""
    from bayesfit.problem import slopes_of

    slopes = slopes_of(clean.problem, clean.mle.best().q)[: len(clean.runs)]
    hat = slopes @ np.linalg.pinv(slopes)
    np.testing.assert_allclose(leverage.leverage(clean), np.diag(hat), atol=1e-6)
    assert leverage.leverage(clean).sum() == pytest.approx(5, abs=1e-6)


@pytest.mark.parametrize("swapped", [dict(loss="1/loss"), dict(D="1/D")])
def test_a_loss_that_rises_is_noticed(swapped):
    frame = table()
    for name in swapped:
        frame[name] = frame[name].median() ** 2 / frame[name]
    fit = fakes.fit(law=fakes.law(), runs=from_frame(frame, "turned"))
    said = [f.finding for f in looked(rising_loss.check, fit)]
    wanted = ("N", "D") if "loss" in swapped else ("D",)
    assert [f"rises with {name}" in " ".join(said) for name in ("N", "D")] == [
        name in wanted for name in ("N", "D")
    ]


def test_real_tables_do_not_rise():
    for name in ("pile", "diloco"):
        runs = bayesfit.load(name)
        assert not looked(rising_loss.check, fakes.fit(law=fakes.law(), runs=runs))


def test_ranks_are_not_moved_by_one_run():
    frame = table()
    frame.loc[0, ["N", "loss"]] = [1e14, 5.0]
    slopes = rising_loss.rises(from_frame(frame, "one"), ["N", "D"], "loss")
    assert max(slopes.values()) < 0


def test_an_input_that_never_varies_is_noticed():
    runs = fakes.runs(N=np.geomspace(1e8, 1e10, 9), D=np.full(9, 2e10))
    fit = fakes.fit(law=fakes.law(), runs=runs, task=SimpleNamespace(given=runs))
    (found,) = looked(one_value.check, fit)
    assert "the same D, 20B" in found.finding
    fit.task.given = fakes.runs(N=runs["N"])  # D is the law's own, made of other columns
    assert not looked(one_value.check, fit)


@pytest.mark.parametrize(("runs", "said"), [(5, True), (7, True), (8, False)])
def test_as_many_runs_as_parameters(runs, said):
    N = np.geomspace(1e8, 1e10, runs)
    fit = fakes.fit(
        law=fakes.law(), runs=fakes.runs(N=N, D=20 * N), problem=SimpleNamespace(law_dimension=5)
    )
    found = looked(few_runs.check, fit)
    assert bool(found) == said
    assert not said or f"{runs} runs for the 5 parameters" in found[0].finding


def test_losses_without_scatter_are_said_to_be_computed_and_fail_nothing():
    fit = fitted(table(scatter=0.0))
    found = findings.review(fit)
    assert "scatter" in [f.subject for f in found]
    assert "FAIL" not in [f.verdict for f in found], found
    assert not looked(sampler.check, fit) and not looked(bootstrap.check, fit)


def test_runs_are_named_by_what_is_known():
    frame = table().assign(run=[f"r{i}" for i in range(40)])
    fit = fakes.fit(law=fakes.law(), runs=from_frame(frame, "named"))
    assert named(fit, [4]).startswith("run 5 (r4, N ")
    assert named(fit, range(6)).endswith("and 3 more")
