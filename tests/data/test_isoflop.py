"""IsoFLOP profiles, and the two steps of parabolas and a line."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.binding import bind
from bayesfit.data import isoflop
from bayesfit.data.runs import from_frame
from bayesfit.datasets import designs
from bayesfit.errors import InputError
from bayesfit.inference import mle
from bayesfit.prediction.optimum import optima
from bayesfit.problem import described_law

TEX = dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083)  # Hoffmann et al. 2022
TABLES = {  # N, FLOPs: Hoffmann et al. 2022, table 3 (approach 1) and table A3 (2 and 3)
    "approach 1": "400M 1.92e19  1B 1.21e20  10B 1.23e22  67B 5.76e23  175B 3.85e24  280B 9.90e24 "
    "520B 3.43e25  1T 1.27e26  10T 1.30e28",
    "approach 2": "400M 1.84e19  1B 1.20e20  10B 1.32e22  67B 6.88e23  175B 4.54e24  280B 1.18e25 "
    "520B 4.19e25  1T 1.59e26  10T 1.75e28",
    "approach 3": "400M 2.21e19  1B 1.62e20  10B 2.46e22  67B 1.71e24  175B 1.26e25  280B 3.52e25 "
    "520B 1.36e26  1T 5.65e26  10T 8.55e28",  # 175B is printed as 1.26e24, against its own tokens
}


def grid(p, width, sizes, shift=1.0, drift=0.0):
    """Noise-free profiles from N* / width to N* width; and the surface they lie on."""
    C = np.repeat(np.geomspace(1e18, 1e22, 5), sizes)
    G = (p["alpha"] * p["A"] / (p["beta"] * p["B"])) ** (1 / (p["alpha"] + p["beta"]))
    best = G * (C / 6) ** (p["beta"] / (p["alpha"] + p["beta"])) * shift * (C / 1e20) ** drift
    N = best * np.tile(np.geomspace(1 / width, width, sizes), 5)

    def surface(N, D):
        return p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]

    loss = surface(N, C / (6 * N))
    return from_frame(pd.DataFrame(dict(N=N, C=C, loss=loss)), "grid", simulated=True), surface


@pytest.mark.parametrize(
    "approach, slope", [("approach 1", 0.498), ("approach 2", 0.490), ("approach 3", 0.459)]
)
def test_slopes_of_the_published_tables(approach, slope):
    words = TABLES[approach].replace("M", "e6").replace("B", "e9").replace("T", "e12").split()
    N, C = np.log(np.array(words, float)).reshape(-1, 2).T
    assert np.polyfit(C, N, 1)[0] == pytest.approx(slope, abs=5e-4)


@pytest.mark.parametrize("width", [2, 16])
def test_two_steps_on_centred_grids_have_the_exponent(width):
    """Czech et al.: parabolas of centred grids bend the intercept alone."""
    runs, _ = grid(TEX, width, 1001)
    found = isoflop.two_step(runs).a
    assert found == pytest.approx(TEX["beta"] / (TEX["alpha"] + TEX["beta"]), abs=1e-9)


@pytest.mark.parametrize("width", [2, 16])
def test_approach_3_has_no_bias_on_the_same_grids(width):
    runs, _ = grid(TEX, width, 15)
    bound = bind(bayesfit.load_law("chinchilla_approach3"), runs, "normal")
    best = mle.race(bound, np.asarray(mle.starting_points(bound, 128, 0))[:, :5]).best()
    found = described_law(bound, best.q[None])
    truth = {name: np.array([value]) for name, value in TEX.items()}
    budgets = [1e19, 5.76e23, 1e26]
    ours, exact = (optima(bound.law, values, budgets)["D"] for values in (found, truth))
    np.testing.assert_allclose(ours, exact, rtol=1e-4)


def test_budgets_of_clean_and_digitised_tables(chinchilla):
    clean = isoflop.budgets(bayesfit.load("simulated_isoflop"))
    np.testing.assert_allclose(np.unique(clean), designs.BUDGETS)
    found = isoflop.budgets(chinchilla)
    for budget in designs.BUDGETS:  # digitised 5 % low
        assert np.min(np.abs(np.log(np.unique(found[found > 0]) / budget))) < 0.11
    assert 0.4 < np.isfinite(found).mean() < 0.7
    with pytest.raises(InputError, match="no isoFLOP profiles"):
        isoflop.two_step(bayesfit.load("pile"))


@pytest.mark.parametrize("runs", [100, 300, 600, 2000, 20_000])
def test_a_dense_sweep_over_compute_has_no_budgets(runs):
    """Each of many runs has others near its C; that is a row of them and no crowd."""
    rng = np.random.default_rng(0)
    table = dict(N=10 ** rng.uniform(7, 10, runs), C=10 ** rng.uniform(17, 23, runs), loss=3.0)
    found = isoflop.budgets(from_frame(pd.DataFrame(table), "dense", simulated=True))
    assert not np.isfinite(found).any()


def test_a_column_of_budgets_names_them():
    runs = bayesfit.load("simulated_isoflop")
    named = np.where(runs["C"] < 1e20, "small", "")
    table = runs.table.assign(budget=named)
    found = isoflop.budgets(from_frame(table, "named"))
    assert len(np.unique(found[np.isfinite(found)])) == 1
    assert (np.isfinite(found) == (named == "small")).all()


def test_two_steps_on_the_240_runs(chinchilla):
    """Hoffmann et al., table 2: a = .49, 80 % of resamples within .462 and .534."""
    found = isoflop.two_step(chinchilla, bootstrap=200)
    assert found.a == pytest.approx(0.49, abs=0.03)
    low, high = np.quantile(found.refits[:, 0], [0.1, 0.9])
    assert low < 0.49 < high and 0.02 < high - low < 0.1
    assert found.N(5.76e23) == pytest.approx(63e9, rel=0.25)


def test_few_runs_an_edge_and_a_hill():
    runs, _ = grid(TEX, 4, 11)
    budget, size = np.repeat(np.arange(5), 11), np.tile(np.arange(11), 5)
    few = (budget == 1) & (size > 3) & (size < 8)
    keep = few | (budget == 2) & (size > 5) | (budget > 2)
    kept = runs.subset(keep)
    found = isoflop.profiles(kept)
    assert found["runs"].tolist() == [4, 5, 11, 11]
    assert found["edge"].tolist() == [False, True, False, False]
    diverged = (budget == 4) & (size == 5)
    hill = isoflop.profiles(kept.with_column("loss", kept["loss"] + 0.5 * diverged[keep]))
    assert (hill["curvature"] < 0).tolist() == [False, False, False, True]
    assert np.isnan(hill["N"].iloc[-1])
