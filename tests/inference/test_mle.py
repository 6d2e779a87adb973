"""The published optimum to six digits, from every start."""

import subprocess
import sys

import numpy as np
import pytest

from bayesfit import binding, models
from bayesfit.inference import mle
from bayesfit.problem import described_law

from ..simulate import TRUTH, chinchilla_table


@pytest.fixture
def bound(chinchilla):
    return binding.bind(models.load("chinchilla_approach3"), chinchilla)


def textbook(bound, q):
    return {name: float(x[0]) for name, x in described_law(bound, q[None]).items()}


def test_huber_optimum_of_the_240_runs(bound):
    found = mle.race(bound, mle.starting_points(bound, 64)[:, : bound.law_dimension]).best()
    assert found.objective == pytest.approx(1.0182740178e-3, rel=1e-9)
    assert found.gradient_norm < mle.GRADIENT_TOLERANCE
    expected = dict(A=477.826, B=2143.417, E=1.817218, alpha=0.347310, beta=0.367172)
    p = textbook(bound, found.q)
    for name, value in expected.items():
        assert p[name] == pytest.approx(value, rel=2e-6), name


def test_a_tiny_delta_gives_least_absolute_deviations(bound):
    found = mle.race(bound, mle.starting_points(bound, 64)[:, : bound.law_dimension]).best()
    p = textbook(bound, mle.minimise(bound, found.q[None], delta=1e-8).best().q)
    assert p["A"] == pytest.approx(482.005, abs=1e-3)
    assert p["B"] == pytest.approx(2085.432, abs=1e-3)


def test_every_prior_start_arrives(bound):
    starts = mle.starting_points(bound, 256, 7)[:, : bound.law_dimension]
    found = mle.minimise(bound, starts)
    assert found.converged.all()
    assert np.ptp(found.objective) < 1e-9 * found.objective.min()


def test_the_published_grid_is_the_published_one(bound):
    grid = np.asarray(mle.published_grid(bound))
    assert grid.shape == (4500, 5) and np.isfinite(grid).all()
    some = np.random.default_rng(0).choice(4500, 450, replace=False)
    found = mle.minimise(bound, grid[some])
    assert found.converged.all()
    np.testing.assert_allclose(found.objective, 1.0182740178e-3, rtol=1e-9)


def test_weights_are_repetitions():
    bound = binding.bind(models.load("chinchilla_approach3"), chinchilla_table(runs=40))
    start = mle.starting_points(bound, 1)[:, : bound.law_dimension]
    twice = 2 * np.asarray(bound.weights)[None]
    once, doubled = mle.minimise(bound, start), mle.minimise(bound, start, weights=twice)
    np.testing.assert_allclose(doubled.objective, 2 * once.objective, rtol=1e-10)
    np.testing.assert_allclose(doubled.q, once.q, atol=1e-6)


def test_noise_free_runs_give_the_truth_back():
    bound = binding.bind(models.load("chinchilla_approach3"), chinchilla_table(sigma=0.0))
    found = mle.race(bound, mle.starting_points(bound, 64)[:, : bound.law_dimension]).best()
    p = textbook(bound, found.q)
    for name, value in TRUTH.items():
        assert p[name] == pytest.approx(value, rel=1e-5), name


def test_a_lane_that_ran_out_of_steps_says_so(bound):
    starts = mle.starting_points(bound, 4)[:, : bound.law_dimension]
    assert not mle.minimise(bound, starts, max_steps=2).converged.any()


def test_two_devices_do_not_wait_for_each_other():
    """Beyond ten parameters LAPACK's batched solver hung on two CPU devices, for ever."""
    code = (
        "import dataclasses, numpy as np\n"
        "from bayesfit.inference import devices; devices.choose('cpu')\n"
        "import jax; jax.config.update('jax_num_cpu_devices', 2)\n"
        "import bayesfit\n"
        "from bayesfit import binding\n"
        "from bayesfit.inference import mle\n"
        "law, runs = bayesfit.load_law('kaplan_transfer'), bayesfit.load('kaplan_corpora')\n"
        "table = runs.table.assign(corpus=np.arange(len(runs)) % 15)\n"
        "bound = binding.bind(law, dataclasses.replace(runs, table=table))\n"
        "q = np.asarray(mle.starting_points(bound, 128, 0))[:, : bound.law_dimension]\n"
        "assert len(jax.devices()) == 2 and bound.law_dimension > 15\n"
        "print(mle.race(bound, q).best().converged)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split()[-1] == "True"
