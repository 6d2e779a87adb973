"""Numbers with units and separators."""

import numpy as np
import pandas as pd
import pytest

from bayesfit.constants import PF_DAY
from bayesfit.data.quantities import numbers
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError


@pytest.mark.parametrize(
    "text, column, value",
    [
        ("1.3B", "N", 1.3e9),
        ("70m", "N", 7e7),
        ("410 million", "N", 4.1e8),
        ("6.7B params", "N", 6.7e9),
        ("300 GT", "D", 3e11),
        ("85 Mio.", "N", 8.5e7),
        ("2.4 Mrd. Parameter", "N", 2.4e9),
        ("6 milliards", "D", 6e9),
        ("1.5 bil", "N", 1.5e9),
        ("2BT", "D", 2e9),
        ("1.4T", "D", 1.4e12),
        ("1.4T tokens", "D", 1.4e12),
        ("5 PF-days", "C", 5 * PF_DAY),
        ("2.1 ZFLOPs", "C", 2.1e21),
        ("3e5 petaflop", "C", 3e20),
        ("2.1e21 FLOPs", "C", 2.1e21),
        ("1_300_000_000", "N", 1.3e9),
        ("1,300,000,000", "N", 1.3e9),
        ("1 300 000 000", "N", 1.3e9),
        ("50.000.000", "N", 5e7),
        ("1'600'000'000", "N", 1.6e9),
        (" 2.5 ", "loss", 2.5),
    ],
)
def test_a_number_with_its_unit(text, column, value):
    values, own, how = numbers(pd.Series([text, "3"]), column)
    np.testing.assert_allclose(values, [value, 3])
    assert (how != "") == (text.strip() != "2.5")
    assert own[0] == any(x.isalpha() for x in text.replace("e", "")) and not own[1]


@pytest.mark.parametrize(
    "text, column",
    [("1,234", "N"), ("1.3B", "loss"), ("1.3B", "C"), ("3 dozen", "N"), ("B", "N"), ("1__0", "N"),
     ("1,23,456", "N"), ("5 PF-days", "D"), ("", "N"), ("-", "N"), ("1e5e5", "N"),
     ("50*10", "N"), ("10^6", "N"), ("2x10^8.5", "N"), ("50M*", "N"),
     ("50-55M", "N"), ("1'23", "N"), ("45.2%", "loss"), ("~50M", "N"), ("3.1 ± 0.1", "loss"),
     ("1e9B", "D"), ("2.5E12 B", "D"), ("1e6M", "N")],
)  # fmt: skip
def test_what_is_no_number_of_the_column(text, column):
    assert np.isnan(numbers(pd.Series([text]), column)[0][0])


@pytest.mark.parametrize(
    "text, column, value",
    [
        ("0.37×10^8", "N", 3.7e7),
        ("3.7 x 10**7", "N", 3.7e7),
        ("3.7·10⁷", "N", 3.7e7),
        (r"9.1\times10^{19}", "C", 9.1e19),
        ("9.1*10^19 FLOPs", "C", 9.1e19),
        ("2.5 × 10^{-1}", "loss", 0.25),
    ],
)
def test_a_number_times_a_power_of_ten(text, column, value):
    values, _, how = numbers(pd.Series([text]), column)
    np.testing.assert_allclose(values, [value])
    assert text in how


@pytest.mark.parametrize(
    ("cell", "flops"),
    [("5 PF-days", 4.32e20), ("2 EFLOP/s-days", 1.728e23), ("3 TF-days", 2.592e17)],
)
def test_days_of_a_rate_in_cells_are_those_of_headings(cell, flops):
    assert numbers(pd.Series([cell]), "C")[0] == pytest.approx([flops])


def test_a_letter_beside_an_exponent_is_refused_with_the_cure_and_a_small_one_read():
    with pytest.raises(InputError, match="'1e9B', .*1e9 and its letter both count: write one"):
        from_frame(dict(N=[1e8, 2e8], tokens_B=["1e9B", "2e9B"], loss=[3.1, 2.9]))
    assert numbers(pd.Series(["1.5e3B"]), "D")[0] == pytest.approx([1.5e12])
