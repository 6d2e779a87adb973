"""Figures: what each must show, for a law of N and D and for laws of less."""

from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pytest
from jax.numpy import log
from matplotlib.text import Annotation, Text
from numpyro.distributions import LogNormal

import bayesfit
from bayesfit import figures
from bayesfit.data.runs import from_frame
from bayesfit.datasets import known_models
from bayesfit.figures import _labels as labels
from bayesfit.figures import _style as style
from bayesfit.figures import compute, parameters
from bayesfit.figures.chains import rank_difference
from bayesfit.law import Law
from bayesfit.problem import bind

TINY: dict[str, Any] = dict(starts=8, bootstrap=32, chains=4, draws=60)
OF_N_AND_D = {
    "frontier",
    "isoflop_slices",
    "loss_at_scale",
    "fit_and_residuals",
    "posterior_predictive",
    "exponents",
    "pair_plot",
    "trace_and_rank",
}


@pytest.fixture(scope="module")
def fit():
    return bayesfit.fit("chinchilla_approach3", bayesfit.load("pile"), **TINY)


@pytest.fixture(scope="module")
def drawn(fit):
    return figures.all_figures(fit)


def power_law(column: str) -> Law:
    """L = E + (scale / x)^alpha, of one column."""

    def log_loss(p, runs):
        x = getattr(runs, column) / 1e9 if column == "N" else getattr(runs, column) / 1e21
        return log(p.E + x**-p.alpha)

    priors = dict(E=LogNormal(0.0, 0.5), alpha=LogNormal(-2.0, 0.5))
    return Law(priors=lambda ref: priors, log_loss=log_loss, inputs=(column,), name=column)


def of_another_law(fit, law: Law):
    """As if `law` had been fitted: its parameters drawn at random, the noise as it was."""
    shape, rng = fit.posterior.stats["diverging"].shape, np.random.default_rng(0)
    values = dict(E=rng.normal(1.5, 0.01, shape), alpha=rng.normal(0.2, 0.01, shape))
    noise = {name: fit.posterior.values[name] for name in ("sigma", "nu")}
    return replace(
        fit,
        law=law,
        problem=bind(law, fit.runs),
        estimate=dict(E=1.5, alpha=0.2),
        posterior=replace(fit.posterior, values=values | noise),
        bootstrap=replace(fit.bootstrap, values=values),
    )


def texts(figure) -> str:
    """All that is written on a figure, titles included."""
    found = [t.get_text() for t in figure.findobj(Text)]
    return "\n".join(found)


def test_a_law_of_N_and_D_gets_every_figure_and_says_how_far_it_is(fit):
    told = []
    drawn = figures.all_figures(fit, lambda *step: told.append(step))
    assert set(drawn) == OF_N_AND_D
    assert told == [("figures", i + 1, len(OF_N_AND_D)) for i in range(len(OF_N_AND_D))]


@pytest.mark.parametrize("name", sorted(OF_N_AND_D))
def test_every_figure_has_a_finding_and_named_axes(drawn, name):
    figure = drawn[name]
    assert figure.get_suptitle()
    for ax in figure.axes:
        assert ax.has_data()
        if name != "pair_plot":  # whose inner panels share the labels of the outer ones
            ticks = [t for t in ax.get_yticklabels() if t.get_text()]
            assert ax.get_ylabel() or name == "exponents"  # a forest names its rows instead
            assert ax.get_ylabel() or not ticks or "posterior" in [t.get_text() for t in ticks]
    said = texts(figure)
    assert "nan" not in said.lower().split() and "SIMULATED" not in said


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("frontier", ["parameters", "tokens", "FLOPs", "tokens per parameter"]),
        ("isoflop_slices", ["parameters", "nats per token"]),
        ("loss_at_scale", ["FLOPs", "nats per token", "%"]),
        ("fit_and_residuals", ["nats per token", "FLOPs", "tokens per parameter", "% of loss"]),
        ("exponents", ["nats per token"]),
    ],
)
def test_axes_say_their_units(drawn, name, units):
    axes = drawn[name].axes
    said = " ".join(ax.get_xlabel() + " " + ax.get_ylabel() for ax in axes)
    assert all(unit in said for unit in units)


def test_log_axes_speak_in_words(drawn):
    main = drawn["frontier"].axes[0]
    drawn["frontier"].draw_without_rendering()
    assert "1B" in [t.get_text() for t in main.get_yticklabels()]
    assert "1e22" in [t.get_text() for t in main.get_xticklabels()]


def test_png_is_a_picture_and_does_not_change(fit):
    one, two = (figures.png(figures.loss_at_scale(fit), dpi=50) for _ in range(2))
    assert one.startswith(b"\x89PNG") and one == two


def test_pyplot_and_its_settings_are_left_alone(fit):
    before = dict(matplotlib.rcParams)
    figures.exponents(fit)
    assert dict(matplotlib.rcParams) == before
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_simulated_runs_are_stamped_on_every_figure(fit):
    simulated = replace(fit, runs=replace(fit.runs, simulated=True))
    for name, figure in figures.all_figures(simulated).items():
        assert "SIMULATED" in texts(figure), name


def test_the_frontier_reaches_1e27_and_shows_the_same_numbers_as_the_table(fit, drawn):
    main = drawn["frontier"].axes[0]
    median = next(line for line in main.get_lines() if len(line.get_xdata()) > 20)
    flops, N = median.get_data()
    assert flops[-1] == pytest.approx(1e27)
    C = float(flops[20])
    assert float(N[20]) == pytest.approx(fit.optimum([C])["N"][0])


def test_known_models_are_named_without_overlaps(drawn):
    figure = drawn["frontier"]
    figure.draw_without_rendering()
    main = figure.axes[0]
    names = list(known_models()["model"])
    named = [t for t in main.texts if t.get_text() in names]
    assert sorted(t.get_text() for t in named) == sorted(names)
    boxes = [t.get_window_extent() for t in named]
    clashes = [
        (a.get_text(), b.get_text())
        for i, a in enumerate(named)
        for j, b in enumerate(named)
        if i < j and boxes[i].padded(-0.5).overlaps(boxes[j].padded(-0.5))
    ]
    assert clashes == []
    frame = main.get_window_extent()
    assert all(frame.containsx(b.x0) and frame.containsx(b.x1) for b in boxes)


def test_labels_on_one_spot_are_spread(fit):
    figure = style.canvas(5, 4)
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    spot = np.full(6, 0.5)
    labels.place(ax, spot, spot, ["one model"] * 6, avoid=np.empty((0, 2)))
    boxes = [t.get_window_extent() for t in ax.texts if isinstance(t, Annotation) and t.get_text()]
    assert len(boxes) == 6
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("column", ["N", "C"])
def test_laws_of_one_input_get_the_figures_that_make_sense(fit, column):
    drawn = figures.all_figures(of_another_law(fit, power_law(column)))
    assert {"fit_and_residuals", "exponents", "pair_plot", "trace_and_rank"} <= set(drawn)
    assert "frontier" not in drawn and "isoflop_slices" not in drawn
    assert ("loss_at_scale" in drawn) == (column == "C")
    for figure in drawn.values():
        assert figures.png(figure, dpi=40)


def test_a_table_without_families_is_coloured_by_tokens(fit):
    plain = from_frame(fit.runs.table[["N", "D", "C", "loss"]])
    figure = figures.fit_and_residuals(replace(fit, runs=plain))
    assert "coloured by D" in texts(figure)
    assert "Pythia" not in texts(figure)


def test_published_values_are_worked_out_where_the_paper_prints_enough(fit):
    marks = {s.source: v for s, v, _ in parameters.published_values(fit, "a")}
    assert marks["Besiroglu et al. 2024"] == pytest.approx(0.3658 / (0.3478 + 0.3658))


def test_contours_hold_the_share_of_draws_that_they_say():
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    y = 0.999 * x + 0.04 * rng.normal(size=4000)  # a ridge, as of A and alpha
    X, Y, height, (outer, inner) = parameters.contours(x, y)
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


@pytest.mark.parametrize(
    ("inputs", "has_frontier", "has_loss"),
    [
        (("N", "D"), True, True),
        (("N", "D", "C"), True, True),
        (("N",), False, False),
        (("C",), False, True),
        (("N", "D", "experts"), False, False),
    ],
)
def test_which_laws_have_a_frontier(fit, inputs, has_frontier, has_loss):
    other = replace(fit, law=replace(fit.law, inputs=inputs, optimum=None))
    assert compute.has_frontier(other) == has_frontier
    assert compute.has_loss_at_scale(other) == has_loss
