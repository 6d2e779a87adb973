"""Estimate, bootstrap and sampler: what each has to show before it is believed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bayesfit.findings import bootstrap, estimate, likelihood, sampler

from . import fakes
from .fakes import looked


def minimum(objective, gradient_norm):
    best = SimpleNamespace(objective=min(objective), gradient_norm=gradient_norm)
    return SimpleNamespace(objective=np.array(objective), best=lambda: best)


@pytest.mark.parametrize(
    ("objective", "gradient", "verdict", "words"),
    [
        ([1.0, 1.0, 1.0], 1e-9, "PASS", "100 % of the starts agree"),
        ([1.0, 1.1, 1.2], 1e-9, "REVIEW", "Only 33 % of the starts"),
        ([1.0, 1.0, 1.0], 1e-2, "FAIL", "did not converge"),
    ],
)
def test_the_estimate(objective, gradient, verdict, words):
    (found,) = looked(estimate.check, fakes.fit(mle=minimum(objective, gradient)))
    assert found.verdict == verdict and words in found.finding


@pytest.mark.parametrize(("late", "verdict"), [(0, "PASS"), (1, "REVIEW"), (30, "FAIL")])
def test_the_bootstrap(late, verdict):
    converged = np.arange(1000)[None] >= late
    columns = dict(N=np.repeat([1e8, 1e9], 4), D=np.full(8, 1e10))
    whole = SimpleNamespace(columns=columns, law_dimension=1, weights=np.ones(8))
    fit = fakes.fit(
        bootstrap=fakes.draws(converged=converged),
        task=SimpleNamespace(whole=whole, is_large=False),
    )
    (found,) = looked(bootstrap.check, fit)
    assert found.verdict == verdict and str(late or 1000) in found.finding
    assert ("whole sizes (2 of them)" in found.finding) == (verdict == "PASS")


def test_no_bootstrap_is_no_finding():
    none = fakes.fit(bootstrap=fakes.draws(converged=np.zeros((1, 0), bool)))
    assert looked(bootstrap.check, none) == []


@pytest.mark.parametrize(
    ("r_hat", "ess", "diverging", "verdict"),
    [
        (1.001, 900, 0, "PASS"),
        (1.02, 900, 0, "REVIEW"),
        (1.001, 300, 0, "REVIEW"),
        (1.001, 900, 1, "PASS"),
        (1.001, 900, 3, "REVIEW"),
        (1.1, 900, 0, "FAIL"),
        (1.001, 900, 30, "FAIL"),
    ],
)
def test_the_sampler(r_hat, ess, diverging, verdict):
    table = pd.DataFrame(dict(r_hat=[1.0, r_hat], ess_bulk=[ess, 2000], ess_tail=[2000, 2000]))
    bad = np.arange(1000).reshape(4, 250) < diverging
    fitted = fakes.fit(convergence=table, posterior=fakes.draws(diverging=bad))
    (found,) = looked(sampler.check, fitted)
    assert found.verdict == verdict and f"{diverging} divergences" in found.finding
    assert ("--target-accept" in found.advice) == (diverging > 1)
    assert ("--draws" in found.advice) == (r_hat > 1.01 or ess < 400)


def test_the_likelihood_speaks_for_itself():
    def remarks(draws, runs):
        return [
            f"{len(draws['sigma'])} draws, {len(runs.N)} runs that count as {runs.weight.sum():g}"
        ]

    problem = SimpleNamespace(columns=dict(N=np.ones(3)), weights=np.full(3, 0.5))
    fitted = fakes.fit(
        problem=problem,
        likelihood=SimpleNamespace(remarks=remarks),
        posterior=fakes.draws(dict(sigma=np.ones(7))),
    )
    (found,) = looked(likelihood.check, fitted)
    assert found == ("PASS", "likelihood", "7 draws, 3 runs that count as 1.5", "")
