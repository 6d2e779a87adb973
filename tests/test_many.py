"""One law on many tables: the same numbers as one by one."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.binding import bind
from bayesfit.errors import InputError
from bayesfit.inference import mle

from .simulate import TRUTH

LAW = "chinchilla_approach3"


def tables(count=6, runs=60, noise=0.01):
    """Tables of different lengths around one truth."""
    rng = np.random.default_rng(0)
    found = {}
    for i in range(count):
        n = runs - 5 * i
        N, D = 10 ** rng.uniform(7.5, 9.5, n), 10 ** rng.uniform(9, 11, n)
        loss = TRUTH["E"] + TRUTH["A"] / N ** TRUTH["alpha"] + TRUTH["B"] / D ** TRUTH["beta"]
        loss = loss * np.exp(noise * rng.standard_normal(n))
        found[f"world {i}"] = pd.DataFrame(dict(N=N, D=D, loss=loss))
    return found


@pytest.fixture(scope="module")
def fits():
    return bayesfit.fit_many(LAW, tables(), bootstrap=40)


def test_estimates_are_those_of_each_table_alone(fits):
    law = bayesfit.load_law(LAW)
    for name, table in tables().items():
        problem = bind(law, bayesfit.from_frame(table), "student_t")
        starts = mle.starting_points(problem, 64)[:, : problem.law_dimension]
        alone = mle.race(problem, starts).best()
        row = fits.estimates.loc[name]
        assert row["objective"] == pytest.approx(float(alone.objective), rel=1e-6)
        assert row["converged"]


def test_bands_hold_the_truth_about_as_often_as_they_say(fits):
    band = fits.bands("alpha")
    assert list(band.index) == list(tables()) and fits.converged.mean() > 0.95
    inside = band["alpha_lo95"].lt(TRUTH["alpha"]) & band["alpha_hi95"].gt(TRUTH["alpha"])
    assert inside.sum() >= 4
    best = fits.optimum(1e22)
    assert (best["N_lo80"] <= best["N"]).all() and (best["N"] <= best["N_hi80"]).all()


def test_a_table_does_not_hang_on_its_neighbours(fits):
    some = dict(list(tables().items())[:2])
    again = bayesfit.fit_many(LAW, some, bootstrap=40)
    np.testing.assert_allclose(again.estimates["alpha"], fits.estimates["alpha"][:2], rtol=1e-6)
    np.testing.assert_allclose(again.refits["alpha"], fits.refits["alpha"][:2], rtol=1e-4)


def test_what_cannot_be_fitted_is_named():
    with pytest.raises(InputError, match="there are no tables"):
        bayesfit.fit_many(LAW, {})
    bad = tables(2) | {"broken": pd.DataFrame(dict(N=[1e8], loss=[3.0]))}
    with pytest.raises(InputError, match="broken"):
        bayesfit.fit_many(LAW, bad)
    for bad, match in (
        (dict(delta=-1.0), "delta"),
        (dict(starts=0), "starts"),
        (dict(seed=-1), "seed"),
    ):
        with pytest.raises(InputError, match=match):
            bayesfit.fit_many(LAW, tables(1), **bad)
    with pytest.raises(InputError, match="two tables have one name"):
        bayesfit.fit_many(LAW, {1: tables(1)["world 0"], "1": tables(1)["world 0"]})
    with pytest.raises(InputError, match="put them in a list"):
        bayesfit.fit_many(LAW, tables(1)["world 0"])
    fits = bayesfit.fit_many(LAW, list(tables(1).values()), bootstrap=0)
    with pytest.raises(InputError, match="without refits"):
        fits.bands("alpha")
    assert repr(fits) == f"<{LAW} on 1 tables, 0 refits of each>"
