"""Kaplan et al. 2020's own numbers, from the constants that the paper prints."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

import bayesfit
from bayesfit.bands import band
from bayesfit.constants import PF_DAY
from bayesfit.kaplan import batch, crossing, efficient, overfitting
from bayesfit.law import View

TABLE_3 = dict(N_c=6.5e13, alpha_N=0.077, S_c=2.1e3, alpha_S=0.76, B_star=2.1e8, alpha_B=0.21)
TABLE_2 = dict(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103)
p = View(**TABLE_3)


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


def test_ten_times_the_compute():
    """Table 6: N as C^.73 and D as C^.27, so 5.4 times the parameters and 1.9 times the tokens."""
    printed = crossing.PUBLISHED
    assert 10 ** printed["p_N"] == pytest.approx(5.4, abs=0.05)
    assert 10 ** printed["p_D"] == pytest.approx(1.9, abs=0.05)


def test_exponents_of_appendix_b():
    found = efficient.powers(p)
    assert found["alpha_C"] == pytest.approx(0.0525, abs=5e-5)
    assert found["N"] + found["D"] == pytest.approx(1)
    assert efficient.above_converged(p) == pytest.approx(0.10, abs=0.005)
    assert efficient.one_nat(p) / PF_DAY == pytest.approx(1.6e8, rel=0.03)


def test_stopping_at_two_per_cent_instead_of_ten():
    """B.12 - B.14: 2.7 times the parameters, 13 % of the steps, 35 % of the compute."""
    found = efficient.stopping_elsewhere(p, 0.02)
    assert [float(found[x]) for x in "NSC"] == pytest.approx([2.71, 0.131, 0.354], abs=0.005)


def test_the_cost_of_another_size():
    """B.16: 0.6 to 2.2 times the efficient size costs 20 % at most."""
    small, large = efficient.off_size(p, 0.6), efficient.off_size(p, 2.2)
    assert float(small["C"]) == pytest.approx(1.165, abs=1e-3)
    assert float(large["C"]) == pytest.approx(1.204, abs=1e-3)
    assert float(large["S"]) == pytest.approx(0.547, abs=1e-3)
    assert np.isinf(efficient.off_size(p, 0.2)["C"])  # never reaches that loss


def compute_to_reach(log_N, loss):
    N = np.exp(log_N)
    return 6 * N * float(efficient.tokens_to_reach(p, N, loss))


@pytest.mark.parametrize("C", [1e18, 1e22, 1e26])
def test_the_closed_form_is_the_numeric_optimum(C):
    """The cheapest size for the loss that C buys is the allocation's, and costs C."""
    found = {name: float(x) for name, x in efficient.allocation(p, C).items()}
    smallest = np.log(p.N_c) - np.log(found["loss"]) / p.alpha_N  # the size that just reaches it
    best = minimize_scalar(
        compute_to_reach,
        bounds=(smallest + 1e-3, smallest + 10),
        args=(found["loss"],),
        method="bounded",
        options=dict(xatol=1e-10),
    )
    assert np.exp(best.x) == pytest.approx(found["N"], rel=1e-4)
    assert best.fun == pytest.approx(C, rel=1e-7)
    assert 6 * found["N"] * found["B"] * found["S"] == pytest.approx(C)
    assert float(efficient.loss_of(p, found["N"], found["S"])) == pytest.approx(found["loss"])
    excess = compute_to_reach(np.log(2.2 * found["N"]), found["loss"]) / C
    assert excess == pytest.approx(float(efficient.off_size(p, 2.2)["C"]))


def test_the_efficient_run_stops_a_tenth_above_its_converged_loss():
    found = efficient.allocation(p, 1e21)
    converged = (p.N_c / found["N"]) ** p.alpha_N
    assert found["loss"] / converged - 1 == pytest.approx(efficient.above_converged(p))


def test_critical_batches():
    got = batch.critical_batch(np.array([4, 3, 2.5, 2]), 2.1e8, 0.21)
    np.testing.assert_allclose(got, [2.85e5, 1.12e6, 2.67e6, 7.74e6], rtol=5e-3)
    # It doubles for every 13 % off the loss (figure 10).
    ratio = batch.critical_batch(3 * (1 - 0.135), 2.1e8, 0.21) / batch.critical_batch(
        3, 2.1e8, 0.21
    )
    assert ratio == pytest.approx(2, abs=0.01)


def test_mccandlish_hyperbola():
    """B_crit = 1000: B = 250, 1000, 4000 take 5, 2, 1.25 S_min and 1.25, 2, 5 E_min."""
    B = np.array([250.0, 1000, 4000])
    np.testing.assert_allclose(batch.steps(1.0, 1000, B), [5, 2, 1.25])
    np.testing.assert_allclose(batch.tokens(1.0, 1000, B) / 1000, [1.25, 2, 5])
    np.testing.assert_allclose(batch.least_steps([5, 2, 1.25], 1000, B), 1)
    C = batch.tokens(1.0, 1000, B)  # compute is tokens, up to 6 N
    np.testing.assert_allclose(batch.least_compute(C, 1000, B), 1000)
    found = batch.hyperbola(batch.steps(300.0, 1000, B), B)
    assert found == pytest.approx((300, 1000))
    with pytest.raises(bayesfit.InputError, match="two batch sizes"):
        batch.hyperbola([10, 11], [64, 64])


def test_overfitting():
    assert overfitting.kaplan_bound(1e9) == pytest.approx(2.285e10, rel=1e-3)
    assert overfitting.kaplan_bound(1.75e11) == pytest.approx(1.044e12, rel=1e-3)
    law, draws = bayesfit.load_law("kaplan_nd"), one_draw(TABLE_2)
    loss = [float(np.exp(law.log_loss(View(**TABLE_2), View(N=1e9, D=D)))) for D in (22e9, 1e80)]
    assert loss == pytest.approx([2.369, 2.319], abs=1e-3)
    found = overfitting.tokens_against_overfitting(law, draws, [1e8, 1e9, 1e11])[0]
    # Closed form: (1 + (N/N_c)^(aN/aD) D_c/D)^aD = 1.02.
    ratio = TABLE_2["alpha_N"] / TABLE_2["alpha_D"]
    N = np.array([1e8, 1e9, 1e11])
    by_hand = (N / TABLE_2["N_c"]) ** ratio * TABLE_2["D_c"]
    by_hand /= 1.02 ** (1 / TABLE_2["alpha_D"]) - 1
    np.testing.assert_allclose(found, by_hand, rtol=1e-9)
    np.testing.assert_allclose(found, overfitting.kaplan_bound(N), rtol=0.1)
    with pytest.raises(bayesfit.InputError, match="law of N and D"):
        overfitting.tokens_against_overfitting(bayesfit.load_law("kaplan_n"), draws, [1e9])


def test_tokens_to_reach_a_loss():
    law, draws = bayesfit.load_law("kaplan_nd"), one_draw(TABLE_2)
    found = overfitting.tokens_to_reach(law, draws, [1e7, 1e9, 1e10], 2.5)[0]
    assert np.isinf(found[0]) and found[1] > found[2]  # a larger model needs fewer tokens
    loss = law.log_loss(View(**TABLE_2), View(N=1e9, D=found[1]))
    assert float(np.exp(loss)) == pytest.approx(2.5)


def test_steps_to_reach_a_loss():
    S = efficient.steps_to_reach(p, np.array([1e6, 1e9, 1e10]), 2.5)
    assert np.isinf(S[0]) and S[1] > S[2]
    assert float(efficient.loss_of(p, 1e9, S[1])) == pytest.approx(2.5)
    by_hand = float(S[1]) * batch.critical_batch(2.5, 2.1e8, 0.21)
    assert float(efficient.tokens_to_reach(p, 1e9, 2.5)) == pytest.approx(by_hand)


def test_the_earliest_stop():
    """The learning curve of endless data has fallen to L(N, D) by then, no sooner."""
    law = bayesfit.load_law("kaplan_nd")
    of = lambda D: float(np.exp(law.log_loss(View(**TABLE_2), View(N=1e8, D=D))))  # noqa: E731
    gap = of(1e9) - of(1e80)
    S = float(efficient.earliest_stop(p, gap))
    curve = lambda S: float(efficient.loss_of(p, 1e8, S) - (p.N_c / 1e8) ** p.alpha_N)  # noqa: E731
    assert brentq(lambda x: curve(np.exp(x)) - gap, 0, 20) == pytest.approx(np.log(S))


def test_the_crossing_of_figure_15():
    found = crossing.crossing(**crossing.PUBLISHED)
    assert found["C"] / PF_DAY == pytest.approx(1.12e4, rel=0.01)
    assert found["N"] == pytest.approx(1.17e12, rel=0.01)
    assert found["D"] == pytest.approx(2.5e11, rel=0.02)
    assert found["loss"] == pytest.approx(1.67, abs=0.005)
    text = crossing.crossing(**crossing.PUBLISHED | dict(D_e=4e10, p_D=0.26))
    assert text["C"] / PF_DAY == pytest.approx(1.06e5, rel=0.01)
    assert text["loss"] == pytest.approx(1.49, abs=0.005)


def test_the_crossing_is_uncertain_by_an_order_of_magnitude():
    """So the paper says; exponents known to 3 % each suffice for that."""
    rng = np.random.default_rng(0)
    draws = {name: np.full(4000, x) for name, x in crossing.PUBLISHED.items()}
    for alpha, scale, middle in (("alpha_C", "C_c", 1.0), ("alpha_D", "D_c", 1e11)):
        log_loss = draws[alpha] * np.log(draws[scale] / middle)  # kept: lines turn about their data
        draws[alpha] = draws[alpha] * (1 + 0.03 * rng.standard_normal(4000))
        draws[scale] = middle * np.exp(log_loss / draws[alpha])
    got = band(crossing.crossing(**draws)["C"] / PF_DAY)
    assert got["lo95"] < 1.12e4 < got["hi95"]
    assert 5 < got["hi95"] / got["lo95"] < 100
    parallel = crossing.crossing(**crossing.PUBLISHED | dict(alpha_C=0.02))
    assert np.isinf(parallel["C"]) and parallel["loss"] == 0


def test_draws_in_bands_out():
    rng = np.random.default_rng(0)
    draws = {name: x * np.exp(0.01 * rng.standard_normal(200)) for name, x in TABLE_3.items()}
    found = efficient.across(efficient.allocation, draws, [PF_DAY, 100 * PF_DAY])
    assert found["N"].shape == (200, 2)
    one = efficient.across(efficient.allocation, TABLE_3, [PF_DAY])
    got = band(found["N"][:, 0])
    assert got["lo95"] < one["N"].item() < got["hi95"]
    assert found["N"].dtype == np.float64


def test_the_crossing_of_two_fits():
    """At C* the efficient run's loss is what twice its least tokens allow at best."""
    rng = np.random.default_rng(0)
    steps = {name: x * np.exp(0.002 * rng.standard_normal(300)) for name, x in TABLE_3.items()}
    data = dict(alpha_D=0.095 + 0.001 * rng.standard_normal(300), D_c=np.full(300, 5.4e13))
    found = crossing.between(steps, data)
    one = View(**{name: x[7] for name, x in steps.items()})
    run = efficient.allocation(one, found["C"][7])
    assert float(run["loss"]) == pytest.approx(found["loss"][7], rel=1e-6)
    assert float(run["N"]) == pytest.approx(found["N"][7], rel=1e-6)
    assert 2 * float(run["D"]) == pytest.approx(found["D"][7], rel=1e-6)
    assert (5.4e13 / found["D"][7]) ** data["alpha_D"][7] == pytest.approx(found["loss"][7])
    assert band(found["C"])["hi95"] > 1.2 * band(found["C"])["lo95"]
