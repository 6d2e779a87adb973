"""What holds for every figure: the contract of a file, styles, stamps, axes of the user's."""

from dataclasses import replace
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

import bayesfit
from bayesfit import figures
from bayesfit.figures._shown import Shown
from bayesfit.figures._style import canvas
from bayesfit.law import Law

from .conftest import ASKED, of_another_law, power_law, texts

OF_N_AND_D = [
    "frontier",
    "isoflop_regret",
    "loss_at_scale",
    "fit_and_residuals",
    "posterior_predictive",
    "exponents",
    "prior_sensitivity",
    "pair_plot",
    "trace_and_rank",
]
OF_TABLES = dict(speedup="speedup", laws="comparison", calibration="backtest", design="design")
OF_TABLES |= dict(regret="budget", joint_region="budget", between_laws="budget")


def test_a_law_of_N_and_D_gets_every_figure_and_says_how_far_it_is(fit, drawn):
    assert list(drawn) == OF_N_AND_D
    heard = []
    figures.all_figures(fit, progress=lambda *step: heard.append(step))
    assert heard == [("figures", i + 1, len(OF_N_AND_D)) for i in range(len(OF_N_AND_D))]


@pytest.mark.parametrize("name", figures.names())
def test_every_file_says_how_its_figure_is_read(name):
    plot = figures.load(name)
    assert isinstance(plot, figures.Plot)
    assert plot.title[0].isupper() and "_" not in plot.title
    assert plot.caption.count(".") >= 2 and plot.caption.endswith(".")
    assert plot.of == OF_TABLES.get(name, "fit")


@pytest.mark.parametrize("name", OF_N_AND_D)
def test_every_figure_has_a_finding_and_named_axes(drawn, name):
    figure = drawn[name]
    assert figure.get_suptitle()
    for ax in figure.axes:
        assert ax.has_data()
        if name != "pair_plot":  # whose inner panels share the labels of the outer ones
            ticks = [t for t in ax.get_yticklabels() if t.get_text()]
            # Rows that are named need no name of the axis.
            assert ax.get_ylabel() or name in ("exponents", "prior_sensitivity")
            names = {"posterior", "E"}
            assert ax.get_ylabel() or not ticks or names & {t.get_text() for t in ticks}
    said = texts(figure)
    assert "nan" not in said.lower().split() and "SIMULATED" not in said


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("frontier", ["parameters", "tokens", "FLOPs", "tokens per parameter"]),
        ("isoflop_regret", ["parameters", "above the lowest loss, %"]),
        ("loss_at_scale", ["FLOPs", "nats per token", "%"]),
        ("fit_and_residuals", ["nats per token", "FLOPs", "tokens per parameter", "% of loss"]),
        ("exponents", ["nats per token"]),
    ],
)
def test_axes_say_their_units(drawn, name, units):
    axes = drawn[name].axes
    said = " ".join(ax.get_xlabel() + " " + ax.get_ylabel() for ax in axes)
    assert all(unit in said for unit in units)


@pytest.mark.parametrize("name", OF_N_AND_D)
def test_a_figure_is_drawn_into_axes_of_the_users(held, name):
    own = Figure(figsize=(12, 6), layout="constrained")
    FigureCanvasAgg(own)
    mine, other = own.subplots(1, 2)
    assert figures.draw(held, name, ax=mine, flops=ASKED) is own
    assert own.axes == [mine, other] and mine.has_data() and not other.has_data()
    assert mine.get_title("left") and not own.get_suptitle()
    assert figures.png(own, dpi=40)


def test_a_figure_is_a_method_of_a_fit_and_a_function(fit):
    by_fit = fit.plot.loss_at_scale(flops=ASKED)
    by_name = figures.draw(fit, "loss_at_scale", flops=[ASKED])
    by_function = bayesfit.figures.loss_at_scale(fit, flops=(ASKED,))
    pictures = {figures.png(figure, dpi=40) for figure in (by_fit, by_name, by_function)}
    assert len(pictures) == 1
    with pytest.raises(AttributeError, match="no figure"):
        _ = fit.plot.front


def test_importing_the_file_of_a_figure_leaves_the_function():
    import bayesfit.figures.exponents as one
    from bayesfit.figures.exponents import span

    assert callable(one) and callable(bayesfit.figures.exponents) and callable(span)


def test_completion_and_repr_name_the_figures_that_make_sense(fit):
    assert set(OF_N_AND_D) <= set(dir(fit.plot)) and "profiles" not in dir(fit.plot)
    assert {"frontier", "laws", "draw"} <= set(dir(figures)) and "_style" not in dir(figures)
    shown = repr(fit.plot)
    assert ".frontier(): The compute-optimal frontier" in shown and "profiles" not in shown


def test_a_name_that_is_wrong_or_makes_no_sense_is_one_sentence(fit):
    with pytest.raises(bayesfit.InputError, match="did you mean frontier"):
        figures.draw(fit, "fronteer")
    with pytest.raises(bayesfit.InputError, match="makes no sense for chinchilla_approach3"):
        figures.draw(fit, "profiles")
    with pytest.raises(bayesfit.InputError, match="tables of a comparison"):
        figures.draw(fit, "laws")
    with pytest.raises(bayesfit.InputError, match="no group is called 'x'"):
        figures.draw(fit, "frontier", group="x")


@pytest.mark.parametrize("flops", [-1.0, [1e24, 0.0], float("inf"), float("nan")])
def test_a_budget_is_a_positive_number(fit, flops):
    with pytest.raises(bayesfit.InputError, match="budgets have to be FLOPs above zero"):
        figures.draw(fit, "frontier", flops=flops)


PLUGIN = '''"""Runs, and nothing else."""
from bayesfit.figures import Plot, canvas, panel

def draw(fit, *, ax=None, flops=()):
    figure = canvas(4, 3, "Runs") if ax is None else panel(ax, "Runs")
    ax = figure.subplots() if ax is None else ax
    ax.plot(fit.runs["N"], fit.runs["D"], "o")
    return figure

plot = Plot(draw=draw, title="My runs", caption="Dots are runs.", order=15,
            applies=lambda fit: "N" in fit.law.inputs)
'''


def test_a_file_of_the_users_is_one_more_figure(fit, tmp_path, monkeypatch):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "my_runs.py").write_text(PLUGIN)
    assert "my_runs" not in figures.names()
    monkeypatch.setenv("BAYESFIT_PLUGINS", str(tmp_path))
    assert list(figures.of_fit(fit))[:2] == ["frontier", "my_runs"]
    assert "my_runs" in dir(fit.plot)
    simulated = replace(fit, runs=replace(fit.runs, simulated=True))
    figure = simulated.plot.my_runs()
    assert figure.get_suptitle() == "Runs" and "SIMULATED" in texts(figure)
    assert not figure.axes[0].spines["top"].get_visible()  # the house style
    assert "my_runs" not in figures.of_fit(of_another_law(fit, power_law("C")))


def test_png_is_a_picture_and_does_not_change(fit):
    one, two = (figures.png(figures.draw(fit, "loss_at_scale"), dpi=50) for _ in range(2))
    assert one.startswith(b"\x89PNG") and one == two


def test_svg_keeps_its_text_and_does_not_change(fit):
    one, two = (figures.svg(figures.draw(fit, "loss_at_scale")) for _ in range(2))
    assert one.startswith(b"<?xml") and one == two
    assert b"nats per token" in one


def test_pyplot_and_its_settings_are_left_alone(fit):
    before = dict(matplotlib.rcParams)
    figures.draw(fit, "exponents")
    assert dict(matplotlib.rcParams) == before
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_simulated_runs_are_stamped_on_every_figure(fit):
    simulated = replace(fit, runs=replace(fit.runs, simulated=True))
    for name, figure in figures.all_figures(simulated).items():
        assert "SIMULATED" in texts(figure), name
    own = Figure()
    FigureCanvasAgg(own)
    ax = own.subplots()
    figures.draw(simulated, "exponents", ax=ax)
    assert "SIMULATED" in [t.get_text() for t in ax.texts]


@pytest.mark.parametrize("column", ["N", "C"])
def test_laws_of_one_input_get_the_figures_that_make_sense(fit, column):
    drawn = figures.all_figures(of_another_law(fit, power_law(column)))
    assert {"fit_and_residuals", "exponents", "pair_plot", "trace_and_rank"} <= set(drawn)
    assert "frontier" not in drawn and "isoflop_regret" not in drawn
    assert ("loss_at_scale" in drawn) == (column == "C")
    for figure in drawn.values():
        assert figures.png(figure, dpi=40)


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
    assert figures.load("frontier").applies(other) == has_frontier
    assert figures.load("loss_at_scale").applies(other) == has_loss


def test_of_groups_that_with_most_runs_is_shown_and_named(fit):
    grouped = of_another_law(fit, _of_families(), E=1.5, alpha=0.2, off=0.0)
    named = figures.draw(grouped, "fit_and_residuals")
    assert "Pythia" in [t.get_text() for t in named.texts]
    assert "Cerebras-GPT" not in texts(named)
    other = figures.draw(grouped, "exponents", group="GPT-J")
    assert "GPT-J" in [t.get_text() for t in other.texts]
    _, large = grouped.runs.split("family != 'Pythia'")
    later = replace(grouped, held_out=large)
    assert "runs held out" not in texts(figures.draw(later, "fit_and_residuals", group="GPT-J"))
    assert "runs held out" in texts(figures.draw(later, "fit_and_residuals"))


def _of_families() -> Law:
    one = power_law("N")

    def priors(ref):
        own = one.priors(ref)
        return own | dict(off=own["E"].expand([ref.groups]).to_event(1))

    def log_loss(p, runs):
        return one.log_loss(p, runs) + p.off[runs.group]

    return replace(one, priors=priors, log_loss=log_loss, group="family")


LABELS = ["[bold]b[/bold]", "[/]", "$\\frac{1$", "=2+3", "\U0001f9ea", "漢字", "^_\\"]


def test_a_label_is_no_formula_and_no_markup(fit):
    """And a sign that the font has not is no warning."""
    names = [f"{LABELS[i % len(LABELS)]} {i}" for i in range(len(fit.runs))]
    odd = replace(fit, runs=fit.runs.with_column("run", names))
    for name in ("fit_and_residuals", "posterior_predictive", "isoflop_regret", "loss_at_scale"):
        assert figures.png(figures.draw(odd, name))
    for label in LABELS:
        figure = canvas(3, 2)
        Shown(label, odd, odd, odd).name_group(figure)
        Shown(label, odd, odd, odd).name_group(figure.subplots())
        assert figures.png(figure)


def test_a_picture_has_a_palette_unless_shades_would_be_lost():
    lines, shades = Figure(), Figure()
    lines.subplots().plot([0, 1, 2], [0, 1, 0])
    shades.subplots().imshow(np.random.default_rng(0).uniform(size=(40, 40, 3)))
    for figure, kind in ((lines, "P"), (shades, "RGB")):
        with Image.open(BytesIO(figures.png(figure))) as image:
            assert image.mode == kind


@pytest.mark.parametrize("width", [3.0, 4.6, 11.99, 12.0])
def test_a_picture_has_the_pixels_of_its_figure(width):
    """Whatever the fractions of a pixel do: a row that is one short makes all of it slant."""
    figure = Figure(figsize=(width, 3.3))
    figure.subplots().plot([0, 1], [0, 1], lw=4)
    plain = BytesIO()
    with figures.house():
        figure.savefig(plain, format="png", dpi=110)
    seen, wanted = (
        np.asarray(Image.open(x).convert("RGB"), int) for x in (BytesIO(figures.png(figure)), plain)
    )
    assert seen.shape == wanted.shape
    assert np.mean(np.abs(seen - wanted).max(2) > 32) < 1e-3


def test_the_settings_of_a_user_change_no_picture():
    """Such as LaTeX for all text, which few machines have, or lines that are drawn by hand."""

    def drawn():
        with figures.house():
            return canvas(3, 2, "title")

    plain = figures.png(drawn())
    odd = {"text.usetex": True, "path.sketch": (1, 100, 2), "savefig.transparent": True}
    with matplotlib.rc_context(odd):
        assert figures.png(drawn()) == plain
        assert matplotlib.rcParams["text.usetex"]
