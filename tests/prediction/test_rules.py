"""Rules of FLOPs as text: what they come to, what they refuse, and that nothing of them is run."""

from dataclasses import replace

import numpy as np
import pytest

from bayesfit import models
from bayesfit.datasets import as_runs
from bayesfit.errors import InputError
from bayesfit.law import View, cost_name
from bayesfit.prediction import optimum, rules

LAW = models.load("chinchilla_approach3")
DRAWS = dict(E=np.array([1.8]), A=np.array([482.0]), B=np.array([2085.0]))
DRAWS |= dict(alpha=np.array([0.35]), beta=np.array([0.37]))
N, D = 3e9, 2e11


@pytest.mark.parametrize(
    ("text", "flops"),
    [
        ("6*N*D", 6 * N * D),
        ("6 N D", 6 * N * D),
        ("6*N*D + 2e9*D", 6 * N * D + 2e9 * D),
        ("D*(6*N + .5e9) - 1e15", D * (6 * N + 0.5e9) - 1e15),
        ("2 N D / 3 * 4", 2 * N * D / 3 * 4),
        ("N*D - 2 - 3", N * D - 2 - 3),
        ("6 N D**1.01", 6 * N * D**1.01),
        ("2^3^2 N D", 2**9 * N * D),
        ("-2**2*N*D + 10 N D", 6 * N * D),
        ("6 N D (1 + log(D) / 1e2)", 6 * N * D * (1 + np.log(D) / 1e2)),
        ("6 N D + sqrt(N) exp(2)", 6 * N * D + N**0.5 * np.exp(2)),
    ],
)
def test_a_rule_comes_to_what_it_says(text, flops):
    rule = rules.read(text)
    assert float(rule(View(N=N, D=D))) == pytest.approx(flops, rel=1e-6)
    assert cost_name(rule) == text and rule == rules.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "6*N*D +", "6*N*(D", "6*N*D)", "N ** * D", "__import__('os').system('true') N D",
        "N.real*D", "N[0]*D", "lambda: N*D", "N*D; D", "6*N*D*\N{SNOWMAN}",
        "(" * 300 + "N*D" + ")" * 300, "-" * 300 + "N*D", "N*D" + "+1" * 400,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_said(text):
    with pytest.raises(InputError, match="cannot read the rule of FLOPs"):
        rules.read(text)


@pytest.mark.parametrize(
    ("text", "match"), [("6*N", "does not read D"), ("6*N*D + C", "reads C, which is what")]
)
def test_a_rule_of_something_else_is_said(text, match):
    with pytest.raises(InputError, match=match):
        rules.read(text)


def test_functions_are_those_of_the_grammar_and_names_those_of_the_law():
    with pytest.raises(InputError, match="reads eval: give each"):
        optimum.optima(LAW, DRAWS, 1e22, cost=rules.read("eval(N) D"))  # eval times N
    with pytest.raises(InputError, match="reads else, if"):
        optimum.optima(LAW, DRAWS, 1e22, cost=rules.read("N*D if D else 1"))  # a product
    with pytest.raises(InputError, match="reads layers: give each, as in --given layers=64"):
        optimum.optima(LAW, DRAWS, 1e22, cost=rules.read("6*N*D + layers*D"))
    more = rules.read("6*N*D + 1e7*layers*D")
    given = optimum.optima(LAW, DRAWS, 1e22, cost=more, given=dict(layers=64.0))
    same = optimum.optima(LAW, DRAWS, 1e22, cost=rules.read("6*N*D + 64e7*D"))
    assert given["N"] == pytest.approx(same["N"], rel=1e-6)


def test_a_rule_moves_the_optimum_as_the_function_does():
    text = optimum.optima(LAW, DRAWS, 1e22, cost=rules.read("6*N*D + 2e9*D"))
    function = optimum.optima(LAW, DRAWS, 1e22, cost=lambda x: 6 * x.N * x.D + 2e9 * x.D)
    own = optimum.optima(LAW, DRAWS, 1e22)
    assert text["N"] == pytest.approx(function["N"]) and text["D"][0, 0] < 0.99 * own["D"][0, 0]
    assert 6 * text["N"] * text["D"] + 2e9 * text["D"] == pytest.approx(1e22, rel=1e-9)


def test_flops_are_measured_by_the_runs():
    columns = dict(N=[1e8, 1e9], D=[1e10, 1e10], C=[7e18, 7e19], loss=[3.0, 2.0])
    runs = as_runs(columns)
    rule = rules.measured(runs)
    assert float(rule(View(N=1.0, D=1.0))) == pytest.approx(7.0)
    assert "the mean C / (N D)" in cost_name(rule) and "go from" not in cost_name(rule)
    uneven = rules.measured(as_runs(columns | dict(C=[5e18, 8e19])))
    assert float(uneven(View(N=1.0, D=1.0))) == pytest.approx(np.sqrt(40), rel=1e-3)
    assert "go from 5 to 8" in cost_name(uneven)
    bare = replace(runs, table=runs.table.drop(columns="C"))
    with pytest.raises(InputError, match="has no C to measure FLOPs by"):
        rules.measured(bare)


def test_budget_and_optimum_count_by_a_rule(small_fit):
    rule, C = "6*N*D + 2e9*D", 1e22
    answer = small_fit.ask("budget", flops=C, cost=rule)
    best = answer.choices.iloc[0]
    assert 6 * best["N"] * best["D"] + 2e9 * best["D"] == pytest.approx(C, rel=1e-6)
    assert best["C"] == pytest.approx(C, rel=1e-6)
    assert f"FLOPs are counted as {rule}." in answer.sentences
    assert answer.facts["planning"]["rule"] == rule
    found = small_fit.ask("optimum", flops=C, cost=rule)
    by_function = small_fit.optimum(C, cost=lambda x: 6.0 * x.N * x.D + 2e9 * x.D)
    assert found.optima["N"][0] == pytest.approx(by_function["N"][0])
    measured = small_fit.ask("optimum", flops=C, cost="measured")
    assert any("as measured" in x for x in measured.sentences)
    with pytest.raises(InputError, match="cost is a rule such as"):
        small_fit.ask("optimum", flops=C, cost=6)
