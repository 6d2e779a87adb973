"""A problem is the same posterior however it is written, and however long its padding."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pandas as pd
import pytest
from numpyro.distributions import Normal
from numpyro.infer.util import log_density
from scipy import stats

from bayesfit import binding, likelihoods, models
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError
from bayesfit.inference import mle
from bayesfit.law import Law
from bayesfit.likelihoods._scales import FINEST

from .simulate import chinchilla_table


@pytest.fixture(params=["student_t", "graded_t", "shared_t", "misfit_t", "normal"])
def bound(request):
    law = models.load("chinchilla_approach3")
    return binding.bind(law, chinchilla_table(runs=40), likelihoods.load(request.param))


def test_the_density_is_that_of_the_numpyro_model(bound):
    @jax.jit
    def both(bound):
        def theta(q):
            return jnp.concatenate([bound.constrain(q)[name].ravel() for name in bound.priors()])

        def one(q):
            theirs, _ = log_density(bound.model, (), {}, bound.constrain(q))
            return bound.log_density(q), theirs, jax.jacfwd(theta)(q)

        return jax.vmap(one)(bound.draw_prior(jax.random.key(0), 5))

    ours, theirs, slopes = both(bound)
    np.testing.assert_allclose(ours, theirs + np.linalg.slogdet(slopes)[1], rtol=1e-9)


def test_numpyro_can_sample_the_model_itself():
    law = models.load("chinchilla_approach3")
    bound = binding.bind(law, chinchilla_table(runs=40))
    trace = numpyro.handlers.trace(numpyro.handlers.seed(bound.model, 0)).get_trace()
    assert set(bound.priors()) | {"runs"} == set(trace)


def test_padding_changes_nothing():
    law = models.load("chinchilla_approach3")
    table = chinchilla_table(runs=40).table
    bound = binding.bind(law, from_frame(table), "student_t")
    assert len(bound.weights) == 64 and bound.weights.sum() == 40
    q = mle.starting_points(bound, 64)[0]
    theta = bound.constrain(q)
    scatter = stats.t(float(theta["nu"]), 0.0, np.hypot(float(theta["sigma"]), FINEST))
    by_hand = scatter.logpdf(np.asarray(bound.residuals(q))[:40]).sum()
    np.testing.assert_allclose(bound.log_likelihood(q).sum(), by_hand, rtol=1e-12)


def test_one_more_run_has_the_same_shape():
    lengths = [binding.padded_length(n) for n in range(1, 2000)]
    assert all(n <= length <= max(32, 1.3 * n + 32) for n, length in enumerate(lengths, 1))
    assert len(set(lengths)) < 40
    assert binding.padded_length(240) == binding.padded_length(241)


def test_one_more_run_compiles_nothing():
    law = models.load("chinchilla_approach3")

    def fitted(runs):
        bound = binding.bind(law, chinchilla_table(runs=runs))
        return mle.minimise(bound, mle.starting_points(bound, 64)[:4, : bound.law_dimension])

    fitted(40)
    programs = mle._side_by_side.cache_size()
    assert fitted(41).converged.all()
    assert mle._side_by_side.cache_size() == programs


def test_fewer_runs_than_parameters_is_refused():
    law = models.load("chinchilla_approach3")
    with pytest.raises(InputError, match="5 parameters and simulated only 4 runs"):
        binding.bind(law, chinchilla_table(runs=4))


def test_an_input_may_be_zero_where_the_law_says_so():
    def formula(p, runs):
        return p.level - 0.1 * runs.x

    own = Law(
        rows="final",
        inputs=("x",),
        any_value=("x",),
        priors=lambda ref: dict(level=Normal(jnp.log(ref.loss) + 0.1 * ref.x, 1.0)),
        log_loss=formula,
    )
    runs = from_frame(pd.DataFrame(dict(x=[0.0, 1.0, -4.0], loss=[2.0, 3.0, 4.0])))
    problem = binding.bind(own, runs, "normal")
    assert float(problem.ref["x"]) == -1.0
    assert problem.inputs({"x": 0.0})["x"] == 0.0
    with pytest.raises(InputError, match="run 1 of 3: x is 0, and the law reads"):
        binding.bind(replace(own, any_value=()), runs, "normal")
    with pytest.raises(InputError, match="any_value names y"):
        replace(own, any_value=("y",))
