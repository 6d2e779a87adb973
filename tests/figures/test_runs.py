"""The figures of runs: fitted ones, held-out ones, and responses on other links."""

from dataclasses import replace

import numpy as np
import pytest
from jax.numpy import log
from numpyro.distributions import Normal

from bayesfit import figures
from bayesfit.data.runs import from_frame
from bayesfit.figures._replicates import predicted, replicates
from bayesfit.law import Law, logit

from .conftest import of_another_law, texts


def test_a_table_without_families_is_coloured_by_tokens(fit):
    plain = from_frame(fit.runs.table[["N", "D", "C", "loss"]])
    figure = figures.draw(replace(fit, runs=plain), "fit_and_residuals")
    assert "coloured by D" in texts(figure)
    assert "Pythia" not in texts(figure)


def test_held_out_runs_are_shown_with_their_residuals(held, drawn_held):
    figure = drawn_held["fit_and_residuals"]
    main, upper, _ = figure.axes
    assert "runs held out" in [t.get_text() for t in main.get_legend().get_texts()]
    hollow = [line for line in upper.get_lines() if line.get_markerfacecolor() == "none"]
    fitted = held.predict(held.held_out)["loss"].to_numpy()
    np.testing.assert_allclose(
        hollow[0].get_ydata(), 100 * (held.held_out["loss"] / fitted - 1), atol=0.05
    )
    assert "held out: " in figure.get_suptitle()


def test_what_was_predicted_stands_against_what_happened(held, drawn_held):
    figure = drawn_held["posterior_predictive"]
    ax = figure.axes[-1]
    assert "held out" in ax.get_title("left")
    hollow = next(line for line in ax.get_lines() if line.get_markerfacecolor() == "none")
    assert list(hollow.get_xdata()) == pytest.approx(list(held.held_out["loss"]))
    table = held.predict(held.held_out)
    assert list(hollow.get_ydata()) == pytest.approx(list(table["observed"]))
    inside = (table["observed_lo80"] <= held.held_out["loss"]) & (
        held.held_out["loss"] <= table["observed_hi80"]
    )
    assert f"held out: {inside.sum()} and " in figure.get_suptitle()


def test_predictions_are_those_of_the_table(fit):
    table, again = fit.predict(fit.runs), replicates(fit)
    np.testing.assert_allclose(np.exp(again.ends["hi95"]), table["observed_hi95"])
    assert replicates(fit) is again
    np.testing.assert_array_equal(predicted(fit, fit.runs).pit, again.pit)


def accuracy_law() -> Law:
    def log_loss(p, runs):
        return p.level + p.slope * (log(runs.N / 1e9) + log(runs.D / 1e11))

    priors = dict(level=Normal(0.0, 2.0), slope=Normal(0.0, 1.0))
    return Law(
        priors=lambda ref: priors, log_loss=log_loss, rows="final", response="accuracy",
        link=logit, name="accuracy",
    )  # fmt: skip


def test_an_accuracy_is_shown_as_it_is(fit):
    scale = np.log(fit.runs["N"] / 1e9) + np.log(fit.runs["D"] / 1e11)
    accuracy = logit.inverse(-1.0 + 0.3 * scale)
    runs = fit.runs.with_column("accuracy", accuracy)
    other = of_another_law(fit, accuracy_law(), runs, level=-1.0, slope=0.3)
    small, large = runs.split("C < 1e22")
    drawn = figures.all_figures(replace(other, runs=small, held_out=large))
    assert "frontier" not in drawn and "loss_at_scale" not in drawn
    figure = drawn["fit_and_residuals"]
    main, upper, _ = figure.axes
    assert main.get_ylabel() == "accuracy" and "points of accuracy" in upper.get_ylabel()
    assert 0 < main.get_ylim()[1] < 1.1 and "points" in figure.get_suptitle()
    assert "% of accuracy" not in texts(drawn["posterior_predictive"])
    for figure in drawn.values():
        assert figures.png(figure, dpi=40)
