"""Settings that lie beside the curves of a folder."""

import json

import numpy as np
import pytest

import bayesfit
from bayesfit.errors import InputError

CURVE = "step,loss\n1000,{a}\n2000,{b}\n"


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(("small", "large"), 1):
        (tmp_path / name).mkdir()
        settings = dict(model=dict(depth=12), betas=[0.9, 0.95], layers=[1], n_params=i * 1e8)
        (tmp_path / name / "config.json").write_text(json.dumps(settings))
        (tmp_path / name / "curve.csv").write_text(CURVE.format(a=4 - i / 10, b=3.5 - i / 10))
    (tmp_path / "shared.json").write_text(json.dumps(dict(batch_tokens=500_000, n_params=1)))
    return tmp_path


def test_settings_are_columns_of_the_runs_beside_or_below_the_nearest_first(folder):
    runs = bayesfit.read(folder)
    np.testing.assert_allclose(sorted(runs["N"]), [1e8, 1e8, 2e8, 2e8])
    np.testing.assert_allclose(runs["D"], 500_000 * runs["step"])
    assert len(runs.units.names) == 2 and "betas" not in runs.columns
    assert "config.json, shared.json read as settings of the runs beside or below" in runs.notes


def test_a_column_of_the_curve_goes_before_the_setting(folder):
    (folder / "small" / "curve.csv").write_text("step,n_params,loss\n1000,7e8,3.9\n2000,7e8,3.4\n")
    (folder / "large" / "curve.csv").write_text("step,n_params,loss\n1000,9e8,3.8\n2000,9e8,3.3\n")
    np.testing.assert_allclose(sorted(bayesfit.read(folder)["N"]), [7e8, 7e8, 9e8, 9e8])


def test_a_summary_with_a_loss_is_no_setting(folder):
    (folder / "small" / "config.json").write_text(json.dumps(dict(n_params=1e8, loss=3.2)))
    runs = bayesfit.read(folder)
    assert any("small/config.json" in said and "without D" in said for said in runs.left_out)


def test_the_loss_may_be_one_that_a_person_names(folder):
    for name in ("small", "large"):
        path = folder / name / "curve.csv"
        path.write_text(path.read_text().replace("loss", "c4"))
    assert len(bayesfit.read(folder, columns=dict(loss="c4"))) == 4


@pytest.mark.parametrize(
    "table",
    [
        dict(results=[dict(n_params=4e8, tokens=2e9, loss=3.0)]),
        dict(n_params={"0": 4e8}, tokens={"0": 2e9}, loss={"0": 3.0}),
        dict(best=dict(n_params=4e8, tokens=2e9, val_loss=3.0)),
    ],
)
def test_a_table_is_never_taken_for_settings(tmp_path, table):
    (tmp_path / "a.csv").write_text("n_params,tokens,loss\n1e8,2e9,3.4\n2e8,4e9,3.2\n")
    (tmp_path / "b.json").write_text(json.dumps(table))
    try:
        runs = bayesfit.read(tmp_path)
    except InputError as error:
        assert "need the same headings" in str(error)
    else:
        assert 4e8 in runs["N"]
