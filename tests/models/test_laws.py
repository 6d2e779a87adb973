"""The contract that every file in models/ keeps, whatever its law."""

from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
import pytest

from bayesfit import binding, models
from bayesfit.binding import explained
from bayesfit.data.runs import Runs
from bayesfit.datasets import describe, load
from bayesfit.errors import InputError
from bayesfit.law import Law, View, within
from bayesfit.prediction.optimum import optima
from bayesfit.problem import Problem

DRAWS = 1000
# (law, input) -> why more of it need not lower the loss
UP = {
    ("repeated_data", "N"): "a large model overfits unique tokens that are few",
    ("farseer", "N"): "its exponent of D may fall so fast with N that a larger model is worse",
}
LEVEL = {
    ("data_constrained", "N"): "parameters far beyond what unique tokens can use are worth nothing",
    ("data_constrained", "D"): "so is the epoch after very many",
}


@dataclass(frozen=True)
class Looked:
    """A law bound to its own table, and what it makes of draws from its prior.

    Attributes:
        q, theta, p: the draws, in the engine's coordinates, at the reference run, in the paper's.
        density, gradient: log posterior density at q.
        again: q of theta; `back` theta of p, where the law has a `reference`.
        derived: quantities derived from p.
        fitted: on the scale of the link, of every run (draws, runs).
        steps: input -> how much that of one run changes where the input is larger by a tenth.
    """

    law: Law
    problem: Problem
    q: Any
    theta: Any
    p: Any
    density: Any
    gradient: Any
    again: Any
    back: Any
    derived: Any
    fitted: Any
    steps: Any


def look(b: Problem) -> dict:
    """All of it for one law in one program, most of whose compilation is the prior's samplers."""
    law, ref = b.law, View(**b.ref)
    q = b.draw_prior(jax.random.key(0), DRAWS)
    density, gradient = jax.vmap(jax.value_and_grad(b.log_density))(q)
    theta = jax.vmap(b.constrain)(q)
    p = jax.vmap(b.textbook)(theta)
    first = {name: x[:1] for name, x in b.columns.items()}

    def step(p, column):
        grown = {**first, column: first[column] * 1.1}
        return law.log_loss(View(**p), View(**grown)) - law.log_loss(View(**p), View(**first))

    reference = law.reference
    return dict(
        q=q,
        theta=theta,
        p=p,
        density=density,
        gradient=gradient,
        again=jax.vmap(b.unconstrain)(theta),
        back=None if reference is None else jax.vmap(lambda p: reference(View(**p), ref))(p),
        derived=jax.vmap(lambda p: law.derived(View(**p)))(p),
        fitted=jax.vmap(lambda p: law.log_loss(View(**p), View(**b.columns)))(p),
        steps={
            x: jax.vmap(lambda p, x=x: step(p, x))(p) for x in {"N", "D", "C"} & set(law.inputs)
        },
    )


def table(name: str) -> Runs:
    """A built-in table; without network, those that are fetched are skipped."""
    try:
        return load(name)
    except InputError as error:
        if not describe(name).url or "cannot download" not in str(error):
            raise
        pytest.skip(f"the law's table cannot be fetched: {error}")


def by_family(name: str) -> Any:
    """Laws of a dense model by default; all others, each of which compiles anew, are slow."""
    slow = models.declared(name, "family") != "dense"
    return pytest.param(name, marks=[pytest.mark.slow] * slow)


@pytest.fixture(scope="module", params=[by_family(name) for name in models.names()])
def looked(request):
    law = models.load(request.param)
    # One likelihood for all: each has tests of its own, and the plainest compiles soonest.
    problem = binding.bind(law, explained(law, table(law.default_data)), "normal")
    found = jax.tree.map(np.asarray, jax.jit(look)(problem))
    return Looked(law=law, problem=problem, **found)


def test_its_docstring_gives_formula_and_source(looked):
    first, _, rest = looked.law.doc.partition("\n")
    assert "=" in first and first.endswith(".")
    assert "arXiv:" in rest


def test_every_parameter_it_prints_has_a_meaning(looked):
    shown = {*looked.p, *looked.derived}
    assert shown <= set(looked.law.symbols)
    for published in looked.law.published:
        assert set(published.values) <= shown


def test_every_role_is_played_by_a_parameter(looked):
    there = {*looked.p, *looked.derived, *looked.theta}
    assert set(looked.law.roles.values()) <= there


def test_density_and_gradient_are_finite_under_the_prior(looked):
    assert np.isfinite(looked.density).all() and np.isfinite(looked.gradient).all()


def test_coordinates_return(looked):
    some = slice(100)
    np.testing.assert_allclose(looked.again[some], looked.q[some], rtol=1e-8, atol=1e-8)
    if looked.back is not None:
        for name in looked.problem.law_priors():
            back, theta = looked.back[name][some], looked.theta[name][some]
            np.testing.assert_allclose(back, theta, rtol=1e-6, err_msg=name)


def test_loss_falls_with_every_input_that_is_a_scale(looked):
    law = looked.law
    if law.response != "loss" or {"N", "C"} <= set(law.inputs):
        pytest.skip("not a loss, or N and C trade against each other")
    for column, steps in looked.steps.items():
        if (law.name, column) in UP:
            assert (steps < 0).any() and (steps > 0).any(), column
        elif (law.name, column) in LEVEL:
            assert (steps < 0).any() and (steps <= 0).all(), column
        else:
            assert (steps < 0).all(), column


def test_the_prior_predicts_losses_of_the_right_size(looked):
    if looked.law.response != "loss":
        pytest.skip("the law explains another column, whose size may well be unknown")
    ratio = np.exp(looked.fitted - np.asarray(looked.problem.response))
    assert np.quantile(ratio, 0.05) > 0.3 and np.quantile(ratio, 0.95) < 5.0


def test_the_closed_form_optimum_is_the_searched_one(looked):
    law = looked.law
    if law.optimum is None:
        pytest.skip("the law has no closed form")
    one = within(law, 0) if law.group else law
    if not one.has_surface:
        pytest.skip("the law knows no loss to search")
    p = {name: x[:200] for name, x in looked.p.items()}
    closed = optima(one, p, 1e24)
    found = optima(replace(one, optimum=None), p, 1e24)
    inside = (closed["N"] > 1e4) & (closed["N"] < 1e17)
    assert inside.mean() > 0.8
    for quantity in ("N", "D", "loss"):
        rtol = 1e-9 if quantity == "loss" else 1e-4
        both = (x[quantity][inside] for x in (closed, found))
        np.testing.assert_allclose(*both, rtol=rtol, err_msg=quantity)
