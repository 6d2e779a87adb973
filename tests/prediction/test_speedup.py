"""How much less one recipe pays than another, where a formula knows it."""

from dataclasses import replace

import numpy as np
import pytest

from bayesfit import models
from bayesfit.law import View
from bayesfit.prediction import speedup

from ..simulate import TRUTH

DRAWS = {name: np.array([x, 1.02 * x]) for name, x in TRUTH.items()}
C = np.array([1e19, 1e21, 3e23])


def faster(gain: float):
    """Approach 3, and a law to which each token is worth `gain` of them."""
    law = models.load("chinchilla_approach3")

    def log_loss(p, runs):
        return law.log_loss(p, View(N=runs.N, D=gain * runs.D))

    return law, replace(law, log_loss=log_loss, optimum=None)


@pytest.mark.parametrize("gain", [1.0, 1.37, 0.6, 40.0])
def test_tokens_that_are_worth_more_save_as_much_compute(gain):
    old, new = faster(gain)
    np.testing.assert_allclose(speedup.in_compute(old, new, DRAWS, C), gain, rtol=1e-4)
    np.testing.assert_allclose(speedup.in_tokens(old, new, DRAWS, C), gain, rtol=1e-9)


def test_what_is_never_reached_and_what_is_reached_at_once():
    law = models.load("chinchilla_approach3")

    def shifted(by):
        return replace(law, log_loss=lambda p, runs: law.log_loss(p, runs) + by, optimum=None)

    assert (speedup.in_compute(law, shifted(0.5), DRAWS, C) == 0).all()
    assert (speedup.in_tokens(law, shifted(0.5), DRAWS, C) == 0).all()
    assert (speedup.in_compute(shifted(0.5), law, DRAWS, C) == np.inf).all()
    assert (speedup.in_tokens(shifted(0.9), law, DRAWS, C) == np.inf).all()


def test_without_a_best_size_there_is_no_number():
    law = models.load("chinchilla_approach3")
    endless = replace(
        law, log_loss=lambda p, runs: -1e-3 * np.log(6.0) - runs.N**1e-3, optimum=None
    )
    assert np.isnan(speedup.in_compute(endless, law, DRAWS, C)).all()
    assert np.isnan(speedup.in_tokens(endless, law, DRAWS, C)).all()


def test_a_law_of_compute_alone():
    law = models.load("kaplan_c")
    p = {name: np.array([x]) for name, x in law.published[0].values.items()}
    cheaper = replace(law, log_loss=lambda p, runs: law.log_loss(p, View(C=2.5 * runs.C)))
    np.testing.assert_allclose(speedup.in_compute(law, cheaper, p, C), 2.5, rtol=1e-6)
    assert np.isnan(speedup.in_tokens(law, cheaper, p, C)).all()
