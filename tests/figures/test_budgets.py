"""The figures of budgets: numbers of the tables, budgets asked for, draws without an optimum."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from bayesfit import figures, formatting, powers
from bayesfit.datasets import as_runs, known_models
from bayesfit.figures import _budgets as budgets
from bayesfit.prediction import optimum

from .conftest import ASKED, texts


def median_line(ax):
    return max(ax.get_lines(), key=lambda line: np.ptp(np.log(line.get_xdata())))


def test_the_frontier_reaches_1e27_and_shows_the_same_numbers_as_the_table(fit, drawn):
    flops, N = median_line(drawn["frontier"].axes[0]).get_data()
    assert flops[-1] == pytest.approx(1e27)
    assert 1e24 in flops
    assert float(N[list(flops).index(1e24)]) == pytest.approx(fit.optimum([1e24])["N"][0])


def test_log_axes_speak_in_words(drawn):
    main = drawn["frontier"].axes[0]
    drawn["frontier"].draw_without_rendering()
    assert "1B" in [t.get_text() for t in main.get_yticklabels()]
    assert "10²²" in [t.get_text() for t in main.get_xticklabels()]


def test_known_models_are_named_without_overlaps(drawn):
    figure = drawn["frontier"]
    figure.draw_without_rendering()
    main = figure.axes[0]
    names = [f"{i} {model}" for i, model in enumerate(known_models()["model"], 1)]
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


@pytest.mark.parametrize("name", ["frontier", "loss_at_scale"])
def test_a_budget_asked_for_is_marked_with_its_value(held, drawn_held, name):
    row = held.optimum(ASKED).iloc[0]
    N, loss = (
        formatting.count(row["N"]),
        formatting.like(row["loss_at_N_lo80"], row["loss_at_N_hi80"]),
    )
    said = texts(drawn_held[name])
    value = f"N* {N}" if name == "frontier" else f"loss {loss(row['loss_at_N'])}"
    assert f"3.8×10²⁵: {value}" in said and "budget asked for" in said
    assert "3.8×10²⁵" in drawn_held[name].get_suptitle()
    lines = [line.get_xdata() for line in drawn_held[name].axes[0].get_lines()]
    assert [ASKED, ASKED] in [list(x) for x in lines]


def test_the_title_of_the_frontier_quotes_the_table(held, drawn_held):
    row = held.optimum(ASKED).iloc[0]
    ends = formatting.interval(row["N_lo80"], row["N_hi80"], formatting.count)
    assert f"For 3.8×10²⁵ FLOPs N* is {formatting.count(row['N'])} (80 %: {ends})" in drawn_held[
        "frontier"
    ].get_suptitle().replace("\n", " ")


def test_the_panels_have_the_budget_asked_for(drawn, drawn_held):
    with_it, without = texts(drawn_held["isoflop_regret"]), texts(drawn["isoflop_regret"])
    assert "3.8×10²⁵ FLOPs: best" in with_it and "3.8×10²⁵" not in without
    assert drawn_held["isoflop_regret"].get_suptitle().startswith("At 3.8×10²⁵ FLOPs")
    assert drawn["isoflop_regret"].get_suptitle().startswith("At 10²⁵ FLOPs")


def test_every_budget_asked_for_has_its_panel(fit):
    flops = [1e22, 3e24, 3.8e25, 9e25]
    said = texts(figures.draw(fit, "isoflop_regret", flops=flops))
    assert all(f"{powers.flops(C)} FLOPs: best" in said for C in flops)


def test_powers_are_set_as_such():
    said = {1e24: "10²⁴", 3.8e25: "3.8×10²⁵", 1e-3: "10⁻³", 1e25 / 3: "3.33×10²⁴"}
    assert {x: powers.flops(x) for x in said} == said
    assert powers.in_text("N* grows as C^a, L as C^-gamma") == "N* grows as Cᵃ, L as C⁻ᵞ"
    assert powers.in_text("x^y and C^(a/b)") == "x^y and C^(a/b)"  # as it was written
    assert powers.raised("0.37") == "⁰·³⁷" and powers.flops(np.inf) == "∞"


def test_figures_go_beyond_1e27_if_asked(fit):
    for name in ("frontier", "loss_at_scale"):
        C, _ = median_line(figures.draw(fit, name, flops=4e28).axes[0]).get_data()
        assert C[-1] > 4e28 and 4e28 in C and len(set(C)) == len(C) and (np.diff(C) > 0).all()


def test_budgets_asked_for_join_the_others_and_take_the_place_of_their_like(fit):
    assert budgets.woven([1e21, 1e23, 1e25], [3e23]) == [1e21, 1e23, 3e23, 1e25]
    assert budgets.woven([1e21, 1e23], [1.02e23, 3e23]) == [1e21, 1.02e23, 3e23]
    C = np.array(budgets.grid(fit, np.geomspace(1e24, 1e25, 10).tolist()))
    assert np.diff(np.log10(C)).max() < 1 / budgets.A_DECADE + 1e-9  # no long straight line
    assert budgets.asked(1e25) == [1e25] and budgets.asked([1e25, 1e21, 1e25]) == [1e21, 1e25]
    assert budgets.asked(()) == []


def test_held_out_runs_are_hollow_and_named(held, drawn_held):
    for name in ("frontier", "loss_at_scale"):
        main = drawn_held[name].axes[0]
        assert "runs held out" in [t.get_text() for t in main.get_legend().get_texts()]
        hollow = [line for line in main.get_lines() if line.get_markerfacecolor() == "none"]
        assert list(hollow[0].get_xdata()) == list(held.held_out["C"])


def with_endless_sizes(fit, share: float):
    """The fit, had this share of draws no best size."""
    cut, closed = float(np.quantile(fit.posterior.flat["alpha"], share)), fit.law.optimum

    def optimum(p, C):
        N, D = closed(p, C)
        none = p.alpha <= cut
        return jnp.where(none, jnp.inf, N), jnp.where(none, jnp.inf, D)

    return replace(fit, law=replace(fit.law, optimum=optimum, roles={}))


@pytest.mark.parametrize("share", [0.05, 0.6])
def test_draws_without_a_best_size_are_counted_in_the_title(fit, share):
    endless = with_endless_sizes(fit, share)
    title = figures.draw(endless, "frontier", flops=ASKED).get_suptitle().replace("\n", " ")
    found = float(np.mean(~np.isfinite(endless.optimum(ASKED, draws=True)["N"])))
    assert found == pytest.approx(share, abs=0.01)
    assert f"in {formatting.percent(found)} of draws no size is the best for 3.8×10²⁵" in title
    assert "N* grows as C⁰·" in title  # in the others
    panels = figures.draw(endless, "isoflop_regret", flops=ASKED)
    assert formatting.percent(found) in panels.get_suptitle().replace("\n", " ")
    assert (": no best size" in texts(panels)) == (share > 0.5)
    for name in ("frontier", "isoflop_regret", "loss_at_scale"):
        assert figures.png(figures.draw(endless, name), dpi=40)


def test_circles_stand_at_the_best_size_and_what_it_loses(fit):
    """A size loses something even where it is the median best one: it is not that of each draw."""
    figure = figures.draw(fit, "isoflop_regret", flops=1e23)
    [ax] = [ax for ax in figure.axes if ax.get_title("left").startswith("10²³")]
    [circle] = [x for x in ax.get_lines() if x.get_marker() == "o" and len(x.get_xdata()) == 1]
    N = fit.optimum(1e23)["N"][0]
    law, values = fit.drawn()
    lowest = optimum.optima(law, values, 1e23)["loss"][:, 0]
    regret = optimum.loss_of_size(law, values, [N], [1e23])[:, 0] / lowest - 1
    assert circle.get_xdata()[0] == pytest.approx(N)
    assert circle.get_ydata()[0] == pytest.approx(100 * np.median(regret), rel=1e-3, abs=1e-6)


def test_runs_of_a_budget_are_dots_above_its_lowest_loss(fit):
    C, above = 1e21, np.array([0.0, 0.01, 0.03, 0.05])
    lowest = np.median(optimum.optima(*fit.drawn(), C)["loss"])
    N = np.array([1e9, 2e9, 4e9, 8e9])
    runs = as_runs(dict(N=N, D=C / 6 / N, C=np.full(4, C), loss=lowest * (1 + above)))
    figure = figures.draw(replace(fit, runs=runs), "isoflop_regret")
    [ax] = [ax for ax in figure.axes if ax.get_title("left").startswith("10²¹")]
    [dots] = [line for line in ax.get_lines() if len(line.get_xdata()) == 4]
    assert list(dots.get_xdata()) == list(N)
    assert dots.get_ydata() == pytest.approx(100 * above, abs=1e-6)


def test_bands_are_smooth_between_budgets_and_exact_at_them():
    C = np.geomspace(1e20, 1e26, 13)
    found = dict(median=3.0 * C**0.5, hi80=3.0 * C**0.5 * np.exp(np.abs(np.log10(C) - 22)))
    fine, drawn = budgets.smooth(C, found)
    assert len(fine) > 3 * len(C) and (np.diff(fine) > 0).all() and set(C) <= set(fine)
    at = np.searchsorted(fine, C)
    for name, x in found.items():
        np.testing.assert_array_equal(drawn[name][at], x)
    np.testing.assert_allclose(drawn["median"], 3.0 * fine**0.5, rtol=1e-9)
    endless = found | dict(hi80=np.where(C > 1e25, np.inf, found["hi80"]))
    assert budgets.smooth(C, endless) == (C, endless)
