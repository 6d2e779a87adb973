"""Laws of routed models: what the papers print of them, recovery of a truth, and real tables."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

import bayesfit
from bayesfit import binding, datasets
from bayesfit.data.runs import from_frame
from bayesfit.findings import identified
from bayesfit.findings._spread import spread_ratio
from bayesfit.inference import mle
from bayesfit.law import View
from bayesfit.models import load
from bayesfit.prediction import surface as predict
from bayesfit.prediction.optimum import optima
from bayesfit.problem import described_law
from benchmarks.reproductions.papers import krajewski, ludziejewski

SMALL = dict(bootstrap=0, refits=False, chains=4, draws=150, starts=32)
ROUTERS = ("S-Base", "RL-R", "Hash")  # in the order of the published values


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


OURS = dict(a=-0.176, b=-0.113, c=0.0026, d=1.553, E_start=2.56, E_max=310.0, L_inf=1.44)  # S-Base


def published(name):
    """A law and constants that its paper prints; of `routed_floor`, which has none, our own."""
    law = load(name)
    return law, dict(OURS if name == "routed_floor" else law.published[0].values)


def design(name):
    """Inputs of a law's simulated table; of routers, six sizes by ten numbers of experts."""
    law = load(name)
    if not name.startswith("routed"):
        table = datasets.load(law.default_data)
        return pd.DataFrame({column: table[column] for column in law.inputs})
    sizes, experts = np.geomspace(1.6e7, 1.3e9, 6), 2.0 ** np.arange(10)
    return pd.DataFrame(dict(N=np.repeat(sizes, 10), experts=np.tile(experts, 6)))


def simulated(name, seed=0, sigma=1e-4):
    """Runs of the published constants, with Student-t scatter."""
    law, p = published(name)
    frame = design(name)
    scatter = sigma * np.random.default_rng(seed).standard_t(5, len(frame))
    surface = predict.log_surface(law, one_draw(p), {x: frame[x].to_numpy() for x in law.inputs})
    return from_frame(frame.assign(loss=np.exp(surface[0] + scatter)), name, simulated=True)


def best_fit(law, runs, starts=8):
    """The paper's parameters at the MLE."""
    bound = binding.bind(law, runs, "normal")
    found = mle.minimise(bound, mle.starting_points(bound, starts)[:, : bound.law_dimension])
    return {name: float(x[0]) for name, x in described_law(bound, found.best().q[None]).items()}


# -- Clark et al. 2022 -----------------------------------------------------------------------------


@pytest.fixture
def routed(shared_upstream, monkeypatch):
    """The runs of the published fits."""
    monkeypatch.setenv("BAYESFIT_DATA", str(shared_upstream))
    return datasets.load("routed")


def of_router(runs, router, most=512):
    table = runs.table[(runs.table["router"] == router) & (runs.table["experts"] <= most)]
    return from_frame(table.reset_index(drop=True), router)


def least_squares(law, runs, start):
    """Plain least squares of log loss; E_start and E_max by their logs."""
    columns = View(N=runs["N"], experts=runs["experts"])

    def log_loss(_, a, b, c, d, log_start, log_max):
        p = View(a=a, b=b, c=c, d=d, E_start=np.exp(log_start), E_max=np.exp(log_max))
        return np.asarray(law.log_loss(p, columns))

    p0 = [start[x] for x in "abcd"] + [np.log(start[x]) for x in ("E_start", "E_max")]
    found, _ = curve_fit(log_loss, runs["N"], np.log(runs["loss"]), p0=p0)
    return found


@pytest.mark.parametrize("router, rows", [("S-Base", 58), ("RL-R", 59), ("Hash", 56)])
def test_each_router_by_least_squares(routed, router, rows):
    """a, b, c, d of table 3, within .001, .010, .001 and .010 and the rounding of the table.

    Theirs were fitted by cross-validation; the MLE (Huber, delta .001) of S-Base is further away:
    a -.084, b -.124, c .011, d 1.124.

    N_cutoff = 10**(-b/c), 937B, 85B and 83B in the paper, does not follow from its own rounded b
    and c (1000B, 32B, 215B), but does from ours (within a quarter).
    """
    law = load("routed")
    runs, printed = of_router(routed, router), law.published[ROUTERS.index(router)].values
    assert len(runs) == rows
    found = least_squares(law, runs, printed)
    for i, (name, within) in enumerate(dict(a=0.001, b=0.01, c=0.001, d=0.01).items()):
        assert found[i] == pytest.approx(printed[name], abs=within + 0.0005), name
    cutoff = dict(zip(ROUTERS, (937e9, 85e9, 83e9), strict=True))[router]
    assert 10 ** (-found[1] / found[2]) == pytest.approx(cutoff, rel=0.25)


def test_the_table_of_routers_is_the_tidy_one(routed, shared_data):
    everything = datasets.load("routed", all_runs=True).table
    assert len(everything) == datasets.describe("routed").rows
    theirs = pd.read_csv(shared_data / "clark_routed.csv").sort_values("loss")
    ours = everything.drop_duplicates("loss").sort_values("loss")
    for column in ("N", "N_total", "experts", "D", "loss"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-6, err_msg=column)
    dense = routed.table[routed.table["experts"] == 1]
    assert dense.groupby("router").size().to_dict() == dict.fromkeys(ROUTERS, 5)
    assert set(routed["D"]) <= {249000 * 512 * 1024, 250000 * 512 * 1024, 248000 * 512 * 1024}
    (why,) = routed.left_out
    assert "several experts a token" in why


def test_a_model_and_its_dense_equivalent_have_the_same_loss():
    law, module = load("routed"), import_module("bayesfit.models.routed")
    for printed in law.published:
        p = View(**printed.values)
        N, experts = np.array([1e8, 1e9, 1e8]), np.array([8.0, 64.0, 1.0])
        dense = module.effective(p, N, experts)
        routed = law.log_loss(p, View(N=N, experts=experts))
        np.testing.assert_allclose(
            law.log_loss(p, View(N=dense, experts=np.ones(3))), routed, rtol=1e-12
        )
        assert dense[2] == pytest.approx(1e8)


def test_experts_saturate():
    module = import_module("bayesfit.models.routed")
    assert module.saturated(1.0, 2.0, 300.0) == pytest.approx(2.0)
    assert module.saturated(1e12, 2.0, 300.0) == pytest.approx(300.0)
    assert module.saturated(16.0, 2.0, 300.0) == pytest.approx(16.05, rel=0.02)


# -- Ludziejewski et al. 2025 ----------------------------------------------------------------------

CHINCHILLA = {  # experts -> m, mu, n, nu; table 4
    experts: tuple(map(float, row.split())) for experts, row in ludziejewski.TABLE_4.items()
}
BEST = {  # budget -> N and D for 1, 2, 4, 8, 16 and 32 experts; table 1
    float(C): [tuple(map(float, column.split())) for column in columns]
    for C, columns in ludziejewski.TABLE_1.items()
}


@pytest.mark.parametrize("i, experts", list(enumerate(CHINCHILLA)))
def test_published_optima_of_joint_moe(i, experts):
    """Within 2 %; N of two experts at 1e20, printed as 1.5B, is 1.469B: 2.1 % by rounding alone."""
    law, p = published("moe_joint")
    found = optima(law, one_draw(p), list(BEST), given=dict(experts=experts))
    N, D = (np.array([rows[k][i] for rows in BEST.values()]) for k in (0, 1))
    np.testing.assert_allclose(found["N"][0], N, rtol=0.0215)
    np.testing.assert_allclose(found["D"][0], D, rtol=0.02)


@pytest.mark.parametrize("experts", CHINCHILLA)
def test_joint_moe_is_chinchilla_for_each_number_of_experts(experts):
    """As table 4 has it, within what four digits of table 3 leave open."""
    _, p = published("moe_joint")
    module = import_module("bayesfit.models.moe_joint")
    m, mu, n, nu = (float(x) for x in module.chinchilla(View(**p), experts))
    printed = CHINCHILLA[experts]
    assert (m, n) == pytest.approx(printed[::2], rel=0.003)
    assert (mu, nu) == pytest.approx(printed[1::2], abs=1.5e-4)


@pytest.mark.parametrize(
    "blocks, experts, total",
    [
        (16, 32, 5.0e9),
        (28, 4, 3.8e9),
        (36, 1, 2.7e9),
        (10, 16, 671e6),
        (8, 8, 211e6),
        (12, 2, 233e6),
    ],
)
def test_all_experts_are_held(blocks, experts, total):
    """Total parameters of models that the paper lists (appendix E), from the active ones."""
    d = 64 * blocks
    active = 2 * d * 50257 + 13 * blocks * d**2
    held = load("moe_joint").held(View(N=np.float64(active), experts=np.float64(experts)))
    exact = 2 * d * 50257 + (4 + 9 * experts) * blocks * d**2
    assert float(held) == pytest.approx(exact, rel=1e-9) == pytest.approx(total, rel=0.02)


# -- Krajewski et al. 2024 -------------------------------------------------------------------------

FINE = [tuple(map(float, row)) for row in krajewski.TABLE_2]  # active, D, G, FLOPs, loss


@pytest.mark.parametrize("active, D, G, flops, loss", FINE)
def test_published_losses_and_flops_of_fine_grained_moe(active, D, G, flops, loss):
    """Losses are .011 to .023 below the printed ones, which the rounding of a and b explains."""
    law, p = published("moe_fine_grained")
    runs = View(N=43 * active, D=D, granularity=float(G))
    assert float(law.cost(runs)) == pytest.approx(flops, rel=0.007)
    found = np.exp(float(law.log_loss(View(**p), runs)))
    assert 0.010 < loss - found < 0.024


def test_published_optima_of_fine_grained_moe():
    """Best granularity of every budget as printed; N within 4 and D within 3 %."""
    law, p = published("moe_fine_grained")
    budgets, grains = [row[3] for row in FINE], (4, 8, 16, 32, 64, 128)
    found = [optima(law, one_draw(p), budgets, given=dict(granularity=G)) for G in grains]
    best = np.argmin([x["loss"][0] for x in found], axis=0)
    for k, (active, D, G, *_) in enumerate(FINE):
        at = found[best[k]]
        assert grains[best[k]] == G
        assert at["N"][0, k] / 43 == pytest.approx(active, rel=0.04)
        assert at["D"][0, k] == pytest.approx(D, rel=0.03)


# -- Abnar et al. 2025 -----------------------------------------------------------------------------


def test_sparsity_by_hand():
    law, p = published("moe_sparsity")
    runs = View(N=np.float64(1e9), D=np.float64(2e10), sparsity=np.float64(0.9))
    terms = (
        16612.5 / 1e9**0.5962 + 5455.67 / 2e10**0.3954 + 0.4598 * 0.1**0.1666
        + 17.26 / (0.1**0.1603 * 1e9**0.1595) + 0.94
    )  # fmt: skip
    assert np.exp(float(law.log_loss(View(**p), runs))) == pytest.approx(terms, rel=1e-9)
    assert law.cost(runs) == pytest.approx(6 * 0.1 * 1e9 * 2e10)


def test_at_a_budget_the_published_law_wants_more_sparsity_and_fewer_active_parameters():
    """Abnar et al.'s main finding: N* rises with S, and the active ones fall."""
    law, p = published("moe_sparsity")
    S = np.array([0.25, 0.5, 0.75, 0.9, 0.95, 0.98])
    found = [optima(law, one_draw(p), [1e21], given=dict(sparsity=x)) for x in S]
    N, loss = (np.array([x[name].item() for x in found]) for name in ("N", "loss"))
    assert (np.diff(N) > 0).all() and (np.diff((1 - S) * N) < 0).all() and (np.diff(loss) < 0).all()


# -- recovery --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["routed", "routed_floor"])
def test_the_truth_of_a_router_comes_back(name):
    law, p = published(name)
    found = best_fit(law, simulated(name))
    told = dict(a=0.02, b=0.02, c=0.03, d=0.02, E_start=0.05, E_max=0.05)
    if name == "routed_floor":
        told |= dict(c=0.3, L_inf=0.02)  # c is nearly nought
    for parameter, share in told.items():
        assert found[parameter] == pytest.approx(p[parameter], rel=share), parameter


def test_without_a_floor_it_is_the_law_of_the_paper():
    law, p = published("routed")
    runs = View(N=np.array([1e8, 1e10]), experts=np.array([1.0, 256.0]))
    floor = load("routed_floor")
    found = floor.log_loss(View(**p, L_inf=1e-12), runs)
    np.testing.assert_allclose(found, law.log_loss(View(**p), runs), rtol=1e-10)
    ref = View(N=1e9, experts=16.0, loss=2.5)
    theta = floor.reference(View(**OURS), ref)
    back = floor.textbook(View(**theta), ref)
    assert {name: float(x) for name, x in back.items()} == pytest.approx(OURS, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("router", ROUTERS)
def test_published_runs_have_a_floor(routed, router):
    """By leave-one-out 40, 37 and 40 better with one; most of the interaction with size goes.

    Of the slope in N ten times the experts take 2, 5 and 7 %, not 14, 17 and 17."""
    fits = [
        bayesfit.fit(name, of_router(routed, router), **SMALL)
        for name in ("routed", "routed_floor")
    ]
    scores = bayesfit.compare(fits).scores
    assert scores.loc["routed", "difference"] < -4 * scores.loc["routed", "se_difference"]
    without, p = (fit.posterior.flat for fit in fits)
    assert 1.35 < np.median(p["L_inf"]) < 1.55
    assert np.median(p["fade"]) < 0.5 * np.median(without["fade"])


FAR = {  # a run ten times beyond the table
    "routed": dict(N=1e10, experts=64.0),
    "routed_floor": dict(N=1e10, experts=64.0),
    "moe_joint": dict(N=5e9, D=1e11, experts=8.0),
    "moe_fine_grained": dict(N=4e10, D=5e11, granularity=8.0),
    "moe_sparsity": dict(N=5e10, D=2e11, sparsity=0.9),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moe_joint", "moe_fine_grained", "moe_sparsity"])
def test_the_truth_comes_back_where_runs_are_sharp(name):
    """The surface ten times beyond the runs (2e-5 off), and each parameter within 1 %."""
    law, p = published(name)
    found = best_fit(law, simulated(name, sigma=1e-5), starts=16)
    at = {x: np.array([value]) for x, value in FAR[name].items()}
    true, fitted = (predict.log_surface(law, one_draw(x), at)[0, 0] for x in (p, found))
    assert fitted == pytest.approx(true, abs=1e-3)
    for parameter, value in p.items():
        if parameter != "E_max":  # of `moe_joint`, which is 300 in the MLE
            assert found[parameter] == pytest.approx(value, rel=0.01), parameter


# -- bands -----------------------------------------------------------------------------------------

TABLES = 24
MAIN = {  # name -> how many of the 24 bands held it, as measured; `far` is the run in FAR
    "routed": dict(a=22, b=21, c=23, E_start=20, far=21),
    "routed_floor": dict(a=17, b=22, c=21, E_start=19, L_inf=16, far=19),
    "moe_joint": dict(exponent_N=18, exponent_D=20, rise_N=19, c=20, far=20),
    "moe_fine_grained": dict(alpha=18, beta=19, gamma=17, c=19, far=18),
    # Its single parameters are held too seldom, which is why they are called meaningless there:
    # alpha 15, delta 13 and the share of the data term 12 of 24. Priors lean to no effect of S and
    # R-hat is up to 1.04. What is tested is the surface, and the three that hold better.
    "moe_sparsity": dict(beta=18, gamma=16, lam=23, far=20),
}


def held(law, p, seed, names):
    """Whether each 80 % band of a fit to a simulated table holds the truth."""
    fit = bayesfit.fit(law, simulated(law.name, seed, sigma=0.003), seed=seed, **SMALL)
    ref = View(**{name: float(x) for name, x in fit.problem.ref.items()})
    truth = dict(p) | {name: float(x) for name, x in law.reference(View(**p), ref).items()}
    at = {x: np.array([value]) for x, value in FAR[law.name].items()}
    values = dict(fit.posterior.flat, far=predict.log_surface(law, fit.posterior.flat, at)[:, 0])
    truth["far"] = predict.log_surface(law, one_draw(p), at)[0, 0]
    ends = {name: np.quantile(values[name], [0.1, 0.9]) for name in names}
    return [low < truth[name] < high for name, (low, high) in ends.items()]


@pytest.mark.slow
@pytest.mark.parametrize("name", MAIN)
def test_bands_hold_the_truth_as_often_as_they_say(name):
    law, p = published(name)
    shares = np.mean([held(law, p, seed, MAIN[name]) for seed in range(TABLES)], axis=0)
    assert (shares >= 0.6).all(), dict(zip(MAIN[name], shares, strict=True))
    assert 0.7 <= shares.mean() <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("router", ROUTERS)
def test_the_weak_parameter_of_the_routed_law(routed, router):
    """E_max is the weakest of all, and the check says so for runs of at most 64 experts.

    Its posterior is then .96, .93 and .86 as wide as the prior (S-Base, RL-R, Hash); with all
    runs, up to 512 experts, .54, .56 and .65: below the bound of .7, but refits, which have no
    prior, spread more widely than it."""
    few = bayesfit.fit("routed", of_router(routed, router, most=64), **SMALL)
    found = [finding for finding in identified.look(few) if finding.subject == "E_max"]
    assert found and "weakly identified" in found[0].finding
    fit = bayesfit.fit("routed", of_router(routed, router), **SMALL | dict(bootstrap=300))
    ratios = spread_ratio(fit)
    assert ratios.idxmax() == "E_max" and 0.4 < ratios["E_max"] < 0.8
    (found,) = [finding for finding in identified.look(fit) if finding.subject == "E_max"]
    assert found.verdict == "REVIEW"  # refits without a prior leave it open with all runs too


# -- tables of ScaleBench (Li et al. 2026, arXiv:2604.22753) ---------------------------------------


def r2_and_coverage(fit, test):
    """R2 of the median surface, and how many 80 % bands of an observed run hold it."""
    bands, loss = fit.predict(test), test["loss"].to_numpy()
    left = np.sum((bands["loss"] - loss) ** 2) / np.sum((loss - loss.mean()) ** 2)
    inside = (bands["observed_lo80"] < loss) & (loss < bands["observed_hi80"])
    return 1 - left, inside.mean()


@pytest.mark.slow
@pytest.mark.parametrize("name, least, most", [("routed", 0.55, 0.8), ("routed_floor", 0.75, 0.9)])
def test_routed_models_of_the_largest_size(shared_data, name, least, most):
    """28 runs of 1.3B from 193 of at most 370M, of all routers and ways of routing together.

    Measured: R2 .65, 20 of 28 bands (71 %); by plain least squares R2 .70. The published mean
    over ten laws fitted to the whole pool is .81. A power law without an end is 2.5 % too low
    for all but one router, the dense model included.

    With a floor, which leave-one-out preferred on the runs fitted (7.9, se 3.0) before these were
    looked at: R2 .82, 26 of 28 bands; by plain least squares, whose floor is 1.72 and not 1.59,
    R2 .67."""
    table = pd.read_csv(shared_data / "scalebench" / "moe.csv")
    names = dict(num_experts="experts", dense_parameter_count="N", loss_validation="loss")
    table = table.rename(columns=names)[[*names.values(), "split"]]
    train, test = (table[table["split"] == x].drop(columns="split") for x in ("train", "test"))
    fit = bayesfit.fit(name, from_frame(train.reset_index(drop=True), "moe"), **SMALL)
    r2, coverage = r2_and_coverage(fit, test)
    assert least < r2 < most and coverage > 0.5


@pytest.mark.slow
def test_upcycled_models_of_the_largest_size(shared_data):
    """18 MoEs made of dense models of 233M from 70 made of 15M to 98M (arXiv:2502.03009).

    N = P N_active counts all experts, S = 1 - 1/P, D = D1 + D2 (tokens before and after
    experts were added). So chosen on the training runs: without the dearest fifth of each
    group (16 runs), R2 there was .829; D = D2 gave .828, active N .773 (D2) and .776 (D1 +
    D2); `moe_joint` with P experts .842, and .832, .794, .782 in the same order.

    Measured on the test runs, looked at once: R2 .44, 8 of 18 bands (44 %); `moe_joint` R2
    .39, 33 %. The published mean over ten laws fitted to the whole pool is .37. The bands are
    too narrow here: the test runs are 2.4 times the size of the largest fitted, in a table of
    three sizes."""
    table = pd.read_csv(shared_data / "scalebench" / "sparsity.csv")
    N, D = 1e9 * table["P"] * table["N_active"], 1e9 * (table["D1"] + table["D2"])
    table = table.assign(N=N, D=D, sparsity=1 - 1 / table["P"])[
        ["N", "D", "sparsity", "loss", "split"]
    ]
    train, test = (table[table["split"] == x].drop(columns="split") for x in ("train", "test"))
    fit = bayesfit.fit("moe_sparsity", from_frame(train.reset_index(drop=True), "moe"), **SMALL)
    r2, coverage = r2_and_coverage(fit, test)
    assert 0.3 < r2 < 0.6 and coverage > 0.25
