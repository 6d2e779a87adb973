"""Runs of one size share an offset: the density by hand, what it does to fits and predictions."""

import jax
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit import binding, likelihoods, models
from bayesfit.data.runs import from_frame
from bayesfit.extrapolation import refits
from bayesfit.law import View
from bayesfit.likelihoods import _grades as grades
from bayesfit.likelihoods import _offsets as offsets
from bayesfit.prediction import surface as predict

from ..simulate import TRUTH

LAW = "chinchilla_approach3"


def sweep(seed: int = 0, sizes: int = 12, common: float = 0.02, own: float = 0.002, times: int = 5):
    """Each of a few sizes trained on several amounts of tokens, off the law by an offset."""
    rng = np.random.default_rng(seed)
    N = np.repeat(np.geomspace(5e7, 5e9, sizes), times)
    D = N * np.tile(np.geomspace(5, 200, times), sizes)
    p = TRUTH
    surface = p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]
    offset = common * np.repeat(rng.standard_normal(sizes), times)
    loss = surface * np.exp(offset + own * rng.standard_normal(len(N)))
    return from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "simulated", simulated=True), offset


def drawn(seed: int = 0):
    """Seven runs of three sizes, and the covariance of their residuals."""
    rng = np.random.default_rng(seed)
    code = np.array([0, 1, 0, 2, 1, 0, 0])
    scale, common, nu = rng.uniform(0.005, 0.02, 7), 0.01, 4.0
    r = 0.02 * rng.standard_normal(7)
    shared = common**2 * (code[:, None] == code[None])
    return offsets.Residuals(r, scale, common, code, np.ones(7)), shared + np.diag(scale**2), nu


def by_hand(runs, covariance, nu, which):
    block = covariance[np.ix_(which, which)]
    return stats.multivariate_t(np.zeros(len(which)), block, nu).logpdf(np.asarray(runs.r)[which])


def test_runs_of_a_size_are_jointly_student_t():
    runs, covariance, nu = drawn()
    got = np.asarray(offsets.log_density(offsets.summed(runs), nu))
    for size in range(3):
        which = np.flatnonzero(runs.code == size)
        assert got[size] == pytest.approx(by_hand(runs, covariance, nu, which), rel=1e-10)
    np.testing.assert_allclose(got[3:], 0.0, atol=1e-12)  # sizes without runs say nothing


def test_a_run_given_the_others_of_its_size():
    """By the ratio of two joint densities, as the definition has it."""
    runs, covariance, nu = drawn(1)
    got = np.asarray(offsets.leave_one_out(runs, nu))
    for i, size in enumerate(runs.code):
        which = np.flatnonzero(runs.code == size)
        others = which[which != i]
        joint = by_hand(runs, covariance, nu, which)
        rest = by_hand(runs, covariance, nu, others) if len(others) else 0.0
        assert got[i] == pytest.approx(joint - rest, rel=1e-9)


def test_what_a_run_of_any_weight_adds_is_the_density_less_that_without_it():
    """Exact ratios for leave-one-out, whatever a row counts as."""
    runs, _, nu = drawn(3)
    runs = runs._replace(weight=np.array([1.0, 0.3, 0.5, 2.0, 1.0, 0.0, 0.7]))
    got, whole = (
        offsets.leave_one_out(runs, nu),
        offsets.log_density(offsets.summed(runs), nu).sum(),
    )
    for i in range(7):
        weight = np.where(np.arange(7) == i, 0.0, runs.weight)
        rest = offsets.log_density(offsets.summed(runs._replace(weight=weight)), nu).sum()
        assert got[i] == pytest.approx(float(whole - rest), abs=1e-9)


def test_padding_counts_for_nothing():
    runs, _, nu = drawn()
    padded = offsets.Residuals(
        *(np.pad(x, (0, 3), "edge") if np.ndim(x) else x for x in runs[:4]),
        np.pad(runs.weight, (0, 3)),
    )
    got, wanted = (np.asarray(offsets.log_density(offsets.summed(x), nu)) for x in (padded, runs))
    np.testing.assert_allclose(got[:7], wanted, rtol=1e-12)


def test_draws_of_an_offset_are_its_conditional_distribution():
    """Mean and variance of u given the runs of its size, and Student-t for a size without."""
    runs, covariance, nu = drawn(2)
    got = offsets.summed(runs)
    keys = jax.random.split(jax.random.key(0), 40000)
    draw = jax.vmap(lambda key: offsets.draw(key, got, nu, len(got.count)))
    u, _ = (np.asarray(x) for x in draw(keys))
    which = np.flatnonzero(runs.code == 0)
    inverse = np.linalg.inv(covariance[np.ix_(which, which)])
    r = runs.r[which]
    mean = runs.common * inverse.sum(0) @ r
    variance = (1 - runs.common**2 * inverse.sum()) * (nu + r @ inverse @ r) / (nu + 4 - 2)
    assert u[:, 0].mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / 40000))
    assert u[:, 0].var() == pytest.approx(variance, rel=0.1)
    assert stats.kstest(u[:4000, 5], stats.t(nu).cdf).pvalue > 1e-4


def test_each_of_many_sizes_has_a_mixing_factor_of_its_own():
    """More than are drawn at once; those beyond the ones asked for mean nothing."""
    count = 2 * offsets.TOGETHER + 6
    places = offsets.Sums(*np.zeros((5, count)))
    keys, wanted = jax.random.split(jax.random.key(3), 4000), offsets.TOGETHER + 3
    _, stretch = jax.vmap(lambda key: offsets.draw(key, places, 5.0, wanted))(keys)
    drawn = np.asarray(stretch)[:, :wanted]
    for size in (0, offsets.TOGETHER - 1, offsets.TOGETHER, wanted - 1):
        assert stats.kstest(5.0 / drawn[:, size] ** 2, stats.chi2(5.0).cdf).pvalue > 1e-4
    assert np.abs(np.corrcoef(drawn.T) - np.eye(wanted)).max() < 0.1


def test_sizes_differ_by_N_and_by_group():
    N = np.array([1e9, 2e9, 1.001e9, 5e8, 2e9])
    assert list(offsets.sizes(N)) == [1, 2, 1, 0, 2]
    assert len(set(offsets.sizes(N, np.array([0, 0, 1, 0, 1])))) == 5


def test_the_density_is_joint_and_the_likelihood_of_each_run_conditional():
    runs, _ = sweep(sizes=4)
    bound = binding.bind(models.load(LAW), runs, likelihoods.load("shared_t"))
    q = bound.draw_prior(jax.random.key(0), 1)[0]
    values = View(**bound.constrain(q) | bound.textbook(bound.constrain(q)))
    columns = View(N=runs["N"], D=runs["D"], error_variance=0.0)
    scale = np.asarray(grades.scale(values, columns, bound.reference_run))
    r, pointwise = (np.asarray(x)[:20] for x in (bound.residuals(q), bound.log_likelihood(q)))
    total = 0.0
    for size in range(4):
        own = np.arange(5 * size, 5 * size + 5)
        cov = float(values.sigma_size) ** 2 + np.diag(scale[own] ** 2)
        joint = stats.multivariate_t(np.zeros(5), cov, float(values.nu))
        rest = stats.multivariate_t(np.zeros(4), cov[1:, 1:], float(values.nu))
        total += joint.logpdf(r[own])
        given = joint.logpdf(r[own]) - rest.logpdf(r[own[1:]])
        assert pointwise[own[0]] == pytest.approx(given, rel=1e-8)
    got = bound.log_density(q) - bound.log_prior(q)
    assert got == pytest.approx(total, rel=1e-8)


def scatter(law, problem, values, runs):
    """How far further runs are observed from the surface (draws, runs)."""
    columns = problem.inputs(runs)
    surface = predict.log_surface(law, values, columns)
    return predict.log_observed(problem, values, surface, columns) - surface


def test_offsets_are_found_and_carried_to_runs_of_the_same_size():
    """Sizes lie 2 % off the law, their runs 0.2 % apart: seen sizes are predicted, others not."""
    runs, offset = sweep(sizes=10, times=3)  # 32 runs at most: the shape of other tests
    law, kind = models.load(LAW), likelihoods.load("shared_t")
    fit = refits.fit_below(law, runs, kind, np.ones(len(runs), bool))
    values, problem = fit.values, fit.problem
    assert np.median(values["sigma_size"]) == pytest.approx(0.02, rel=0.6)
    assert np.median(values["sigma"]) < 0.006
    seen = scatter(law, problem, values, runs)
    assert np.corrcoef(seen.mean(0), offset)[0, 1] > 0.8
    new = dict(N=np.array([runs["N"].max(), 1.3 * runs["N"].max()]), D=np.array([2e11, 2e11]))
    bands = predict.predictions(law, problem, values, problem.inputs(new))
    width = np.log(bands["observed_hi95"] / bands["observed_lo95"])
    assert 2 * width[0] < width[1]
    further = scatter(law, problem, values, new)
    spread = np.subtract(*np.quantile(further, [0.9, 0.1], axis=0))
    assert 1.3 * spread[0] < spread[1]  # of each draw: its surface and offset vary together
    of_its_size = seen[:, np.argmax(runs["N"])]
    assert np.median(further[:, 0]) == pytest.approx(np.median(of_its_size), abs=0.3 * spread[0])
    assert abs(np.median(further[:, 1])) < 0.1 * spread[1]  # nothing is known of its offset


@pytest.mark.slow
def test_shared_offsets_widen_what_many_runs_of_few_sizes_know():
    """20 tables of 12 sizes: the exponent is covered with offsets, and not without."""
    inside = dict(shared_t=0, student_t=0)
    for seed in range(20):
        runs, _ = sweep(seed, common=0.01)
        for kind in inside:
            fit = bayesfit.fit(
                LAW, runs, likelihood=kind, refits=False,
                chains=4, draws=200, bootstrap=50,
            )  # fmt: skip
            low, high = np.quantile(fit.posterior.flat["alpha"], [0.1, 0.9])
            inside[kind] += bool(low < TRUTH["alpha"] < high)
    assert inside["shared_t"] >= 11 and inside["shared_t"] > inside["student_t"]


def test_a_dense_sweep_is_not_one_size():
    """Each of many runs has a neighbour within the tolerance, and all were of one size by that."""
    N = np.random.default_rng(0).permutation(np.geomspace(1e7, 1e10, 20_000))
    code = offsets.sizes(N)
    first = np.array([N[code == k].min() for k in range(code.max() + 1)])
    assert np.log(N / first[code]).max() <= offsets.TOLERANCE
    assert (np.diff(np.log(first)) > offsets.TOLERANCE).all()
