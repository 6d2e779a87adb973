"""Predictions, optima and findings against what is known by hand."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import bands, findings
from bayesfit.law import Law
from bayesfit.prediction import optimum
from bayesfit.prediction import surface as predict

HOFFMANN = dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083)


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


def test_the_gopher_budget():
    """Hoffmann et al.: 40B parameters at 5.76e23 FLOPs with unrounded values, 32B with rounded."""
    law = bayesfit.load_law("chinchilla_approach3")
    found = optimum.optima(law, one_draw(HOFFMANN), [5.76e23])
    assert found["N"].item() == pytest.approx(40.4e9, rel=0.005)
    assert found["D"].item() == pytest.approx(2.38e12, rel=0.005)
    rounded = dict(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)
    assert optimum.optima(law, one_draw(rounded), [5.76e23])["N"].item() == pytest.approx(
        32.2e9, rel=0.005
    )


def test_published_losses():
    law = bayesfit.load_law("chinchilla_approach3")
    rounded = one_draw(dict(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28))
    runs = dict(N=np.array([70e9, 280e9]), D=np.array([1.4e12, 300e9]))
    np.testing.assert_allclose(
        np.exp(predict.log_surface(law, rounded, runs))[0], [1.937, 1.993], atol=5e-4
    )


def test_slope_of_published_optima():
    law = bayesfit.load_law("chinchilla_approach3")
    found = optimum.optima(law, one_draw(HOFFMANN), [1e19, 1e28])
    slope = np.log(found["N"][0, 1] / found["N"][0, 0]) / np.log(1e9)
    assert slope == pytest.approx(0.4565, abs=5e-4)


@pytest.mark.slow
def test_larger_pile_runs_are_predicted(root):
    small, large = bayesfit.load("pile").split("N < 5e9")
    fit = bayesfit.fit(
        "chinchilla_approach3",
        small,
        likelihood="student_t",
        held_out=large,
        bootstrap=50,
        chains=8,
    )
    found = fit.predict(large)
    error = np.abs(found["loss"] / large["loss"] - 1)
    assert len(large) == 8 and error.mean() < 0.015
    assert (found["observed_lo95"] < large["loss"]).all()
    assert (found["observed_hi95"] > large["loss"]).all()
    assert fit.posterior.summary().loc["a", "median"] == pytest.approx(0.38, abs=0.06)
    weak = [f for f in findings.review(fit) if f.subject == "E"]
    assert weak and "weakly identified" in weak[0].finding
    whole = fit.ask("overview", flops=3e25)
    held = whole.predictions[whole.predictions["held_out"]]
    np.testing.assert_array_equal(held["loss"], found["loss"])  # the same draws, the same seed
    assert any("beyond the largest run fitted" in x for x in whole.warnings)
    assert any("Held out: 8 runs, predicted with" in x for x in whole.sentences)


def test_a_band_is_a_median_with_two_intervals():
    found = bands.band(np.arange(1001.0))
    assert found["median"] == 500 and (found["lo80"], found["hi80"]) == (100, 900)
    assert (found["lo95"], found["hi95"]) == (25, 975)
    endless = bands.band(np.array([1.0] * 95 + [np.inf] * 5))
    assert endless["hi95"] == np.inf and endless["hi80"] == 1.0


def test_observed_bands_are_wider_than_the_surface(small_fit):
    found = small_fit.predict(small_fit.runs)
    surface, observed = (found[f"{x}_hi95"] - found[f"{x}_lo95"] for x in ("loss", "observed"))
    assert (observed > surface).all()
    inside = (small_fit.runs["loss"] > found["observed_lo80"]) & (
        small_fit.runs["loss"] < found["observed_hi80"]
    )
    assert 0.6 < inside.mean() <= 1.0


def test_prediction_of_a_frame_and_a_missing_column(small_fit):
    found = small_fit.predict(pd.DataFrame(dict(N=[1e9, 1e10], D=[1e11, 1e11])))
    assert found["loss"].is_monotonic_decreasing
    with pytest.raises(bayesfit.InputError, match="needs column D"):
        small_fit.predict(dict(N=[1e9]))


def test_a_slope_that_never_ends_is_no_optimum():
    """A law with a valley at 1e9 parameters and ever less loss beyond 1e15: the valley is meant."""

    def log_loss(p, runs):
        x = jnp.log(runs.N / 1e9)
        return p.E + jnp.where(x < 10.0, 0.01 * x**2, 1.0 - 0.5 * (x - 10.0))

    law = Law(rows="final", priors=lambda ref: {}, log_loss=log_loss)
    best = optimum.optima(law, dict(E=np.zeros(2)), [1e24, 1e26])
    np.testing.assert_allclose(best["N"], 1e9, rtol=1e-6)
