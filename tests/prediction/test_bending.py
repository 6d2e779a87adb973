"""Laws bent by what a likelihood takes them to be off by: where they have a best size."""

import jax
import numpy as np
import pytest

import bayesfit
from bayesfit import likelihoods, models, priors
from bayesfit.binding import bind
from bayesfit.errors import InputError
from bayesfit.law import Law
from bayesfit.prediction import surface
from bayesfit.prediction.bending import bent
from bayesfit.prediction.optimum import optima
from bayesfit.problem import described

from ..simulate import chinchilla_table


def drawn(law, count=40):
    """The law, bent by prior draws of a fit to a small table."""
    problem = bind(law, chinchilla_table(runs=40), likelihoods.load("misfit_t"))
    q = np.asarray(problem.draw_prior(jax.random.key(0), count))
    return law, *bent(law, problem, described(problem, q), 0)


def sloping():
    """A power law of N and D: without end, for it has no valley at any budget."""
    from jax.numpy import log
    from numpyro.distributions import Normal

    return Law(
        rows="final",
        priors=lambda ref: dict(
            level=Normal(1.0, 0.1), s=Normal(0.08, 0.001), t=Normal(0.05, 0.001)
        ),
        log_loss=lambda p, runs: p.level - p.s * log(runs.N / 1e9) - p.t * log(runs.D / 1e10),
        name="sloping",
        misfit=0.02,
    )


def test_bends_alone_make_no_best_size():
    """They are valleys everywhere, but the law has none."""
    _, law, values = drawn(sloping())
    assert np.isinf(optima(law, values, [1e21, 1e25])["N"]).all()


def test_a_budget_beyond_all_sizes_has_none():
    _, law, values = drawn(models.load("chinchilla_approach3"))
    assert np.isinf(optima(law, values, [1e50])["N"]).mean() > 0.8


def test_the_best_size_is_the_lowest_on_a_fine_grid():
    """Also where bends make several valleys."""
    own, law, values = drawn(models.load("chinchilla_approach3"))
    C = 1e24
    found = optima(law, values, [C])["N"][:, 0]
    there = np.isfinite(optima(own, values, [C])["N"][:, 0]) & np.isfinite(found)
    fine = np.geomspace(1e5, 1e16, 6001)
    height = surface.log_surface(law, values, dict(N=fine, D=C / (6 * fine)))
    lowest = height.min(1)
    at = np.array(
        [np.interp(np.log(n), np.log(fine), h) for n, h in zip(found, height, strict=True)]
    )
    assert there.mean() > 0.5
    assert (np.abs(at - lowest)[there] < 2e-5).mean() >= 0.97


def test_surfaces_in_blocks_are_the_same(monkeypatch):
    _, law, values = drawn(models.load("chinchilla_approach3"))
    columns = dict(N=np.geomspace(1e8, 1e10, 50), D=np.geomspace(1e9, 1e12, 50))
    whole = surface.log_surface(law, values, columns)
    monkeypatch.setattr(surface, "NUMBERS", 150)
    np.testing.assert_allclose(surface.log_surface(law, values, columns), whole, rtol=1e-12)


@pytest.mark.parametrize("misfit", [-0.01, np.nan, np.inf, "big", None])
def test_a_misfit_is_a_standard_deviation(misfit):
    with pytest.raises(InputError, match="such as 0.02"):
        Law(priors=lambda ref: {}, log_loss=lambda p, runs: 0.0, rows="final", misfit=misfit)


def test_a_law_that_reads_no_N_and_D_cannot_be_bent():
    with pytest.raises(InputError, match="which kaplan_c does not read: choose student_t"):
        bayesfit.fit("kaplan_c", bayesfit.load("pile"), likelihood="misfit_t")


@pytest.mark.parametrize("text", ["Poisson(3.0)", "Bernoulli(0.3)", "Delta(0.35)"])
def test_a_prior_has_a_density(text):
    with pytest.raises(InputError, match="has no density"):
        priors.parsed("alpha", text)
