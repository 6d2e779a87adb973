"""IsoFLOP profiles, the two steps, the envelope of curves, and what their designs can bear."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import problem
from bayesfit.data import envelope, isoflop
from bayesfit.data.runs import from_frame
from bayesfit.datasets import designs
from bayesfit.errors import InputError
from bayesfit.extrapolation import refits as ladder
from bayesfit.findings import _isoflop as design_checks
from bayesfit.inference import mle
from bayesfit.prediction.optimum import optima

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


def bias(runs, surface):
    found = design_checks.parabola_bias(surface, runs)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "approach, slope", [("approach 1", 0.498), ("approach 2", 0.490), ("approach 3", 0.459)]
)
def test_slopes_of_the_published_tables(approach, slope):
    words = TABLES[approach].replace("M", "e6").replace("B", "e9").replace("T", "e12").split()
    N, C = np.log(np.array(words, float)).reshape(-1, 2).T
    assert np.polyfit(C, N, 1)[0] == pytest.approx(slope, abs=5e-4)


@pytest.mark.parametrize("width, published", [(2, 0.003), (16, 0.041)])
def test_the_published_bias_of_parabolas(width, published):
    """Czech et al.: 0.3 % at +-2x, 4.1 % at +-16x, in D*; dense grids of the unrounded law."""
    runs, surface = grid(TEX, width, 1001)
    found = bias(runs, surface)
    in_D = 1 / (1 + found.optima) - 1
    np.testing.assert_allclose(np.round(-in_D, 3), published)
    assert found.exponent == pytest.approx(0.0, abs=1e-9)  # centred grids: the intercept alone
    classical = isoflop.two_step(runs)
    assert classical.a == pytest.approx(TEX["beta"] / (TEX["alpha"] + TEX["beta"]), abs=1e-9)


@pytest.mark.parametrize("width", [2, 16])
def test_approach_3_has_no_bias_on_the_same_grids(width):
    runs, _ = grid(TEX, width, 15)
    bound = problem.bind(bayesfit.load_law("chinchilla_approach3"), runs)
    best = mle.race(bound, np.asarray(mle.starting_points(bound, 128, 0))[:, :5]).best()
    found = {name: x[:1] for name, x in ladder.describe_law(bound, best.q[None]).items()}
    truth = {name: np.array([value]) for name, value in TEX.items()}
    budgets = [1e19, 5.76e23, 1e26]
    ours, exact = (optima(bound.law, values, budgets)["D"] for values in (found, truth))
    np.testing.assert_allclose(ours, exact, rtol=1e-4)


def test_few_points_are_worse_and_drifting_centres_bend_the_exponent():
    few = [bias(*grid(TEX, 16, sizes)).optima[0] for sizes in (5, 15)]
    assert few == pytest.approx([0.0610, 0.0485], abs=1e-4)
    runs, surface = grid(TEX, 16, 15, drift=0.1)
    bent = bias(runs, surface)
    assert abs(bent.exponent) > 1e-3
    said, warn = design_checks.bias_in_words(bent)
    assert warn and "without noise" in said


def test_budgets_of_clean_and_digitised_tables(chinchilla):
    clean = isoflop.budgets(bayesfit.load("simulated_isoflop"))
    np.testing.assert_allclose(np.unique(clean), designs.BUDGETS)
    found = isoflop.budgets(chinchilla)
    for budget in designs.BUDGETS:  # digitised 5 % low
        assert np.min(np.abs(np.log(np.unique(found[found > 0]) / budget))) < 0.11
    assert 0.4 < np.isfinite(found).mean() < 0.7
    with pytest.raises(InputError, match="no isoFLOP profiles"):
        isoflop.two_step(bayesfit.load("pile"))


def test_a_column_of_budgets_is_taken_at_its_word():
    runs = bayesfit.load("simulated_isoflop")
    named = np.where(runs["C"] < 1e20, "small", "")
    table = runs.table.assign(budget=named)
    found = isoflop.budgets(from_frame(table, "named"))
    assert len(np.unique(found[np.isfinite(found)])) == 1
    assert (np.isfinite(found) == (named == "small")).all()


def test_two_steps_on_the_240_runs(chinchilla):
    """Hoffmann et al., table 2: a = .49, 80 % of resamples within .462 and .534."""
    told = isoflop.two_step(chinchilla, bootstrap=200)
    assert told.a == pytest.approx(0.49, abs=0.03)
    low, high = np.quantile(told.refits[:, 0], [0.1, 0.9])
    assert low < 0.49 < high and 0.02 < high - low < 0.1
    assert told.N(5.76e23) == pytest.approx(63e9, rel=0.25)


def test_few_runs_and_an_edge_are_said():
    runs, _ = grid(TEX, 4, 11)
    budget = np.repeat(np.arange(5), 11)
    size = np.tile(np.arange(11), 5)
    few = (budget == 1) & (size > 3) & (size < 8)
    kept = runs.subset(few | (budget == 2) & (size > 5) | (budget > 2))
    said = [finding for finding, _ in design_checks.profiles_in_words(kept)]
    assert len(said) == 2
    assert "1 of 4 isoFLOP profiles have fewer than 5 runs (1e19 FLOPs)" in said[0]
    assert "edge of the profile of 1e20 FLOPs" in said[1]
    assert not design_checks.profiles_in_words(runs)


def test_a_ray_has_no_diversity():
    N = np.geomspace(1e8, 1e10, 12)
    ray = from_frame(pd.DataFrame(dict(N=N, D=20 * N, loss=2 + 400 / N**0.34)))
    assert design_checks.ray_diversity(ray, 0.3) == pytest.approx(0.0, abs=1e-12)
    assert design_checks.ray_diversity(bayesfit.load("pile"), 0.3) > 0.3


def test_the_envelope_of_noise_free_curves():
    sizes = np.geomspace(4e7, 4e9, 24)
    N = np.repeat(sizes, 48)
    D = N * np.tile(np.geomspace(1, 300, 48), 24)
    run = np.repeat(np.arange(24), 48)
    curves = pd.DataFrame(dict(run=run, N=N, D=D, loss=designs.surface(N, D)))
    found = envelope.envelope(from_frame(curves, "curves"))
    slope = np.polyfit(np.log(found["C"]), np.log(found["N"]), 1)[0]
    assert slope == pytest.approx(designs.BETA / (designs.ALPHA + designs.BETA), abs=0.003)
    assert (found["N"] > sizes[0]).all() and (found["N"] < sizes[-1]).all()
    assert found["counts_as"].sum() == pytest.approx(found.table["run"].nunique())
    assert "winner's curse" in found.notes[-1]


def test_a_minimum_of_noisy_curves_lies_below_the_losses_to_expect():
    lucky = []
    for seed in range(10):
        found = envelope.envelope(from_frame(designs.curves(seed), "curves"))
        expected = designs.surface(found["N"], found["D"])
        lucky.append(np.mean(np.log(found["loss"] / expected)))
    assert np.mean(lucky) < -0.2 * designs.SEEDS


def test_what_is_no_curve_is_refused():
    with pytest.raises(InputError, match="no column run"):
        envelope.envelope(bayesfit.load("simulated_isoflop"))
    with pytest.raises(InputError, match="fewer than 3 sizes"):
        envelope.envelope(bayesfit.load("pile"))


def gemstones(folder, tokens):
    """The constant-rate runs, with FLOPs as McLeish et al. 2025 (arXiv:2502.06857) count them."""
    table = pd.read_csv(folder / "gemstones_curves.csv")
    table = table[(table["schedule"] == "constant") & (table["D"] <= tokens)]
    width, depth, length = table["width"], table["depth"], 2048
    projections = 4 * width**2 + 5.25 * width + 2 * width**2
    scores = width * length + 3 / 128 * width * length + 2 * width * length
    attention = 3 * projections + 3.5 * scores
    block = 3 * (24 * width**2 + 40 * width + 2 * width + 14 * width)
    per_token = depth * (attention + block) + 3 * (7 * width + 2 * width * 50304)
    table = table.assign(N=table["N_total"], C=per_token * table["D"])
    return from_frame(table[["run", "N", "D", "C", "loss"]], "gemstones")


@pytest.mark.parametrize("tokens, exponent", [(100.3e9, 0.499), (np.inf, 0.458)])
def test_gemstones_by_their_own_envelope(shared_data, tokens, exponent):
    found = envelope.hull(gemstones(shared_data, tokens))
    slope = np.polyfit(np.log(found["C"]), np.log(found["N"]), 1)[0]
    assert slope == pytest.approx(exponent, abs=5e-4)
