"""The figures of parameters: which are shown, how far axes reach, densities, contours, ranks."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Annotation

from bayesfit import figures
from bayesfit.figures import _labels as labels
from bayesfit.figures import _parameters as parameters
from bayesfit.figures import _style as style
from bayesfit.figures.exponents import span
from bayesfit.figures.pair_plot import contours
from bayesfit.figures.trace_and_rank import rank_difference
from bayesfit.law import Published

from .conftest import of_another_law, power_law, texts


def test_main_parameters_go_by_their_roles(fit, drawn):
    assert parameters.main_names(fit) == ["alpha", "beta", "a", "E"]
    assert drawn["exponents"].get_suptitle().startswith("a = ")
    renamed = replace(power_law("N"), roles=dict(exponent_N="E"))  # its names mean nothing
    other = of_another_law(fit, renamed)
    assert parameters.main_names(other) == ["E", "alpha"]
    assert figures.draw(other, "exponents").get_suptitle().startswith("E = ")


def test_a_fit_without_bootstrap_shows_its_posterior(fit):
    figure = figures.draw(replace(fit, bootstrap=None), "exponents")
    assert "posterior" in texts(figure) and "bootstrap" not in texts(figure)


def test_one_refit_does_not_stretch_the_axis(fit):
    values = {name: x.copy() for name, x in fit.bootstrap.values.items()}
    before = span(fit, "beta")
    values["beta"][0, 3] = 50.0
    stretched = replace(fit, bootstrap=replace(fit.bootstrap, values=values))
    low, high = span(stretched, "beta")
    assert high - low < 2 * (before[1] - before[0])


def test_a_published_value_far_off_is_an_arrow(fit):
    far = replace(fit.law, published=(Published("Far 2020", dict(alpha=9.0)),))
    figure = figures.draw(replace(fit, law=far), "exponents")
    assert span(replace(fit, law=far), "alpha")[1] < 9
    arrows = [t for ax in figure.axes for t in ax.texts if isinstance(t, Annotation)]
    assert "9" in [t.get_text() for t in arrows]


def test_published_values_are_worked_out_where_the_paper_prints_enough(fit):
    marks = {s.source: v for s, v, _ in parameters.published_values(fit, "a")}
    assert marks["Besiroglu et al. 2024"] == pytest.approx(0.3658 / (0.3478 + 0.3658))


def test_contours_hold_the_share_of_draws_that_they_say():
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    y = 0.999 * x + 0.04 * rng.normal(size=4000)  # a ridge, as of A and alpha
    X, Y, height, (outer, inner) = contours(x, y)
    across = (Y - 0.999 * X) / 0.04  # distance is measured along the ridge and across it
    nearest = [
        np.argmin((X - a) ** 2 + (across - (b - 0.999 * a) / 0.04) ** 2)
        for a, b in zip(x[:800], y[:800], strict=True)
    ]
    at = height.ravel()[nearest]
    assert np.mean(at > inner) == pytest.approx(0.80, abs=0.05)
    assert np.mean(at > outer) == pytest.approx(0.95, abs=0.03)


def test_density_of_positive_draws_stays_positive_and_peaks_at_one():
    x = np.random.default_rng(0).exponential(size=2000)
    at = np.linspace(-1, 4, 200)
    y = parameters.density(x, at)
    assert np.all(y[at < 0] == 0) and y.max() == 1
    assert at[np.argmax(y)] < 0.3  # reflected, so the mode at the bound is kept


def test_a_stuck_chain_stands_out_in_the_ranks():
    chains = np.random.default_rng(0).normal(size=(4, 250))
    grid = np.linspace(0, 1, 101)
    allowed = np.sqrt(np.log(2 * 4 / 0.05) / (2 * 250))
    assert np.abs(rank_difference(chains, grid)).max() < allowed
    chains[2] += 1.0
    assert np.abs(rank_difference(chains, grid)[2]).max() > allowed


def test_labels_on_one_spot_are_spread():
    figure = style.canvas(5, 4)
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    spot = np.full(6, 0.5)
    labels.place(ax, spot, spot, ["one model"] * 6, avoid=np.empty((0, 2)))
    boxes = [t.get_window_extent() for t in ax.texts if isinstance(t, Annotation) and t.get_text()]
    assert len(boxes) == 6
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
