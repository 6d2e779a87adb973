"""The grammar of conditions: what it reads, what it refuses, and that nothing is evaluated."""

import pandas as pd
import pytest

from bayesfit.data.conditions import holds
from bayesfit.errors import InputError

TABLE = pd.DataFrame(dict(N=[1e8, 2e8, 4e8], D=1e10, family=["x", "y y", "y y"]))


@pytest.mark.parametrize(
    "condition, rows",
    [
        ("N < 2e8", "100"),
        ("N<=2e8", "110"),
        ("N>1e8 and N < 4e8", "010"),
        ("N == 4e8", "001"),
        ("N != 4e8", "110"),
        ("family == 'y y'", "011"),
        ('family != "y y"', "100"),
        ("family == x", "100"),
        ("D >= 1e10", "111"),
    ],
)
def test_comparisons_joined_by_and(condition, rows):
    assert "".join(str(int(x)) for x in holds(condition, TABLE, "t")) == rows


@pytest.mark.parametrize(
    "condition, complaint",
    [
        ("", "cannot read"),
        ("N", "cannot read"),
        ("N < ", "cannot read"),
        ("N = 3", "cannot read"),
        ("N < 1e9 and", "cannot read"),
        ("N < 1e9 or D < 3", "cannot read"),
        ("__import__('os') < 3", "cannot read"),
        ("S < 3", "column 'S', which t has not; it has N, D, family"),
        ("N < big", "big is not"),
        ("family < 3", "is text"),
    ],
)
def test_conditions_that_cannot_be_used(condition, complaint):
    with pytest.raises(InputError, match=complaint):
        holds(condition, TABLE, "t")
