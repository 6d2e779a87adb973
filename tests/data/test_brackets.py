"""Losses with their uncertainty in brackets, and what becomes of it."""

import numpy as np
import pytest

import bayesfit
from bayesfit.errors import InputError

PLAIN = dict(N=[1e8, 2e8, 4e8], D=[2e9, 4e9, 8e9])
CELLS = ["3.1384(20)", "3.012(1)", "2.90(0.03)"]


def test_the_digits_are_those_of_the_standard_error():
    runs = bayesfit.from_frame(PLAIN | dict(loss=CELLS))
    np.testing.assert_allclose(runs["loss"], [3.1384, 3.012, 2.90])
    np.testing.assert_allclose(runs["loss_se"], [0.0020, 0.001, 0.03])
    assert "3.1384(20) is 3.1384 with a standard error of 0.002" in " ".join(runs.notes)


@pytest.mark.parametrize(
    ("heading", "scale"), [("val_loss_bits", np.log(2)), ("val_ppl", 1 / np.array([20.0, 18, 16]))]
)
def test_they_are_in_the_unit_of_the_losses(heading, scale):
    runs = bayesfit.from_frame(PLAIN | {heading: ["20.0(4)", "18.0(4)", "16.0(4)"]})
    np.testing.assert_allclose(runs["loss_se"], 0.4 * scale)


def test_a_column_of_errors_goes_first_and_a_crashed_run_needs_none():
    given = PLAIN | dict(loss=CELLS, loss_se=[0.5, 0.6, 0.7])
    np.testing.assert_allclose(bayesfit.from_frame(given)["loss_se"], [0.5, 0.6, 0.7])
    runs = bayesfit.from_frame(PLAIN | dict(loss=[*CELLS[:2], "nan"]))
    np.testing.assert_allclose(runs["loss_se"], [0.0020, 0.001])


def test_errors_of_some_losses_are_left_out_and_that_is_said():
    runs = bayesfit.from_frame(PLAIN | dict(loss=[*CELLS[:2], "2.9"]))
    np.testing.assert_allclose(runs["loss"], [3.1384, 3.012, 2.9])
    assert "loss_se" not in runs.columns
    assert any("some losses have none, the errors are not used" in note for note in runs.notes)


def test_a_size_with_an_error_is_refused_with_the_cure():
    with pytest.raises(InputError, match="the number alone, without the error in brackets"):
        bayesfit.from_frame(PLAIN | dict(N=["1.3(1)", "2.5(1)", "4.2(2)"], loss=[3.1, 3.0, 2.9]))
