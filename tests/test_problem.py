"""A problem is the same posterior however it is told, and however long its padding."""

import jax
import numpy as np
import numpyro
import pytest
from numpyro.infer.util import log_density

from bayesfit import mle, models, noise, problem
from bayesfit.errors import InputError
from bayesfit.runs import from_frame

from .simulate import chinchilla_table


@pytest.fixture(params=["student_t", "graded_t", "normal"])
def bound(request):
    law = models.load("chinchilla_approach3")
    return problem.bind(law, chinchilla_table(runs=40), noise.load(request.param))


def test_the_density_is_that_of_the_numpyro_model(bound):
    for q in bound.draw_prior(jax.random.key(0), 5):
        theta = bound.constrain(q)
        expected, _ = log_density(bound.model, (), {}, theta)
        jacobian = np.linalg.slogdet(
            jax.jacfwd(lambda q: np_flat(bound.constrain(q), bound.priors()))(q)
        )[1]
        np.testing.assert_allclose(bound.log_density(q), expected + jacobian, rtol=1e-9)


def np_flat(theta, priors):
    return jax.numpy.stack([theta[name] for name in priors])


def test_numpyro_can_sample_the_model_itself():
    law = models.load("chinchilla_approach3")
    bound = problem.bind(law, chinchilla_table(runs=40))
    trace = numpyro.handlers.trace(numpyro.handlers.seed(bound.model, 0)).get_trace()
    assert set(bound.priors()) | {"runs"} == set(trace)


def test_padding_changes_nothing():
    law = models.load("chinchilla_approach3")
    table = chinchilla_table(runs=40).table
    bound = problem.bind(law, from_frame(table))
    assert len(bound.weights) == 64 and bound.weights.sum() == 40
    q = bound.draw_prior(jax.random.key(0), 1)[0]
    scatter = bound.noise.scatter(
        problem.View(**bound.constrain(q)), problem.View(error_variance=0.0), bound.reference_run
    )
    by_hand = scatter.log_prob(np.asarray(bound.residuals(q))[:40]).sum()
    np.testing.assert_allclose(bound.log_likelihood(q).sum(), by_hand, rtol=1e-12)


def test_one_more_run_has_the_same_shape():
    lengths = [problem.padded_length(n) for n in range(1, 2000)]
    assert all(n <= length <= max(32, 1.3 * n + 32) for n, length in enumerate(lengths, 1))
    assert len(set(lengths)) < 40
    assert problem.padded_length(240) == problem.padded_length(241)


def test_one_more_run_compiles_nothing():
    law = models.load("chinchilla_approach3")

    def fitted(runs):
        bound = problem.bind(law, chinchilla_table(runs=runs))
        return mle.minimise(bound, mle.starting_points(bound, 4)[:, : bound.law_dimension])

    fitted(40)
    programs = mle._side_by_side._cache_size()
    assert fitted(41).converged.all()
    assert mle._side_by_side._cache_size() == programs


def test_fewer_runs_than_parameters_is_refused():
    law = models.load("chinchilla_approach3")
    with pytest.raises(InputError, match="5 parameters and simulated only 4 runs"):
        problem.bind(law, chinchilla_table(runs=4))
