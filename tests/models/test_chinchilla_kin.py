"""The kin of approach 3: what papers print of them, their closed forms, and recovery of a truth."""

from importlib import import_module

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

import bayesfit
from bayesfit import binding, models
from bayesfit.data.runs import from_frame
from bayesfit.inference import mle
from bayesfit.law import View
from bayesfit.prediction import optimum
from bayesfit.prediction import surface as predict
from bayesfit.problem import described_law

BESIROGLU = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
HOFFMANN = dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083)
GADRE = {  # corpus -> E, a, b, eta; Gadre et al. 2024, arXiv:2403.08540
    "c4_original": (1.51, 141, 190, 0.121),
    "rpj": (1.84, 212, 367, 0.136),
    "rw_original": (1.73, 157, 246, 0.127),
}


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


def simulated(law, p, seed=0, runs=80, sigma=0.0):
    """Runs of a law at known parameters, N and D independent."""
    rng = np.random.default_rng(seed)
    N = 10 ** rng.uniform(7.5, 10.0, runs)
    D = N * 10 ** rng.uniform(0.3, 2.3, runs)
    surface = predict.log_surface(law, one_draw(p), dict(N=N, D=D))[0]
    loss = np.exp(surface + sigma * rng.standard_normal(runs))
    return from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "simulated", simulated=True)


def best_fit(law, runs, starts=8):
    """The paper's parameters at the MLE, which most starts reach."""
    bound = binding.bind(law, runs, "normal")
    found = mle.minimise(bound, mle.starting_points(bound, starts)[:, : bound.law_dimension])
    assert np.mean(found.objective < found.objective.min() * (1 + 1e-6)) > 0.5
    return {name: float(x[0]) for name, x in described_law(bound, found.best().q[None]).items()}


@pytest.mark.parametrize("corpus", GADRE)
def test_published_over_training_coefficients(shared_data, corpus):
    """From five runs of each corpus: D/N = 20 below 0.5B parameters, and 11M at 320."""
    law = models.load("overtraining")
    table = pd.read_csv(shared_data / "gadre_overtrain.csv")
    table = table[table["family"] == corpus]
    small, M = table["N_total"], table["tokens_per_param"]
    five = table[((M == 20) & (small < 0.5e9)) | ((M == 320) & (small < 0.02e9))]
    assert len(five) == 5
    N, D = five["N_total"].to_numpy(float), five["D"].to_numpy(float)

    def loss(_, E, a_N, a_D, eta):
        p = View(E=E, a_N=a_N, a_D=a_D, eta=eta)
        return np.exp(np.asarray(law.log_loss(p, View(N=N, D=D))))

    found, _ = curve_fit(loss, N, five["loss"].to_numpy(), p0=(1.5, 150, 200, 0.12))
    digits = (2, 0, 0, 3)
    assert tuple(round(x, d) for x, d in zip(found, digits, strict=True)) == GADRE[corpus]


def test_over_training_is_the_tied_law_told_by_budget_and_ratio():
    tied, over = models.load("chinchilla_tied"), models.load("overtraining")
    p = dict(E=1.9, A=500.0, B=1400.0, alpha=0.35)
    eta = p["alpha"] / 2
    q = dict(E=1.9, a_N=p["A"] * 6**eta, a_D=p["B"] * 6**eta, eta=eta)
    runs = dict(N=np.array([1e8, 3e9]), D=np.array([4e10, 2e10]))
    a, b = (predict.log_surface(law, one_draw(x), runs) for law, x in ((tied, p), (over, q)))
    np.testing.assert_allclose(a, b, rtol=1e-12)
    at = [optimum.optima(law, one_draw(x), [1e23])["N"] for law, x in ((tied, p), (over, q))]
    np.testing.assert_allclose(*at, rtol=1e-9)
    ratio = optimum.optima(tied, one_draw(p), [1e20, 1e25])["tokens_per_parameter"]
    np.testing.assert_allclose(ratio, float(tied.derived(View(**p))["M_star"]), rtol=1e-9)


def test_what_muennighoff_et_al_make_of_c4():
    (printed,) = models.load("chinchilla_tied").published
    assert [round(printed.values[x], d) for x, d in (("A", 0), ("B", 0), ("E", 2))] == [
        521,
        1488,
        1.87,
    ]


@pytest.mark.parametrize(
    "p, exponent, slope", [(BESIROGLU, 0.78, -0.069), (HOFFMANN, 0.74, -0.066)]
)
def test_kaplan_from_chinchilla_without_embeddings(p, exponent, slope):
    """Pearce & Song: local exponents over Kaplan's sizes, 790 to 1.58e9, budgets evenly spread."""
    law, module = models.load("pearce_song"), import_module("bayesfit.models.pearce_song")
    sizes = np.geomspace(790, 1.58e9, 2000)
    log_C = np.asarray(module.log_flops(View(**p), sizes))
    even = np.linspace(log_C[0], log_C[-1], 50)
    log_N = np.interp(even, log_C, np.log(sizes))
    assert np.polyfit(even, log_N, 1)[0] == pytest.approx(exponent, abs=0.008)
    best = dict(N=np.exp(log_N), D=np.exp(even - log_N) / 6)
    log_loss = predict.log_surface(law, one_draw(p), best)[0]
    assert np.polyfit(even, log_loss, 1)[0] == pytest.approx(slope, abs=1e-3)


def test_the_local_exponent_is_the_slope_of_the_searched_optimum():
    law, module = models.load("pearce_song"), import_module("bayesfit.models.pearce_song")
    p = View(**BESIROGLU)  # it has no closed form
    for N in (1e5, 1e8, 1e11):
        log_C = module.log_flops(p, N)
        best = optimum.optima(law, one_draw(BESIROGLU), [float(jnp.exp(log_C))])["N"].item()
        assert best == pytest.approx(N, rel=1e-6)
        slope = 1 / jax.grad(lambda x: module.log_flops(p, jnp.exp(x)))(jnp.log(N))
        assert module.local_exponent(p.alpha, p.beta, N) == pytest.approx(float(slope), rel=1e-9)
    ends = [float(module.local_exponent(p.alpha, p.beta, N)) for N in (1e-3, 1e17)]
    got = law.derived(p)
    assert ends == pytest.approx([float(got["a_small"]), float(got["a"])], abs=2e-3)


TRUTHS = {
    "chinchilla_tied": dict(E=1.87, A=521.0, B=1488.0, alpha=0.35266),
    "overtraining": dict(E=1.5, a_N=140.0, a_D=190.0, eta=0.12),
    "pearce_song": BESIROGLU,
}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_comes_back(name):
    law, sigma = models.load(name), 1e-4
    p = best_fit(law, simulated(law, TRUTHS[name], sigma=sigma))
    for parameter, value in TRUTHS[name].items():
        assert p[parameter] == pytest.approx(value, rel=300 * sigma), parameter


@pytest.mark.slow
def test_farseer_finds_what_no_separable_law_can():
    """Data worth less to large models: the surface comes back, ten times beyond the runs."""
    law, ref = models.load("farseer"), View(N=5e8, D=2e10, loss=3.0)
    theta = dict(L_ref=3.0, share_D=0.2, slope_N=0.06, exponent_D=0.35, endless=0.5, scarce=-0.3)
    p = law.textbook(View(**theta, bend_endless=-0.1, bend_exponent=0.0, bend_D=0.0), ref)
    p = {name: float(x) for name, x in p.items()}
    found = best_fit(law, simulated(law, p, sigma=1e-4))
    beyond = dict(N=np.array([1e11, 1e11, 1e10]), D=np.array([1e12, 2e13, 2e13]))
    surfaces = [predict.log_surface(law, one_draw(x), beyond)[0] for x in (p, found)]
    np.testing.assert_allclose(*surfaces, atol=2e-3)
    separable = models.load("chinchilla_approach3")
    other = best_fit(separable, simulated(law, p, sigma=1e-4))
    missed = predict.log_surface(separable, one_draw(other), beyond)[0] - surfaces[0]
    assert np.abs(missed).max() > 5e-3


@pytest.mark.slow
def test_olmo_from_its_ladder(shared_data):
    """30 runs to 1.3B predict 7B on 4T and 13B on 5T tokens within half a per cent."""
    table = pd.read_csv(shared_data / "olmo_ladder.csv").set_index("run")
    ladder = table[table["family"] == "ladder"]
    law = models.load("chinchilla_approach3")
    runs = from_frame(ladder[["N", "D", "loss"]], "ladder")
    p = best_fit(law, runs)
    large = table.loc[["OLMo2-7B-4T-anneal", "OLMo2-13B-stage1"]]
    at = {name: large[name].to_numpy(float) for name in ("N", "D")}
    got = np.exp(predict.log_surface(law, one_draw(p), at)[0])
    assert got == pytest.approx([2.4834, 2.4275], abs=5e-4)
    actual = large["loss"].to_numpy(float)
    assert got == pytest.approx(actual, rel=0.005)
    fit = bayesfit.fit(law, runs, chains=4, draws=300, bootstrap=50, refits=False)
    bands = fit.predict(at)
    assert (bands["observed_lo95"] < actual).all() and (actual < bands["observed_hi95"]).all()
