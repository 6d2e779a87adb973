"""The figures that are drawn from tables: laws side by side, and whether bands held."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from bayesfit import figures
from bayesfit.bands import columns
from bayesfit.data.runs import from_frame
from bayesfit.datasets import published_exponents
from bayesfit.extrapolation.backtest import OURS, PAIRS
from bayesfit.figures.calibration import coverage

from .conftest import ASKED, texts

BUDGETS = np.array([1e22, 1e24, ASKED])


@pytest.fixture(scope="module")
def tables():
    """Exponents and optima of two laws, as `compare` makes them."""
    rng, exponents, optima = np.random.default_rng(0), {}, []
    for name, a in (("three", 0.5), ("both", 0.45)):
        slopes = rng.normal(a, 0.02, 400)
        N = 1e10 * np.exp(slopes[:, None] * np.log(BUDGETS / 1e22))
        if name == "both":
            N[:100, -1] = np.inf  # draws without a best size
        exponents[name] = columns("a", slopes)
        optima.append(pd.DataFrame({"law": name, "C": BUDGETS} | columns("N", N)))
    return pd.DataFrame.from_dict(exponents, orient="index"), pd.concat(optima)


def runs(simulated: bool = False):
    N = np.geomspace(1e8, 1e10, 9)
    return from_frame(pd.DataFrame(dict(N=N, D=20 * N, loss=3.0)), simulated=simulated)


def test_laws_and_papers_are_named_and_the_budget_is_marked(tables):
    figure = figures.load("laws").draw(*tables, runs(), flops=ASKED)
    said = " ".join(t.get_text() for t in figure.axes[0].get_yticklabels())
    assert "three" in said and all(
        s.partition(" (")[0] in said for s in published_exponents()["source"]
    )
    assert figure.get_suptitle().startswith("For 3.8×10²⁵ FLOPs the laws ask for")
    assert "3.8×10²⁵" in [t.get_text() for t in figure.axes[1].texts]
    assert len(figures.png(figure, dpi=40)) > 5_000
    assert "SIMULATED" not in texts(figure)
    assert "SIMULATED" in texts(figures.load("laws").draw(*tables, runs(simulated=True)))


def test_a_band_without_an_end_goes_through_the_edge(tables):
    exponents, optima = (table.copy() for table in tables)
    exponents.loc["both", ["a_hi80", "a_hi95"]] = np.inf
    assert not np.isfinite(optima["N_hi80"]).all()
    left, right = figures.load("laws").draw(exponents, optima, runs()).axes
    ends = [line.get_xdata().max() for line in left.lines if len(line.get_xdata()) == 2]
    assert max(ends) == pytest.approx(left.get_xlim()[1])
    tops = [np.max(path.vertices[:, 1]) for x in right.collections for path in x.get_paths()]
    assert max(tops) > right.get_ylim()[1] > 2 * optima["N"].max() / 1.0001


def test_laws_are_drawn_into_axes_of_the_users(tables):
    own = figures.canvas(5, 4)
    ax = own.subplots()
    assert figures.load("laws").draw(*tables, dict(N=[1e9], C=[1e20]), ax=ax) is own
    assert ax.get_ylabel() == "N*, parameters" and len(own.axes) == 1


def scored(thresholds=(1e20, 1e21)) -> pd.DataFrame:
    """Held-out runs as a backtest scores them; our bands are as wide as they should be."""
    rng, parts = np.random.default_rng(0), []
    for threshold in thresholds:
        off = rng.normal(size=40)
        for method, scale in ((OURS, 1.0), (PAIRS, 0.4)):
            ends = {"lo95": -1.96, "lo80": -1.28, "hi80": 1.28, "hi95": 1.96}
            table = {f"predicted_{end}": 2 * (1 + 0.01 * scale * z) for end, z in ends.items()}
            table |= dict(inside80=np.abs(off / scale) < 1.28, inside95=np.abs(off / scale) < 1.96)
            table |= dict(method=method, threshold=threshold, fitted=20, predicted=2.0)
            table |= dict(actual=2 * (1 + 0.01 * off), pit=norm.cdf(off / scale))
            parts.append(pd.DataFrame(table | dict(at=2 * threshold * np.arange(1, 41))))
    return pd.concat(parts, ignore_index=True)


def test_calibration_shows_every_method_and_every_refit():
    figure = figures.load("calibration").draw(scored(), simulated=True)
    said = texts(figure)
    assert OURS in said and PAIRS in said and "SIMULATED" in said
    assert figure.get_suptitle().startswith("2 refits, 80 values predicted before they were seen")
    assert "fitted C up to 10²⁰ (20 runs)" in said
    assert figures.png(figure, dpi=40)


def test_calibration_by_a_column_of_words_and_in_axes_of_the_users():
    table = scored((1e20,)).assign(threshold="Pythia", at="Pythia")
    figure = figures.load("calibration").draw(table, "family")
    assert "fitted without Pythia (20 runs)" in texts(figure)
    own = figures.canvas(5, 4)
    assert figures.load("calibration").draw(table, "family", ax=own.subplots()) is own


def test_coverage_of_a_uniform_pit_is_nominal():
    pit, nominal = np.linspace(0.0005, 0.9995, 1000), np.array([0.5, 0.8, 0.95])
    np.testing.assert_allclose(coverage(pit, nominal), nominal, atol=1e-3)
