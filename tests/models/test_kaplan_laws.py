"""Kaplan's laws: truths recovered from simulated tables, and what is known of public ones."""

import jax
import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import binding, likelihoods
from bayesfit.binding import explained
from bayesfit.constants import PF_DAY
from bayesfit.data.runs import from_frame
from bayesfit.inference import mle
from bayesfit.inference import nuts as posterior
from bayesfit.kaplan import batch
from bayesfit.law import View

HENIGHAN = dict(L_inf=1.2, N_0=1e9, alpha=0.2)
SIGMA = 0.005


def centred(rng, sd):
    """Deviations of three groups, which sum to zero, and of one not seen."""
    x = sd * rng.standard_normal(3)
    return np.append(x - x.mean(), 0.0)


def offsets(rng, spread):
    p = dict(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103)
    return p | dict(offset=centred(rng, 0.25 * spread))


def batches(rng, spread):
    p = dict(B_star=2.1e8, alpha_B=0.21, S_min=np.array([5e3, 8e3, 6e3, 1.0]))
    return p | dict(off_trend=np.exp(centred(rng, 0.2 * spread)))


def factorial():
    N, D = np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 6))
    return dict(N=N.ravel(), D=D.ravel())


def with_corpora():
    table = pd.concat([pd.DataFrame(factorial())[::2].assign(corpus=c) for c in "abc"])
    return {name: table[name].to_numpy() for name in table}


def runs_at_batches():
    S, B, N = np.meshgrid(np.geomspace(5e3, 2e5, 6), [2.0**16, 2.0**20], np.geomspace(1e7, 1e9, 4))
    return dict(N=N.ravel(), S=S.ravel(), B=B.ravel(), D=(S * B).ravel())


def targets():
    """Three targets, whose S_min go by the order of their labels: 100M, 10M, 1B."""
    B, N = np.meshgrid(2.0 ** np.arange(15, 24), [1e7, 1e8, 1e9])
    loss = np.repeat([3.8, 3.3, 2.8], 9)
    return dict(N=N.ravel(), B=B.ravel(), D=np.full(27, 1e10), loss=loss)


CASES = dict(  # law -> the truth (the paper's constants if empty), and the design of the runs
    kaplan_n=({}, factorial),
    kaplan_d=({}, factorial),
    kaplan_c=({}, factorial),
    henighan=(HENIGHAN, factorial),
    kaplan_nd=({}, factorial),
    kaplan_ns=({}, runs_at_batches),
    kaplan_bcrit=(batches, targets),
    kaplan_transfer=(offsets, with_corpora),
)


def marked(slow):
    """Every law, some of them in the slow suite."""
    laws = [pytest.param(x, marks=[pytest.mark.slow] if x in slow else []) for x in CASES]
    return pytest.mark.parametrize("name", laws)


def simulated(name, seed, sigma=SIGMA, spread=1.0):
    """(problem, truth) of a table from the law's own surface with Student-t scatter.

    Groups differ anew in each table, by `spread` times what is typical.
    """
    law, rng = bayesfit.load_law(name), np.random.default_rng(seed)
    values, design = CASES[name]
    truth = values(rng, spread) if callable(values) else values or dict(law.published[0].values)
    columns = design()
    frame = pd.DataFrame(dict(loss=2.5, D=1e10, S=1e4) | columns)
    table = explained(law, from_frame(frame, simulated=True))
    bound = binding.bind(law, table)
    surface = np.asarray(law.log_loss(View(**truth), View(**bound.columns)))[: len(table)]
    response = np.exp(surface + sigma * rng.standard_t(5, len(table)))
    frame = table.table.assign(**{law.response: response})
    return binding.bind(
        law, from_frame(frame, simulated=True), likelihoods.load("student_t")
    ), truth


def best(bound, starts=64):
    points = np.asarray(mle.starting_points(bound, starts, 0))
    return mle.race(bound, points[:, : bound.law_dimension]).best(), points


@marked({"kaplan_c", "kaplan_d", "kaplan_ns"})
def test_the_mle_recovers_the_truth(name):
    """With next to no scatter; what the MLE holds at zero is zero in truth."""
    bound, truth = simulated(name, 0, sigma=1e-6, spread=0.0)
    found, _ = best(bound)
    got = bound.describe_law(found.q)
    for parameter, value in truth.items():
        close, expected = seen(got[parameter]), seen(value)
        np.testing.assert_allclose(close, expected, rtol=5e-3, err_msg=parameter)


def seen(x):
    """A number; a vector without its last, which no run speaks of."""
    return np.asarray(x)[:-1] if np.ndim(x) else x


TABLES = 30


def inside(bound, truth):
    """Which parameters' 80 % posterior intervals hold the truth."""
    found, points = best(bound, 16)
    start = np.asarray(bound.complete(found.q, points[0, bound.law_dimension :]))
    walk = posterior.sample(bound, np.vstack([start, points[:7]]), seed=0, chains=4, draws=100)
    q = walk.q.reshape(-1, walk.q.shape[-1])
    got = jax.jit(jax.vmap(bound.describe))(q)
    hits = {}
    for parameter, value in truth.items():
        low, high = np.quantile(np.asarray(got[parameter]), [0.1, 0.9], axis=0)
        held = np.atleast_1d(seen((low <= value) & (value <= high)))
        hits |= {f"{parameter} {i}": x for i, x in enumerate(held)}
    return hits


@marked(CASES.keys())
def test_eighty_per_cent_intervals_hold_the_truth(name):
    rows = [inside(*simulated(name, seed)) for seed in range(TABLES)]
    covered = pd.DataFrame(rows).mean()
    assert covered.min() > 0.5, covered  # 1e-4 of being below, by chance, for one parameter
    assert 0.7 < covered.mean() < 0.92, covered


# -- public tables -----------------------------------------------------------------------------


def fitted(name, runs):
    law = bayesfit.load_law(name)
    bound = binding.bind(law, explained(law, runs), "normal")
    found, _ = best(bound)
    return {k: float(v) for k, v in bound.describe_law(found.q).items() if np.ndim(v) == 0}


def test_pile():
    found = fitted("kaplan_nd", bayesfit.load("pile"))
    assert found["alpha_N"] == pytest.approx(0.084, abs=0.002)
    assert found["alpha_D"] == pytest.approx(0.108, abs=0.003)


def test_diloco_power_law():
    """Table 7 of the paper: 18.129 N^-.0953 over the seven sizes up to 2.4B."""
    runs = bayesfit.load("diloco")
    found = fitted("kaplan_n", runs.subset(runs["N"] < 3e9))
    assert found["alpha_N"] == pytest.approx(0.0953, abs=0.001)
    level = found["alpha_N"] * np.log(found["N_c"])
    assert level == pytest.approx(np.log(18.129), abs=0.02)


def test_clark_dense(shared_data):
    """Clark et al. 2022, arXiv:2202.01169: alpha_N = .078 for dense models."""
    frame = pd.read_csv(shared_data / "clark_routed.csv").query("router == 'Dense' and final == 1")
    found = fitted("kaplan_n", from_frame(frame[frame["flop_increase"] == 1]))
    assert found["alpha_N"] == pytest.approx(0.0785, abs=0.001)
    assert found["N_c"] == pytest.approx(3.7e13, rel=0.2)


@pytest.fixture
def gpt3(shared_data):
    """Validation curves of eight models (arXiv:2005.14165, figure 4.1, digitised)."""
    return from_frame(pd.read_csv(shared_data / "gpt3_curves.csv").query("split == 'val'"), "gpt3")


def test_gpt3_at_300B_tokens(gpt3):
    found = fitted("kaplan_n", gpt3)
    assert found["alpha_N"] == pytest.approx(0.056, abs=0.002)


def test_gpt3_compute_envelope(gpt3):
    """The paper's line is 2.57 C^-.048, C in PF-days."""
    law = bayesfit.load_law("kaplan_c")
    assert 50 < len(explained(law, gpt3)) < 150
    found = fitted("kaplan_c", gpt3)
    assert found["alpha_C"] == pytest.approx(0.051, abs=0.003)
    at_one_day = found["alpha_C"] * np.log(found["C_c"])
    assert np.exp(at_one_day) == pytest.approx(2.67, rel=0.02)
    assert PF_DAY == 8.64e19


@pytest.fixture
def cbs(shared_data):
    """Steps to a target at nine batches, five sizes (Zhang et al. 2024, arXiv:2410.21676)."""
    return pd.read_csv(shared_data / "cbs_steps_to_target.csv")


def test_hyperbolas_of_zhang(cbs):
    """S = a + b/B as printed for three sizes, and the critical batch 93.20 N_M^.468."""
    printed = {85e6: (1293.8, 2.834e6), 151e6: (1752.4, 5.677e6), 302e6: (2095.3, 1.138e7)}
    found = {N: batch.hyperbola(x["step"], x["batch_seqs"]) for N, x in cbs.groupby("N")}
    for N, (a, b) in printed.items():
        assert found[N].S_min == pytest.approx(a, rel=1e-4)
        assert found[N].S_min * found[N].B_crit == pytest.approx(b, rel=1e-3)
    critical = [batch.batch_with_overhead(x.B_crit, 256) for x in found.values()]
    np.testing.assert_allclose(critical, [745, 955, 1394, 1889, 2533], atol=1)
    power, level = np.polyfit(np.log(np.array(list(found)) / 1e6), np.log(critical), 1)
    assert power == pytest.approx(0.468, abs=5e-4)
    assert np.exp(level) == pytest.approx(93.2, rel=1e-3)


def test_critical_batches_of_zhang_by_the_law(cbs):
    """One law for the five sizes: each B_crit lies near that of its own hyperbola."""
    runs = from_frame(cbs.rename(columns=dict(step="S")), "cbs")
    found = fitted("kaplan_bcrit", runs)
    loss = cbs.groupby("N")["loss"].first()
    trend = batch.critical_batch(loss.to_numpy(), found["B_star"], found["alpha_B"])
    alone = [batch.hyperbola(x["step"], x["batch_tokens"]).B_crit for _, x in cbs.groupby("N")]
    np.testing.assert_allclose(trend, alone, rtol=0.35)
    assert 0.1 < found["alpha_B"] < 0.2  # steeper than Kaplan's .21: B_crit as L^-7


def test_curves_are_not_fitted_row_by_row(gpt3):
    law = bayesfit.load_law("kaplan_nd")
    assert len(gpt3) > 1000 and len(explained(law, gpt3)) == 8
    assert "training curves" in explained(law, gpt3).left_out[-1]
    steps = explained(bayesfit.load_law("kaplan_ns"), gpt3)
    assert 100 < len(steps) < 600
