"""The field by which a law of schedules is off: where rows lie in it, and what curves share."""

import jax
import numpy as np
import pytest

from bayesfit import binding, likelihoods, models
from bayesfit.data.runs import from_frame
from bayesfit.data.schedules import history, with_history
from bayesfit.datasets import schedules
from bayesfit.errors import InputError
from bayesfit.law import View
from bayesfit.likelihoods import misfit_curve as of_curves

LAW, KIND = models.load("lr_schedule"), likelihoods.load("misfit_curve")


@pytest.fixture(scope="module")
def runs():
    return with_history(from_frame(schedules.curves(3), "schedules", simulated=True))


def test_a_row_lies_at_its_sum_of_rates_and_at_its_rate(runs):
    c, r = KIND.plane.place(View(**{name: runs[name] for name in KIND.plane.inputs}), np)
    np.testing.assert_allclose(c, np.log10(runs["lr_sum"]) / of_curves.LENGTHS[0], rtol=1e-12)
    np.testing.assert_allclose(r, np.log10(runs["lr"]) / of_curves.LENGTHS[1], rtol=1e-9)


def test_what_is_left_of_the_field_is_scatter_along_the_curve(runs):
    """The joint density is that of curve_normal for what the field leaves."""
    bound = binding.bind(LAW, runs)
    plain = binding.bind(LAW, runs, likelihoods.load("curve_normal"))
    theta = plain.constrain(np.asarray(plain.draw_prior(jax.random.key(0), 1)[0]))
    weights = np.random.default_rng(1).standard_normal(24)
    moved = bound.unconstrain(theta | dict(misfit=weights))
    values, r, known = plain.observed(View(**theta | plain.textbook(theta)))
    columns = View(**vars(known) | {n: bound.columns[n] for n in ("missed", "basis")})
    left = r - LAW.misfit * columns.basis @ weights
    missed = View(**vars(columns) | dict(error_variance=LAW.misfit**2 * columns.missed))
    by_hand = plain.likelihood.log_density(values, left, missed, plain.reference_run)
    found = bound.log_density(moved) - bound.log_prior(moved)
    assert float(found) == pytest.approx(float(by_hand), rel=1e-9)


def test_curves_that_begin_alike_are_off_alike(runs):
    """Of a draw: the field is the same on two curves until the rate of one drops, and then not."""
    bound = binding.bind(LAW, runs)
    theta = View(misfit=np.random.default_rng(2).standard_normal(24))
    fitted = View(**bound.columns, weight=bound.weights)
    p = View(**KIND.bends(jax.random.key(0), theta, fitted, bound.reference_run))
    whole = from_frame(schedules.curves(3), "schedules", simulated=True)
    at = history(whole)[list(KIND.plane.inputs)]
    found = whole.table.assign(
        off=np.asarray(KIND.bend(p, View(**{name: at[name].to_numpy() for name in at})))
    )
    constant, drop = (
        found[found["run"] == x].set_index("step")["off"] for x in ("constant", "drop")
    )
    apart = np.abs(constant - drop).dropna()
    alike = apart.index < 8000
    assert alike.sum() > 20 and apart[alike].max() < 1e-9
    assert apart[~alike].max() > 0.1 * LAW.misfit


def test_curves_without_a_warm_up_have_a_place_too():
    table = schedules.curves(3).drop(columns="warmup").assign(warmup=0)
    without = with_history(from_frame(table, "no warm-up", simulated=True))
    assert all(np.isfinite(x).all() for x in binding.bind(LAW, without).columns.values())


def test_a_law_of_no_schedules_is_refused():
    runs = from_frame(schedules.curves(3), "schedules", simulated=True)
    with pytest.raises(InputError, match="the sum of learning rates and the rate, which bnsl does"):
        binding.bind(models.load("bnsl"), runs, KIND)
