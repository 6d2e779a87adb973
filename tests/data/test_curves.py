"""Training curves: final rows, warm-up, rows that are not independent, the lower envelope."""

import numpy as np
import pandas as pd
import pytest

from bayesfit.data import curves
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError


def curve(name, N, rows=200, rho=0.0, seed=0, sigma=0.01):
    """L = (6.5e13/N)**.077 + (2.1e3/S)**.76 at batch 2**19, with AR(1) scatter."""
    rng = np.random.default_rng(seed)
    step = np.linspace(500, 100_000, rows)
    noise = np.zeros(rows)
    for i in range(1, rows):
        noise[i] = rho * noise[i - 1] + sigma * np.sqrt(1 - rho**2) * rng.standard_normal()
    loss = ((6.5e13 / N) ** 0.077 + (2.1e3 / step) ** 0.76) * np.exp(noise)
    return pd.DataFrame(dict(run=name, step=step, N=N, D=step * 2**19, loss=loss))


def table(*parts):
    return from_frame(pd.concat(parts, ignore_index=True), "curves", simulated=True)


def test_finals_are_the_last_row_of_each_run():
    parts = [curve("small", 1e8), curve("large", 1e9).iloc[::-1]]
    found = curves.finals(table(*parts))
    assert found["step"].tolist() == [100_000, 100_000] and found["N"].tolist() == [1e8, 1e9]
    assert "398 rows left out" in found.left_out[-1]


def test_a_table_of_finished_runs_is_left_alone():
    frame = curve("small", 1e8).assign(run=lambda x: np.arange(len(x)))
    runs = from_frame(frame)
    for choose in (curves.finals, curves.without_warmup, curves.thinned, curves.efficient):
        assert choose(runs) is runs
    assert not runs.is_of_curves


@pytest.mark.parametrize("choose", [curves.finals, curves.thinned])
def test_curves_without_steps_are_ordered_by_tokens(choose):
    whole = table(curve("small", 1e8), curve("large", 1e9))
    runs = from_frame(whole.table.drop(columns="step").iloc[::-1])
    found = choose(runs)
    assert set(found["N"]) == {1e8, 1e9} and found["D"].max() == runs["D"].max()
    assert len(found) < len(runs)


def test_steps_that_start_anew_do_not_order_a_run():
    """A second stage counts from nothing, while the tokens go on."""
    frame = curve("a", 1e8, 40)
    second = curve("a", 1e8, 10).assign(D=lambda x: x["D"] + frame["D"].max())
    runs = table(frame, second)
    assert curves.finals(runs)["D"].tolist() == [runs["D"].max()]


def test_seen_curves_are_given_the_names_of_their_runs():
    parts = [curve("x", N).assign(seed=seed) for N in (1e8, 1e9) for seed in (1, 2)]
    runs = from_frame(table(*parts).table.drop(columns="run"))
    assert curves.finals(runs)["run"].tolist() == ["100M, 1", "100M, 2", "1B, 1", "1B, 2"]
    named = curves.named(runs)
    assert curves.named(named) is named
    pd.testing.assert_frame_equal(curves.finals(named).table, curves.finals(runs).table)


def test_warmup_is_left_out():
    runs = table(curve("a", 1e8))
    assert curves.without_warmup(runs)["step"].min() > 3000
    assert curves.without_warmup(runs, 10_000)["step"].min() > 10_000
    short = table(curve("a", 1e8).assign(step=lambda x: x["step"] / 50))
    assert 95 < curves.without_warmup(short)["step"].min() < 150  # 5 % of 2000 steps
    tokens = from_frame(runs.table.drop(columns="step"))
    kept = curves.without_warmup(tokens)
    assert 0.02 < kept["D"].min() / kept["D"].max() < 0.03
    with pytest.raises(InputError, match="no column step"):
        curves.without_warmup(tokens, 1000)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_correlation_time(rho):
    """(1 + rho) / (1 - rho) for an AR(1) process."""
    rng, x = np.random.default_rng(1), np.zeros(4000)
    for i in range(1, len(x)):
        x[i] = rho * x[i - 1] + rng.standard_normal()
    assert curves.correlation_time(x) == pytest.approx((1 + rho) / (1 - rho), rel=0.25)


def test_thinning_keeps_what_is_independent():
    kept = {rho: len(curves.thinned(table(curve("a", 1e8, 400, rho)))) for rho in (0.0, 0.6, 0.95)}
    assert kept[0.0] > 150 and 30 < kept[0.6] < 120 and kept[0.95] < 30
    few = curves.thinned(table(curve("a", 1e8)), 7)
    assert len(few) == 7 and few["step"].max() == 100_000
    assert np.ptp(np.diff(np.log(few["step"]))) < 0.5


def test_thinned_rows_are_worth_what_they_claim():
    """Means over thinned rows scatter as means of so many independent rows do."""
    means, rows = [], []
    for seed in range(100):
        runs = table(curve("a", 1e8, 300, 0.9, seed))
        few = curves.thinned(curves.without_warmup(runs))
        truth = (6.5e13 / few["N"]) ** 0.077 + (2.1e3 / few["step"]) ** 0.76
        means.append(np.mean(np.log(few["loss"] / truth)))
        rows.append(len(few))
    naive = 0.01 / np.sqrt(300)
    claimed = 0.01 / np.sqrt(np.mean(rows))
    assert np.std(means) > 2.5 * naive  # all rows as independent: bands far too narrow
    assert np.std(means) < 1.6 * claimed


def test_the_envelope_is_the_lowest_loss_for_the_compute():
    sizes = [1e7, 3e7, 1e8, 3e8, 1e9]
    runs = table(*(curve(str(N), N, sigma=0.002) for N in sizes))
    found = curves.efficient(runs)
    assert set(found["N"]) == set(sizes) and len(found) < 200
    for C, loss in zip(found["C"], found["loss"], strict=True):
        beaten = (runs["C"] <= C) & (runs["loss"] < loss)
        assert runs["loss"][beaten].min(initial=loss) > 0.98 * loss  # by rows thinned out
    assert "lower envelope" in found.left_out[-1]
    assert curves.efficient(found) is found


def test_steps_and_batches_from_what_the_table_has():
    frame = pd.DataFrame(dict(N=[1e8], D=[1e9], loss=[3.0]))
    for given in (dict(step=[1e4]), dict(S=[1e4], B=[1e5]), dict(batch_tokens=[1e5])):
        runs = curves.with_steps(from_frame(frame.assign(**given)))
        assert (runs["S"][0], runs["B"][0]) == (1e4, 1e5)
    with pytest.raises(InputError, match="neither steps .* nor tokens a step"):
        curves.with_steps(from_frame(frame))
    with pytest.raises(InputError, match="step is not above zero"):
        curves.with_steps(from_frame(frame.assign(step=[0.0])))
