"""One tiny fit, and what is made of it without fitting again."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jax.numpy import log
from matplotlib.text import Text
from numpyro.distributions import LogNormal

import bayesfit
from bayesfit import figures
from bayesfit.binding import bind
from bayesfit.law import Law

TINY: dict[str, Any] = dict(
    likelihood="student_t", starts=8, bootstrap=32, chains=4, draws=60, refits=False
)
ASKED = 3.8e25  # FLOPs


@pytest.fixture(scope="session")
def fit():
    return bayesfit.fit("chinchilla_approach3", "pile", **TINY)


@pytest.fixture(scope="session")
def drawn(fit):
    return figures.all_figures(fit)


@pytest.fixture(scope="session")
def held(fit):
    """As if the largest runs had been held out."""
    small, large = fit.runs.split("C < 1e22")
    return replace(fit, runs=small, held_out=large, problem=bind(fit.law, small, fit.likelihood))


@pytest.fixture(scope="session")
def drawn_held(held):
    return figures.all_figures(held, flops=ASKED)


def power_law(column: str) -> Law:
    """L = E + (scale / x)^alpha, of one column."""

    def log_loss(p, runs):
        x = getattr(runs, column) / 1e9 if column == "N" else getattr(runs, column) / 1e21
        return log(p.E + x**-p.alpha)

    priors = dict(E=LogNormal(0.0, 0.5), alpha=LogNormal(-2.0, 0.5))
    return Law(
        priors=lambda ref: priors, log_loss=log_loss, inputs=(column,), name=column, rows="final"
    )


def of_another_law(fit, law: Law, runs=None, **values: float):
    """As if `law` had been fitted: its parameters drawn near `values`, the scatter as it was."""
    values = values or dict(E=1.5, alpha=0.2)
    runs = fit.runs if runs is None else runs
    problem = bind(law, runs, "student_t")
    shape, rng = fit.posterior.stats["diverging"].shape, np.random.default_rng(0)
    sizes = {name: prior.shape() for name, prior in problem.law_priors().items()}
    draws = {n: rng.normal(x, 0.01, (*shape, *sizes.get(n, ()))) for n, x in values.items()}
    scatter = {name: fit.posterior.values[name] for name in ("sigma", "nu")}
    attrs = dict(fit.posterior.attrs) | dict(labels=list(problem.labels))
    posterior = replace(fit.posterior, values=draws | scatter, attrs=attrs)
    return replace(
        fit,
        law=law,
        runs=runs,
        problem=problem,
        estimate={name: x[0, 0] for name, x in draws.items()},
        posterior=posterior,
        bootstrap=replace(fit.bootstrap, values=draws, attrs=attrs),
    )


def texts(figure) -> str:
    """All that is written on a figure, titles included."""
    return "\n".join(t.get_text() for t in figure.findobj(Text))
