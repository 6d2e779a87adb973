"""What Weights & Biases exports: panels, tables of runs, sweeps."""

import json

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.errors import InputError

RUNS = {"s1-80M": 8e7, "s1-700M": 7e8}
STEPS = np.arange(500, 3500, 500)
TOKENS = 250_000.0  # a step


def loss(N, step):
    return 2.0 + 250 / N**0.32 + 300 / (TOKENS * step) ** 0.28


def panel(measures=("eval/loss",), axis="Step", own_step=False):
    """One column a run and measure, with its least and greatest values; the second run is short."""
    columns = {axis: STEPS * (TOKENS if axis != "Step" else 1)}
    for run, N in RUNS.items():
        short = (2000 if N > 1e8 else 9e9) < STEPS
        shown = {m: loss(N, STEPS) + 0.3 * (m != "eval/loss") for m in measures}
        shown |= {"_step": STEPS.astype(float)} if own_step else {}
        for measure, values in shown.items():
            for end in ("", "__MIN", "__MAX"):
                columns[f"{run} - {measure}{end}"] = np.where(short, np.nan, values)
    return pd.DataFrame(columns)


@pytest.mark.parametrize("own_step", [False, True])
def test_a_panel_is_a_row_for_each_run_and_step(tmp_path, own_step):
    panel(own_step=own_step).to_csv(tmp_path / "panel.csv", index=False)
    runs = bayesfit.read(tmp_path / "panel.csv", names="s1-{N}")
    assert list(runs.labels("run")) == sorted(RUNS)
    assert len(runs) == 10 and set(runs.columns) == {"N", "loss", "Step", "run"}
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["Step"]))
    assert "a panel of Weights & Biases with 2 runs" in runs.notes[0]


def test_a_panel_of_several_measures_over_tokens():
    wide = panel(("eval/loss", "eval/c4_loss"), "train/tokens")
    both = bayesfit.from_frame(wide, columns={"loss": "eval/c4_loss"})
    np.testing.assert_allclose(both["loss"] - both["eval/loss"], 0.3)
    assert "column 'train/tokens' read as D" in both.notes
    assert len(both.units.names) == 2


@pytest.mark.parametrize("measure", ["eval/c4_loss", "eval - c4_loss"])
def test_a_measure_that_is_not_known_is_mapped(measure):
    wide = panel((measure,))
    runs = bayesfit.from_frame(wide, columns={"loss": measure.rpartition(" - ")[2]})
    assert len(runs) == 10 and len(set(runs["run"])) == 2


def test_a_panel_without_a_run():
    frame = pd.DataFrame({"Step": [1], "loss": [3.0], "loss__MIN": [3.0], "loss__MAX": [3.0]})
    with pytest.raises(InputError, match="mine looks like a panel .* 'run_70M - eval/loss'"):
        bayesfit.from_frame(frame, "mine")


def summaries():
    return [
        dict(
            name=run,
            config=dict(n_params=N, batch=4),
            summary={"eval/loss": loss(N, 3000), "D": 7.5e8},
        )
        for run, N in RUNS.items()
    ]


@pytest.mark.parametrize("spell", [json.dumps, str], ids=["json", "python"])
def test_settings_of_a_run_in_one_cell(tmp_path, spell):
    """As the snippet in the documentation of Weights & Biases writes a table of runs."""
    rows = [{k: spell(x) if k != "name" else x for k, x in row.items()} for row in summaries()]
    rows[0]["config"] = rows[0]["config"].replace(
        ": 4", ": NaN" if spell is json.dumps else ": nan"
    )
    pd.DataFrame(rows).to_csv(tmp_path / "project.csv")
    runs = bayesfit.read(tmp_path / "project.csv", columns={"D": "summary.D"})
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], 3000))
    assert runs["N"].tolist() == list(RUNS.values()) and "config.batch" in runs.columns


def test_settings_that_cannot_be_read(tmp_path):
    frame = pd.DataFrame(dict(name=["a", "b"], config=["{'x': 1}", "{oh"], loss=3.0))
    with pytest.raises(InputError, match="mine, config of row 1 is no dict"):
        bayesfit.from_frame(frame, "mine")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_sweep_with_its_curves(tmp_path, wrapped):
    rows = summaries()
    for row, N in zip(rows, RUNS.values(), strict=True):
        row["config"] |= dict(n_params=dict(desc=None, value=N)) if wrapped else {}
        row["summary"] = dict(_runtime=12)
        row["history"] = [
            {"_step": int(s), "tokens": s * TOKENS, "eval/loss": loss(N, s)} for s in STEPS
        ]
    (tmp_path / "sweep.json").write_text(json.dumps(rows))
    runs = bayesfit.read(tmp_path / "sweep.json")
    assert len(runs) == 12 and len(runs.units.names) == 2
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["_step"]))


def test_a_list_in_a_run_that_is_no_curve_stays_in_its_cell(tmp_path):
    rows = [row | dict(layers=[dict(width=8), dict(width=4)]) for row in summaries()]
    (tmp_path / "sweep.json").write_text(json.dumps(rows))
    assert len(bayesfit.read(tmp_path / "sweep.json", columns={"D": "summary.D"})) == 2


def test_what_somebody_adds_to_a_panel_is_of_all_its_runs():
    runs = bayesfit.from_frame(panel().assign(corpus="web", batch_tokens=TOKENS))
    np.testing.assert_allclose(runs["D"], runs["Step"] * TOKENS)
    assert len(runs) == 10 and set(runs["corpus"]) == {"web"}


@pytest.mark.parametrize("change", [dict(run=1.0), {"extra": 1.0}])
def test_a_panel_that_is_half_a_table(change):
    """A column of runs says that rows are runs already; a run that never started has no row."""
    wide = panel().assign(**change)
    wide[[c for c in wide if c.startswith("s1-700M")]] = None
    if "run" in change:
        assert len(bayesfit.from_frame(wide)) == 6
    else:
        assert set(bayesfit.from_frame(wide)["run"]) == {"s1-80M"}


def test_a_panel_without_least_and_greatest_values_is_one_all_the_same():
    wide = panel()
    bare = wide[[c for c in wide if not c.endswith(("__MIN", "__MAX"))]]
    bare = bare[[c for c in bare if "step" not in c.lower() or c == "Step"]]
    runs = bayesfit.from_frame(bare)
    assert set(runs["run"]) == set(RUNS) and "loss" in runs.columns


@pytest.mark.parametrize(
    "columns",
    [
        {"N": [1e8, 2e8], "a - loss": [3.0, 2.9], "b - loss": [3.1, 3.0]},  # a size, no steps
        {"Step": [1, 2], "a - loss": [3.0, 2.9]},  # one run alone
        {"Step": [1, 2], "a - lr": [3.0, 2.9], "b - lr": [3.1, 3.0]},  # no loss
    ],
)
def test_other_tables_with_dashes_in_their_headings_are_none(columns):
    assert "run" not in bayesfit.from_frame(columns).columns
