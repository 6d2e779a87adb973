"""The contract that every file in models/ keeps, whatever its law."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from bayesfit import binding, models
from bayesfit.binding import explained
from bayesfit.datasets import load
from bayesfit.law import View, within
from bayesfit.prediction.optimum import optima

pytestmark = pytest.mark.parametrize("name", models.names())


def bound(name):
    law = models.load(name)
    return law, binding.bind(law, explained(law, load(law.default_data)))


def prior_textbook(bound_problem, count=1000):
    """The paper's parameters at prior draws."""

    def draw(b):
        theta = jax.vmap(b.constrain)(b.draw_prior(jax.random.key(1), count))
        return jax.vmap(b.textbook)(theta)

    return jax.jit(draw)(bound_problem)


def test_its_docstring_gives_formula_and_source(name):
    first, _, rest = models.load(name).doc.partition("\n")
    assert "=" in first and first.endswith(".")
    assert "arXiv:" in rest


def test_every_parameter_it_prints_has_a_meaning(name):
    law, bound_problem = bound(name)
    p = prior_textbook(bound_problem, 2)
    shown = {**p, **law.derived(View(**{k: v[0] for k, v in p.items()}))}
    assert set(shown) <= set(law.symbols)
    for published in law.published:
        assert set(published.values) <= set(shown)


def test_density_and_gradient_are_finite_under_the_prior(name):
    _, bound_problem = bound(name)

    def look(b):
        q = b.draw_prior(jax.random.key(0), 1000)
        return jax.vmap(jax.value_and_grad(b.log_density))(q)

    density, gradient = jax.jit(look)(bound_problem)
    assert np.isfinite(density).all() and np.isfinite(gradient).all()


def test_coordinates_return(name):
    law, bound_problem = bound(name)
    q = bound_problem.draw_prior(jax.random.key(2), 100)
    theta = jax.vmap(bound_problem.constrain)(q)
    np.testing.assert_allclose(jax.vmap(bound_problem.unconstrain)(theta), q, rtol=1e-8, atol=1e-8)
    if law.reference is not None:
        ref = View(**bound_problem.ref)
        law_theta = {name: theta[name] for name in bound_problem.law_priors()}
        p = jax.vmap(bound_problem.textbook)(law_theta)
        back = jax.vmap(lambda p: law.reference(View(**p), ref))(p)
        for key, values in law_theta.items():
            np.testing.assert_allclose(back[key], values, rtol=1e-6)


def test_loss_falls_with_every_input_that_is_a_scale(name):
    law, bound_problem = bound(name)
    if law.response != "loss" or {"N", "C"} <= set(law.inputs):
        pytest.skip("not a loss, or N and C trade against each other")
    p = prior_textbook(bound_problem)
    columns = {k: v[:1] for k, v in bound_problem.columns.items()}

    def slope(p, column):
        grown = {**columns, column: columns[column] * 1.1}
        return law.log_loss(View(**p), View(**grown)) - law.log_loss(View(**p), View(**columns))

    for column in {"N", "D", "C"} & set(law.inputs):
        steps = jax.vmap(lambda p, column=column: slope(p, column))(p)
        assert (np.asarray(steps) < 0).all(), column


def test_the_prior_predicts_losses_of_the_right_size(name):
    law, bound_problem = bound(name)
    if law.response != "loss":
        pytest.skip("the law explains another column, whose size may well be unknown")
    p = prior_textbook(bound_problem)
    fitted = jax.vmap(lambda p: law.log_loss(View(**p), View(**bound_problem.columns)))(p)
    ratio = np.exp(np.asarray(fitted) - np.asarray(bound_problem.response))
    assert np.quantile(ratio, 0.05) > 0.3 and np.quantile(ratio, 0.95) < 5.0


def test_the_closed_form_optimum_is_the_searched_one(name):
    law, bound_problem = bound(name)
    if law.optimum is None:
        pytest.skip("the law has no closed form")
    one = within(law, 0) if law.group else law
    if not one.has_surface:
        pytest.skip("the law knows no loss to search")
    p = {key: np.asarray(x) for key, x in prior_textbook(bound_problem, 200).items()}
    closed = optima(one, p, 1e24)
    found = optima(replace(one, optimum=None), p, 1e24)
    inside = (closed["N"] > 1e4) & (closed["N"] < 1e17)
    assert inside.mean() > 0.8
    for quantity in ("N", "D", "loss"):
        rtol = 1e-9 if quantity == "loss" else 1e-4
        both = (x[quantity][inside] for x in (closed, found))
        np.testing.assert_allclose(*both, rtol=rtol, err_msg=quantity)
