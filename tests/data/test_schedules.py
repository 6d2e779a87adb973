"""What rows know of the schedule before them, against sums over every step."""

import numpy as np
import pandas as pd
import pytest

from bayesfit import models
from bayesfit.data import schedules
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError
from bayesfit.law import View

HIGH, LOW, WARMUP = 3e-4, 3e-5, 2160


def every_step(schedule):
    """The learning rate of each step of a schedule of Luo et al. 2025."""
    kind, *numbers = schedule.split("_")
    last = 16000 if kind == "wsdcon" else int(numbers[-1])
    step, lr = np.arange(last), np.full(last, HIGH)
    lr[:WARMUP] = np.linspace(0.0, HIGH, WARMUP)
    part = (step - 20000) / (last - 20000)
    if kind == "cosine":
        turn = np.pi * (step[WARMUP:] - WARMUP) / (last - WARMUP)
        lr[WARMUP:] = LOW + 0.5 * (HIGH - LOW) * (1 + np.cos(turn))
    elif kind == "wsdcon":
        lr[8000:] = float(numbers[0]) * 1e-5
    elif kind == "wsd":
        lr[20000:] = (HIGH ** (1 - part) * LOW**part)[20000:]
    elif kind == "wsdld":
        lr[20000:] = (HIGH + (LOW - HIGH) * part)[20000:]
    return lr


def exact(p, lr, steps):
    """The law's loss at some steps, summed over all steps before them."""
    total, losses = np.cumsum(lr), []
    for t in steps:
        k = np.arange(1, t + 1)
        since = total[t] - total[k - 1]
        kept = 1 - (p["C"] * since * lr[k] ** -p["gamma"] + 1) ** -p["beta"]
        lost = p["B"] * np.sum((lr[k - 1] - lr[k]) * kept)
        losses.append(p["L0"] + p["A"] * total[t] ** -p["alpha"] - lost)
    return np.array(losses)


def by_columns(p, known):
    """The law's loss from the columns."""
    law = models.load("lr_schedule")
    columns = View(**{name: known[name].to_numpy() for name in law.inputs})
    return np.exp(np.asarray(law.log_loss(View(**p), columns)))


@pytest.mark.parametrize(
    "schedule",
    ["constant_72000", "cosine_24000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3"],
)
def test_bins_stand_for_all_steps(schedule):
    """Within 1e-4 of the loss, for the constants of all three sizes."""
    lr, names = every_step(schedule), list(schedules.OF_ROW)
    steps = np.arange(WARMUP + 16, len(lr), 512)
    past = schedules.summed(lr)
    known = pd.DataFrame([schedules._of_row(past, step) for step in steps], columns=names)
    for published in models.load("lr_schedule").published:
        p = published.values
        np.testing.assert_allclose(by_columns(p, known), exact(p, lr, steps), rtol=1e-4)


@pytest.mark.parametrize("schedule, within", [("cosine_24000", 1e-6), ("wsdcon_9", 1e-12)])
def test_rates_between_rows(schedule, within):
    lr = every_step(schedule)
    steps = np.sort(np.append(np.arange(WARMUP + 16, len(lr), 128), 8000))
    found = schedules.rates(steps, lr[steps], WARMUP)
    after = slice(WARMUP, steps[-1] + 1)
    np.testing.assert_allclose(found[after], lr[after], atol=within)
    assert found[:WARMUP].sum() == pytest.approx(lr[:WARMUP].sum(), rel=1e-3)


def table():
    step = np.arange(500, 10000, 100)
    both = [pd.DataFrame(dict(run=x, step=step, lr=1e-3, loss=4.0 - step / 1e4)) for x in "ab"]
    return pd.concat(both, ignore_index=True)


def test_rows_are_few_know_their_curve_and_are_prepared_once():
    runs = schedules.with_history(from_frame(table(), "two"))
    assert len(runs) == 2 * schedules.ROWS and runs.reduced == "curve"
    assert len(set(runs["curve"])) == 2
    one = schedules.with_history(from_frame(table()[lambda x: x["run"] == "b"], "one"))
    assert set(one["curve"]) < set(runs["curve"])  # the same number in any table
    assert schedules.with_history(runs) is runs
    last = runs["step"] == 9900
    np.testing.assert_allclose(runs["lr_sum"][last], 1e-3 * (9901 - 250), rtol=1e-3)
    np.testing.assert_allclose(runs["lr_peak"], 1e-3)


def test_what_is_no_schedule_is_refused():
    for bad in (table().drop(columns="lr"), table().drop_duplicates("run")):
        with pytest.raises(InputError, match="no learning rate schedules"):
            schedules.with_history(from_frame(bad, "bad"))
    with pytest.raises(InputError, match="not above zero"):
        schedules.with_history(from_frame(table().assign(lr=0.0), "bad"))
