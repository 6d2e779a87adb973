"""The best model for a budget: closed forms, searches, plans and rules of FLOPs by brute force."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

import bayesfit
from bayesfit import likelihoods, models
from bayesfit.bands import band
from bayesfit.binding import bind, explained
from bayesfit.law import Law, View
from bayesfit.prediction import optimum, searching
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import prior_draws

LAW = models.load("chinchilla_approach3")
SARDANA = dict(E=1.69, A=406.4, B=410.7, alpha=0.336, beta=0.283)  # arXiv:2401.00448, Hoffmann's
BUDGETS = [3e20, 2e24]


def draws(count=5, seed=3):
    """Parameters around those of Besiroglu et al."""
    rng = np.random.default_rng(seed)
    middle = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    return {n: x * np.exp(0.05 * rng.standard_normal(count)) for n, x in middle.items()}


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


def loss(p, N, D):
    return p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]


def by_hand(values, C, tokens, N=None):
    """Best N, D and loss of each draw on a fine grid of sizes (draws,) each.

    Args:
        tokens: (N, C) -> D that the budget leaves for these sizes; below 0 where it leaves none.
        N: the sizes; from 1e6 to 1e14, a factor of 1.0001 apart, if omitted.
    """
    N = np.geomspace(1e6, 1e14, 184_000) if N is None else np.sort(np.asarray(N, float))
    D, best = tokens(N, C), []
    for i in range(len(values["E"])):
        p = {name: x[i] for name, x in values.items()}
        height = np.where(D > 1, loss(p, N, np.maximum(D, 1.0)), np.inf)
        at = int(np.argmin(height))
        best.append((N[at], D[at], height[at]))
    return tuple(np.array(x) for x in zip(*best, strict=True))


def agrees(values, tokens, law=LAW, N=None, **plan):
    """Whether the search finds what the grid does: N within its step, and no higher loss."""
    found = optimum.optima(law, values, BUDGETS, **plan)
    for column, C in enumerate(BUDGETS):
        sizes, D, lowest = by_hand(values, C, tokens, N)
        np.testing.assert_allclose(found["N"][:, column], sizes, rtol=2e-4)
        np.testing.assert_allclose(found["D"][:, column], D, rtol=1e-3)
        np.testing.assert_allclose(found["loss"][:, column], lowest, rtol=1e-6)
        assert (found["loss"][:, column] <= lowest * (1 + 1e-12)).all()
    ratio = found["D"] / found["N"]
    np.testing.assert_allclose(found["tokens_per_parameter"], ratio, rtol=1e-12)
    return found


# -- rules of FLOPs ----------------------------------------------------------------------------


def embedded(columns):
    """6 N D and 2e9 D for the embeddings"""
    return (6 * columns.N + 2e9) * columns.D


def attentive(columns):
    """6 N D (1 + 1e-12 D)"""
    return 6 * columns.N * columns.D * (1 + 1e-12 * columns.D)


def six(columns):
    """6 N D, in a rule of one's own"""
    return 6.0 * columns.N * columns.D


def quadratic(N, C):
    """D of `attentive`."""
    return (np.sqrt(1 + 4e-12 * C / (6 * N)) - 1) / 2e-12


@pytest.mark.parametrize(
    "cost, tokens", [(embedded, lambda N, C: C / (6 * N + 2e9)), (attentive, quadratic)]
)
def test_another_rule_of_flops_is_obeyed(cost, tokens):
    """By the question or by the law; the closed form, which spends otherwise, is not used."""
    values = draws()
    found = agrees(values, tokens, cost=cost)
    own = replace(LAW, cost=cost)
    by_law = optimum.optima(own, values, BUDGETS)
    for name, x in found.items():
        np.testing.assert_array_equal(by_law[name], x, err_msg=name)
    spent = cost(View(N=found["N"], D=found["D"]))
    np.testing.assert_allclose(spent, np.tile(BUDGETS, (5, 1)), rtol=1e-9)


def test_the_search_finds_the_closed_form():
    """With the law's rule written anew, and for the law without its closed form."""
    values = draws()
    plain = optimum.optima(LAW, values, BUDGETS)
    for law, plan in ((LAW, dict(cost=six)), (replace(LAW, optimum=None), {})):
        searched = agrees(values, lambda N, C: C / (6 * N), law, **plan)
        np.testing.assert_allclose(searched["N"], plain["N"], rtol=1e-6)
        np.testing.assert_allclose(searched["loss"], plain["loss"], rtol=1e-12)


@pytest.mark.parametrize(
    "cost, words",
    [
        (lambda c: c.N + 0 * c.D, "rise with D"),
        (lambda c: 6 * c.D / c.N, "must not fall with N"),
        (lambda c: -6 * c.N * c.D, "above zero"),
        (lambda c: c.experts * c.N * c.D, "does not run .*experts"),
    ],
)
def test_a_rule_that_cannot_be_planned_with_is_refused(cost, words):
    with pytest.raises(bayesfit.InputError, match=words) as error:
        optimum.optima(LAW, draws(), 1e22, cost=cost)
    assert "\n" not in str(error.value)


# -- constraints -------------------------------------------------------------------------------


def test_a_largest_size_and_a_largest_table():
    values = draws()
    free = optimum.optima(LAW, values, BUDGETS)
    cap = float(np.median(free["N"][:, 1]))  # binds for some draws of one budget
    found = agrees(values, lambda N, C: np.where(cap >= N, C / (6 * N), -1), largest_N=cap)
    assert (found["N"] <= cap * (1 + 1e-9)).all()
    np.testing.assert_allclose(found["N"][:, 0], free["N"][:, 0], rtol=1e-6)
    most = float(np.median(free["D"][:, 1]))
    found = agrees(values, lambda N, C: np.minimum(C / (6 * N), most), largest_D=most)
    assert (found["D"] <= most * (1 + 1e-9)).all() and (found["D"][:, 1] > 0.999 * most).any()


def test_sizes_that_can_be_built():
    values, sizes = draws(), [7e10, 1e9, 3e9, 3e10, 1e11]
    found = agrees(values, lambda N, C: C / (6 * N), sizes=sizes, N=sizes)
    assert set(found["N"].ravel()) <= set(sizes) and len(set(found["N"].ravel())) > 1
    small = optimum.optima(LAW, values, BUDGETS, sizes=sizes, largest_N=5e9)
    assert (small["N"][:, 1] == 3e9).all()
    with pytest.raises(bayesfit.InputError, match="buys no token even for 1e.12 parameters"):
        optimum.optima(LAW, values, 1e9, sizes=[1e12])


def test_inference_is_paid_for():
    values, served = draws(), 5e12

    def tokens(N, C):
        return (C - 2 * N * served) / (6 * N)

    found = agrees(values, tokens, inference_tokens=served)
    free = optimum.optima(LAW, values, BUDGETS)
    assert (found["N"] < free["N"]).all()
    assert (found["tokens_per_parameter"] > free["tokens_per_parameter"]).all()
    found = agrees(
        values, lambda N, C: (C - 2 * N * served) / (6 * N + 2e9),
        inference_tokens=served, cost=embedded,
    )  # fmt: skip
    spent = embedded(View(N=found["N"], D=found["D"])) + 2 * found["N"] * served
    np.testing.assert_allclose(spent, np.tile(BUDGETS, (5, 1)), rtol=1e-9)


@pytest.mark.parametrize(  # quality of this size, tokens served -> size, and FLOPs saved
    "size, served, best, saved",
    [(13e9, 2e12, 6.97e9, 0.174), (30e9, 1e13, 13.61e9, 0.280), (70e9, 1e13, 41.55e9, 0.119)],
)
def test_the_cases_of_sardana(size, served, best, saved):
    """The cheapest model of a quality, by its budget: the best model for that budget."""
    p, law = SARDANA, LAW
    compute = brentq(
        lambda C: np.log(optimum.optima(law, one_draw(p), C)["N"].item() / size), 1e20, 1e27
    )
    tokens = compute / (6 * size)
    quality = loss(p, size, tokens)
    fewer = ((quality - p["E"] - p["A"] / best ** p["alpha"]) / p["B"]) ** (-1 / p["beta"])
    budget = 6 * best * fewer + 2 * best * served
    found = optimum.optima(law, one_draw(p), budget, inference_tokens=served)
    assert found["N"].item() == pytest.approx(best, rel=0.005)
    assert found["loss"].item() == pytest.approx(quality, rel=1e-6)
    assert 1 - budget / (compute + 2 * size * served) == pytest.approx(saved, abs=0.0006)


def experts_law():
    """A law that reads what a planner is given."""

    def routed(columns):
        """6 N D (1 + 0.01 experts)"""
        return 6 * columns.N * columns.D * (1 + 0.01 * columns.experts)

    def log_loss(p, runs):
        N = runs.N * runs.experts**p.share
        return jnp.log(p.E + p.A / N**p.alpha + p.B / runs.D**p.beta)

    return Law(
        rows="final", inputs=("N", "D", "experts"), priors=lambda ref: {}, log_loss=log_loss,
        cost=routed, name="experts",
    )  # fmt: skip


def test_what_is_given_is_neither_chosen_nor_guessed():
    law, values = experts_law(), draws() | dict(share=np.full(5, 0.3))
    assert law.given == ("experts",) and law.is_allocation and law.has_surface
    found = optimum.optima(law, values, BUDGETS, given=dict(experts=64))
    for column, C in enumerate(BUDGETS):
        scaled = values | dict(A=values["A"] / 64 ** (0.3 * values["alpha"]))
        sizes, _, lowest = by_hand(scaled, C, lambda N, C: C / (6 * N * 1.64))
        np.testing.assert_allclose(found["N"][:, column], sizes, rtol=2e-4)
        np.testing.assert_allclose(found["loss"][:, column], lowest, rtol=1e-8)
    with pytest.raises(bayesfit.InputError, match="also reads experts"):
        optimum.optima(law, values, 1e22)
    with pytest.raises(bayesfit.InputError, match="does not read heads"):
        optimum.optima(law, values, 1e22, given=dict(experts=64, heads=8))
    with pytest.raises(bayesfit.InputError, match="experts is 0"):
        optimum.optima(law, values, 1e22, given=dict(experts=0))


def test_of_several_values_the_best_is_chosen_and_memory_bounds_them():
    law = replace(experts_law(), held=lambda columns: columns.N * columns.experts)
    values, memory = draws() | dict(share=np.full(5, 0.3)), 3e10
    each = [
        optimum.optima(law, values, BUDGETS, given=dict(experts=e), memory=memory)
        for e in (1, 8, 64)
    ]
    best = np.argmin([found["loss"] for found in each], axis=0)
    found = optimum.optima(law, values, BUDGETS, given=dict(experts=[1, 8, 64]), memory=memory)
    assert set(np.unique(best)) == {0, 1, 2}  # the more compute, the fewer experts fit
    np.testing.assert_array_equal(found["experts"], np.array([1.0, 8.0, 64.0])[best])
    for name in ("N", "D", "loss"):
        expected = np.choose(best, [x[name] for x in each])
        np.testing.assert_array_equal(found[name], expected, err_msg=name)
    assert (found["N"] * found["experts"] <= memory * (1 + 1e-6)).all()
    table = optimum.table(law, values, BUDGETS, given=dict(experts=[1, 8, 64]), memory=memory)
    assert {"experts", "experts_lo80", "loss_at_N"} <= set(table)
    np.testing.assert_allclose(table["loss_at_N"], table["loss"], rtol=2e-2)
    own = optimum.optima(LAW, draws(), BUDGETS, memory=3e9)
    np.testing.assert_allclose(own["N"], optimum.optima(LAW, draws(), BUDGETS, largest_N=3e9)["N"])


def test_a_law_without_a_loss_is_planned_by_its_best_size():
    law = models.load("chinchilla_approach1")
    problem = bind(law, explained(law, bayesfit.load("simulated_curves")))
    values = prior_draws(problem, 20)
    free = optimum.optima(law, values, 1e21)
    assert "loss" not in free
    cap = float(np.median(free["N"]))
    found = optimum.optima(law, values, 1e21, largest_N=cap)
    np.testing.assert_allclose(found["N"], np.minimum(free["N"], cap))
    np.testing.assert_allclose(6 * found["N"] * found["D"], 1e21)
    sizes = np.array([1e8, 1e9, 1e10])
    nearest = sizes[np.argmin(np.abs(np.log(free["N"] / sizes)), axis=1)]
    found = optimum.optima(law, values, 1e21, sizes=sizes)
    np.testing.assert_array_equal(found["N"][:, 0], nearest)
    with pytest.raises(bayesfit.InputError, match="no loss of N and D to weigh inference"):
        optimum.optima(law, values, 1e21, inference_tokens=1e12)


# -- no best size ------------------------------------------------------------------------------


def test_without_a_valley_there_is_no_best_size_and_the_share_is_reported():
    """Farseer on pile, whose draws may promise ever less loss to ever larger models."""
    law = models.load("farseer")
    problem = bind(law, bayesfit.load("pile"), likelihoods.load("graded_t"))
    values, C = prior_draws(problem, 400), 1e27
    found = optimum.optima(law, values, C)
    endless = np.isinf(found["N"][:, 0])
    assert 0.01 < endless.mean() < 0.99
    assert (
        np.isinf(found["D"][endless]).all()
        and np.isinf(found["tokens_per_parameter"][endless]).all()
    )
    there = found["N"][~endless, 0]
    assert (there < 0.9 * searching.LARGEST).all() and (there > 1.1 * searching.SMALLEST).all()
    # A share of the draws, one of them by hand: the loss falls all the way.
    fine = np.geomspace(1e3, 1e18, 4000)
    columns = dict(N=fine, D=C / (6 * fine))
    some = {name: x[endless][:3] for name, x in values.items()}
    height = log_surface(law, some, columns)
    assert (np.argmin(height, axis=1) >= len(fine) - 2).all()
    row = optimum.table(law, values, C).iloc[0]
    assert row["without_optimum"] == pytest.approx(endless.mean())
    assert np.isinf(row["N_hi95"]) == (endless.mean() > 0.025)


# -- questions that cannot be answered ---------------------------------------------------------


@pytest.mark.parametrize(
    "flops", [-1, 0, [], "x", [1e22, -1], np.nan, np.inf, [[1e22]], None, 9**999]
)
def test_budgets_that_are_none_are_refused(flops):
    with pytest.raises(bayesfit.InputError, match="budgets") as error:
        optimum.optima(LAW, draws(), flops)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "plan, words",
    [
        (dict(largest_M=1e9), "constraints are cost, given, largest_N"),
        (dict(largest_N=-1e9), "largest_N is -1"),
        (dict(memory=0.0), "memory is 0"),
        (dict(memory=1e9, sizes=[7e9, 70e9]), "holds 1e[+]09 parameters at most, and the smallest"),
        (dict(given=dict(N=1e9)), "N is what is looked for"),
        (dict(sizes=[]), "sizes is empty"),
        (dict(sizes=[1e9, 0.0]), r"sizes\[1\] is 0"),
        (dict(inference_tokens=-1.0), "inference_tokens is -1"),
        (dict(given=dict(experts=8)), "does not read experts"),
    ],
)
def test_constraints_that_are_none_are_refused(plan, words):
    with pytest.raises(bayesfit.InputError, match=words):
        optimum.optima(LAW, draws(), 1e22, **plan)


def test_a_law_of_one_input_knows_no_best_size():
    with pytest.raises(bayesfit.InputError, match="knows no best size"):
        optimum.optima(models.load("kaplan_n"), dict(N_c=np.ones(3)), 1e22)


def test_one_budget_may_be_a_number():
    values = draws(40)
    one, several = optimum.table(LAW, values, 1e22), optimum.table(LAW, values, [1e22])
    assert len(one) == 1 and one.equals(several)


def test_the_loss_of_building_the_best_size_is_not_the_lowest_loss():
    """Every draw is at its best at its own N*; the model that is built has one size."""
    values = draws(200)
    row = optimum.table(LAW, values, 1e25).iloc[0]
    lowest = optimum.optima(LAW, values, 1e25)["loss"][:, 0]
    built = optimum.loss_of_size(LAW, values, [row["N"]], [1e25])[:, 0]
    assert (built >= lowest * (1 - 1e-12)).all() and (built > lowest + 1e-4).any()
    assert row["loss_at_N"] == band(built)["median"] and row["loss_at_N"] > row["loss"]
    assert row["loss"] == band(lowest)["median"]
    assert row["without_optimum"] == 0


def test_a_size_that_the_budget_cannot_pay_for_has_no_loss():
    """Not even where a law makes something of less than no tokens."""

    def log_loss(p, runs):
        return jnp.log(p.E + p.A / runs.N**p.alpha + p.B * jnp.maximum(runs.D, 1e3) ** -p.beta)

    law = replace(LAW, log_loss=log_loss, optimum=None)
    loss = optimum.loss_of_size(law, draws(), [1e10, 1e10], [1e22] * 2, inference_tokens=5e11)
    assert np.isinf(loss).all()  # serving takes all of it
    assert np.isfinite(
        optimum.loss_of_size(law, draws(), [1e9], [1e22], inference_tokens=1e9)
    ).all()


def test_a_budget_is_searched_once_for_the_same_draws(monkeypatch):
    """And is the same number whichever budgets are asked for beside it, and of which draws."""
    law, values = replace(LAW, optimum=None), draws()
    searched: list[float] = []
    search = optimum._searched
    monkeypatch.setattr(
        optimum, "_searched", lambda *given: (searched.extend(given[4]), search(*given))[1]
    )
    many = np.geomspace(1e19, 1e25, 2 * optimum.TOGETHER + 3)
    whole = optimum.optima(law, values, many)
    assert np.array_equal(searched, [*many, many[-1]])  # the odd one fills its block by itself
    searched.clear()
    again = optimum.optima(law, {name: x.copy() for name, x in values.items()}, many[[5, 2, 5]])
    assert not searched
    for name, x in again.items():
        assert np.array_equal(x, whole[name][:, [5, 2, 5]]), name
    fewer = optimum.optima(law, {name: x[1:] for name, x in values.items()}, many[2])
    assert set(searched) == {many[2]}
    searched.clear()
    assert np.allclose(fewer["N"][:, 0], whole["N"][1:, 2], rtol=1e-6)
    optimum.optima(law, values, many[2], largest_N=1e9)
    assert set(searched) == {many[2]}


def test_a_closed_form_beyond_all_sizes_is_none():
    """As of a refit whose exponent is near its bound: sizes that no search would look at."""
    law = models.load("chinchilla_approach3")
    p = one_draw(dict(E=1.7, A=400.0, B=400.0, alpha=0.02, beta=0.5))
    found = optimum.optima(law, p, [1e21, 1e28])
    assert found["N"][0, 0] < searching.LARGEST and np.isfinite(found["D"][0, 0])
    assert np.isinf(found["N"][0, 1]) and np.isinf(found["D"][0, 1])
