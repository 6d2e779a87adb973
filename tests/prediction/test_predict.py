"""Predictions of runs: bands, draws, one run as numbers; and what arviz is given."""

import warnings

import arviz as az
import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.bands import band
from bayesfit.prediction import surface


def test_a_dict_of_numbers_is_one_run(small_fit):
    one = small_fit.predict({"N": 70e9, "D": 1.4e12})
    assert len(one) == 1
    for other in ({"N": [70e9], "D": [1.4e12]}, pd.DataFrame({"N": [70e9], "D": [1.4e12]})):
        assert one.equals(small_fit.predict(other))
    two = small_fit.predict({"N": [70e9, 1e9], "D": 1.4e12})
    assert len(two) == 2 and (two["D"] == 1.4e12).all()
    row = one.iloc[0]
    assert row["loss_lo95"] < row["loss_lo80"] < row["loss"] < row["loss_hi80"] < row["loss_hi95"]
    assert row["observed_lo95"] < row["loss_lo95"] and row["loss_hi95"] < row["observed_hi95"]


@pytest.mark.parametrize(
    "asked, words",
    [
        ({"N": 70e9}, "needs column D"),
        ({"N": -1.0, "D": 1e12}, "N"),
        ({"N": np.nan, "D": 1e12}, "N"),
        ({"N": "large", "D": 1e12}, "N"),
        ({"N": [1e9, 2e9], "D": [1e10]}, "different lengths"),
        (3.0, "no set of runs to predict"),
    ],
)
def test_what_cannot_be_predicted_is_said(small_fit, asked, words):
    with pytest.raises(bayesfit.InputError, match=words) as error:
        small_fit.predict(asked)
    assert "\n" not in str(error.value)


def test_draws_of_predictions_have_the_bands_that_are_reported(small_fit):
    at = {"N": [1e9, 70e9], "D": [2e10, 1.4e12]}
    drawn, table = small_fit.predict(at, draws=True), small_fit.predict(at)
    assert dict(drawn.sizes) == dict(draw=800, run=2)
    for name in ("loss", "observed"):
        for level, values in band(np.log(drawn[name].to_numpy())).items():
            column = name if level == "median" else f"{name}_{level}"
            np.testing.assert_allclose(table[column], np.exp(values), rtol=1e-12)


def test_draws_of_optima_have_the_bands_that_are_reported(small_fit):
    drawn, table = small_fit.optimum([1e22, 1e25], draws=True), small_fit.optimum([1e22, 1e25])
    assert dict(drawn.sizes) == dict(draw=800, C=2) and list(drawn["C"]) == [1e22, 1e25]
    for name in ("N", "D", "tokens_per_parameter", "loss"):
        for level, values in band(drawn[name].to_numpy()).items():
            column = name if level == "median" else f"{name}_{level}"
            np.testing.assert_array_equal(table[column], values)
    assert (table["loss_at_N"] >= table["loss"]).all() and (table["without_optimum"] == 0).all()
    one = small_fit.optimum(1e22)
    assert len(one) == 1
    np.testing.assert_allclose(one.iloc[0], table.iloc[0], rtol=1e-12)


@pytest.mark.parametrize("flops", [-1, [], "x", [1e22, np.nan]])
def test_an_optimum_for_no_budget_is_refused(small_fit, flops):
    with pytest.raises(bayesfit.InputError, match="budgets"):
        small_fit.optimum(flops)


def test_the_seed_reaches_predictions(small_fit):
    """The same seed, the same digits; another one, other scatter, and the same surface."""
    from dataclasses import replace

    at = {"N": 1e10, "D": 1e11}
    settings = replace(small_fit.task.settings, seed=7)
    other = replace(small_fit, task=replace(small_fit.task, settings=settings))
    assert small_fit.predict(at).equals(small_fit.predict(at))
    assert other.predict(at)["loss"].equals(small_fit.predict(at)["loss"])
    assert not other.predict(at)["observed_hi80"].equals(small_fit.predict(at)["observed_hi80"])


# -- arviz ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inference_data(small_fit):
    return small_fit.to_arviz()


def groups(data):
    return {name.strip("/") for name in (data.groups() if callable(data.groups) else data.groups)}


def test_arviz_has_every_group_with_the_names_of_the_runs(small_fit, inference_data):
    data, runs = inference_data, list(map(str, small_fit.runs["run"]))
    assert groups(data) - {""} == {
        "posterior", "posterior_predictive", "prior", "prior_predictive", "log_likelihood",
        "observed_data", "sample_stats", "log_prior",
    }  # fmt: skip
    for group in ("posterior_predictive", "prior_predictive", "log_likelihood", "observed_data"):
        assert list(data[group]["run"].to_numpy()) == runs, group
        assert data[group]["log_loss"].sizes["run"] == 29
    assert data["posterior_predictive"]["log_loss"].shape == (4, 200, 29)
    np.testing.assert_allclose(data["observed_data"]["log_loss"], np.log(small_fit.runs["loss"]))
    np.testing.assert_array_equal(data["posterior"]["alpha"], small_fit.posterior.values["alpha"])
    assert "seed" in data.attrs or "seed" in getattr(data, "_attrs", {})


def test_the_predictive_groups_are_predictive(small_fit, inference_data):
    """Observed losses lie among what was predicted, and the prior is far wider."""
    observed = np.log(small_fit.runs["loss"])
    after = inference_data["posterior_predictive"]["log_loss"].to_numpy().reshape(-1, 29)
    before = inference_data["prior_predictive"]["log_loss"].to_numpy().reshape(-1, 29)
    below = (after < observed).mean(0)
    assert 0.2 < below.mean() < 0.8 and below.min() >= 0.0 and (below > 0.01).mean() > 0.9
    assert after.std(0).max() < 0.1 < before.std(0).min()
    drawn = small_fit.prior_predictive(count=300)
    assert dict(drawn.sizes) == dict(draw=300, run=29) and (drawn["loss"] > 0).all()
    at = small_fit.prior_predictive({"N": 1e9, "D": 2e10}, count=50)
    assert dict(at.sizes) == dict(draw=50, run=1)


def test_leave_one_out_by_arviz_is_ours(small_fit, inference_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # influential runs; deprecations of its own
        theirs = az.loo(inference_data, pointwise=True, reff=1.0)
    ours, k = small_fit.posterior.loo()
    elpd = getattr(theirs, "elpd_loo", None)
    assert float(theirs.elpd if elpd is None else elpd) == pytest.approx(ours.sum(), abs=1e-6)
    np.testing.assert_allclose(np.sort(theirs.pareto_k), np.sort(k), atol=1e-6)


def test_power_scaling_by_arviz_is_ours(small_fit, inference_data):
    """Its `psense` on the groups that it is given, beside `Fit.prior_sensitivity`."""
    names = ["alpha", "E"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if hasattr(az, "psens"):  # arviz 0.x
            theirs = az.psens(inference_data, component="prior", var_names=names)
            theirs = {name: float(theirs[name]) for name in names}
        else:
            theirs = az.psense_summary(inference_data, var_names=names)["prior"].to_dict()
    ours = small_fit.prior_sensitivity()["prior"]
    for name in names:
        assert float(theirs[name]) == pytest.approx(ours[name], rel=0.2, abs=0.01), name


def test_many_runs_are_predicted_block_by_block(small_fit, monkeypatch):
    """The surface is the same, the scatter near it, and no run is left over."""
    N = np.geomspace(3e7, 2e11, 75)
    new = {"N": N, "D": 25 * N}
    whole = small_fit.predict(new)
    draws = len(next(iter(small_fit.drawn()[1].values())))
    monkeypatch.setattr(surface, "CELLS", 32 * draws)
    blocks = small_fit.predict(new)
    assert len(blocks) == 75 and list(blocks["N"]) == list(N)
    np.testing.assert_allclose(blocks["loss_hi95"], whole["loss_hi95"], rtol=1e-12)
    np.testing.assert_allclose(blocks["observed_hi80"], whole["observed_hi80"], rtol=0.03)
