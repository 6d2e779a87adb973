"""What a law has to declare, and what the engine makes of a law on another scale than the log."""

import jax
import numpy as np
import numpyro.distributions as dist
import pandas as pd
import pytest
from jax.numpy import log as log_of
from jax.numpy import maximum, where

import bayesfit
from bayesfit import law as laws
from bayesfit import models
from bayesfit.binding import bind
from bayesfit.data.runs import from_frame
from bayesfit.law import Law, View, cost_name

from .simulate import chinchilla_table


def made(**changes):
    """A power law in N, on the scale of its link."""
    parts = dict(
        rows="final",
        inputs=("N",),
        priors=lambda ref: dict(level=dist.Normal(0.0, 2.0), slope=dist.LogNormal(-1.5, 0.7)),
        log_loss=lambda p, runs: p.level - p.slope * log_of(runs.N / 1e9),
        roles=dict(exponent_N="slope"),
        name="made",
    )
    return Law(**parts | changes)


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(rows=""), 'rows="final", "curve" or "envelope"'),
        (dict(rows="last"), "not 'last'"),
        (dict(rows="envelope"), "needs `prepare`"),
        (dict(roles=dict(exponent_M="slope")), "no role 'exponent_M'; there are level,"),
    ],
)
def test_a_law_that_does_not_declare_itself_is_refused(changes, words):
    with pytest.raises(bayesfit.InputError, match=words) as error:
        made(**changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["sigma", "nu", "chain"])
def test_a_parameter_named_like_one_of_the_likelihood_is_refused(name):
    """In theta or, worked out, in the paper's coordinates: it would hide the other one."""
    own = made(
        priors=lambda ref: {name: dist.Normal(0.0, 2.0)},
        log_loss=lambda p, runs: getattr(p, name) + 0.0 * runs.N,
    )
    whose = "bayesfit itself" if name == "chain" else "the likelihood student_t"
    for law in (own, made(symbols={name: "something of its own"})):
        with pytest.raises(bayesfit.InputError, match=f"parameter {name}, and so has {whose}"):
            bind(law, chinchilla_table())
    bind(made(), chinchilla_table())


def test_a_name_stands_for_one_number():
    """Where a textbook clips what a prior gives, and keeps its name, draws had one of the two."""

    def clipped(theta, ref):
        return dict(level=maximum(theta.level, -1.0))

    def rarely(theta, ref):
        near = abs(theta.level) < 0.02  # in 1 % of draws
        return dict(level=where(near, 0.02, theta.level))

    def anew(theta, ref):
        return jax.jit(lambda level: dict(level=1.0 * level))(theta.level)

    parts = dict(
        priors=lambda ref: dict(level=dist.Normal(0.0, 2.0)),
        log_loss=lambda p, runs: p.level + 0.0 * runs.N,
    )
    for textbook in (clipped, rarely):
        with pytest.raises(bayesfit.InputError, match="a prior of level, and another level"):
            bind(made(**parts, textbook=textbook), chinchilla_table())
    for textbook in (laws.itself, anew):
        bind(made(**parts, textbook=textbook), chinchilla_table())


def test_roles_are_asked_for_and_not_names():
    law = made(roles=dict(exponent_N="slope", irreducible="E"))
    assert law.role("exponent_N", dict(slope=0.2, alpha=9.0)) == 0.2
    assert law.role("irreducible", dict(slope=0.2)) is None
    assert law.role("exponent_D", dict(beta=0.3, slope=0.2)) is None
    farseer = models.load("farseer")  # its beta is no exponent of D
    assert farseer.role("exponent_D", dict(beta=1.0, exponent_D=0.4)) == 0.4


def test_what_a_law_can_be_asked():
    of_both = models.load("chinchilla_approach3")
    assert of_both.is_of_loss and of_both.is_allocation and of_both.has_surface
    assert not made().is_allocation and not made().has_surface
    p = View(E=1.8, A=480.0, B=2100.0, alpha=0.35, beta=0.37)
    at = of_both.at(p, 1e9, 2e10)
    assert float(at) == pytest.approx(np.log(1.8 + 480 / 1e9**0.35 + 2100 / 2e10**0.37))
    assert cost_name(of_both.cost) == "6 N D" and cost_name(lambda c: c.N) == "a rule of your own"
    assert repr(of_both) == f"<Law chinchilla_approach3: {of_both.formula}>"


def error_rates(seed=0, runs=24, scatter=0.05):
    """A table of error rates, from .9 for the smallest models to .05 for the largest."""
    rng = np.random.default_rng(seed)
    N = np.geomspace(1e7, 1e11, runs)
    level = 0.5 - 0.6 * np.log(N / 1e9) + scatter * rng.standard_normal(runs)
    table = dict(N=N, D=20 * N, loss=2 + (1e9 / N) ** 0.1, error=1 / (1 + np.exp(-level)))
    return from_frame(pd.DataFrame(table), "error rates", simulated=True)


@pytest.fixture(scope="module")
def of_errors():
    law = made(response="error", link=laws.logit, likelihood="rough_t", symbols=dict(slope="slope"))
    runs = error_rates()
    return bayesfit.fit(law, runs, starts=16, bootstrap=50, chains=4, draws=100)


def test_a_law_of_error_rates_is_fitted_between_nought_and_one(of_errors):
    fit = of_errors
    response = np.asarray(fit.problem.response)[: len(fit.runs)]
    np.testing.assert_allclose(1 / (1 + np.exp(-response)), fit.runs["error"], rtol=1e-12)
    low, high = np.quantile(fit.posterior.flat["slope"], [0.005, 0.995])
    assert low < 0.6 < high and high - low < 0.2
    assert float(fit.estimate["slope"]) == pytest.approx(0.6, abs=0.05)
    assert fit.refits == []  # those are of laws of the loss
    found = fit.predict({"N": [1e3, 1e9, 1e15]})
    bands = found[[name for name in found if name.startswith(("error", "observed"))]].to_numpy()
    assert ((bands >= 0) & (bands <= 1)).all()
    assert found["error"][0] > 0.99 and found["error"][2] < 0.01
    assert found["error_lo95"][1] < 1 / (1 + np.exp(-0.5)) < found["error_hi95"][1]
    drawn = fit.prior_predictive()
    assert ((drawn["observed"] >= 0) & (drawn["observed"] <= 1)).all()
    assert fit.to_arviz()["observed_data"]["error"].shape == (24,)
    with pytest.raises(bayesfit.InputError, match="knows no best size"):
        fit.optimum(1e22)


@pytest.mark.parametrize("value, words", [(1.0, "error is 1, "), (-0.2, "error is -0.2, ")])
def test_a_response_beyond_the_link_is_named(value, words):
    law = made(response="error", link=laws.logit, likelihood="rough_t")
    errors = error_rates()["error"].copy()
    errors[3] = value
    with pytest.raises(bayesfit.InputError, match="between zero and one") as error:
        bind(law, error_rates().with_column("error", errors))
    assert words in str(error.value) and "run 4 of 24" in str(error.value)
