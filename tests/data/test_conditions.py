"""The grammar of conditions: what it reads, what it refuses, and that nothing is evaluated."""

import pandas as pd
import pytest

from bayesfit.data.conditions import holds
from bayesfit.errors import InputError

TABLE = pd.DataFrame(dict(N=[1e8, 2e8, 4e8], D=1e10, family=["x", "y y", "y y"]))
TABLE["eval/loss"], TABLE["loss (last)"] = [2.0, 3.0, 3.0], [3.0, 3.0, 4.0]


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
        ("N < 2e8 or N > 3e8", "101"),
        ("N < 2e8 or N > 3e8 and family == x", "100"),
        ("(N < 2e8 or N > 3e8) and family == 'y y'", "001"),
        ("family in [x, 'y y'] and not N > 1e8", "100"),
        ("family not in ('y y', z)", "100"),
        ("N in [1e8, 400000000]", "101"),
        ("N <= 200M", "110"),
        ("eval/loss < 3 or `loss (last)` >= 4", "101"),
    ],
)
def test_what_is_read(condition, rows):
    assert "".join(str(int(x)) for x in holds(condition, TABLE, "t")) == rows


@pytest.mark.parametrize(
    "condition, complaint",
    [
        ("", "cannot read"),
        ("N", "cannot read"),
        ("N < ", "cannot read"),
        ("N = 3", "cannot read"),
        ("N < 1e9 and", "cannot read"),
        ("N < 1e9 or", "cannot read"),
        ("(N < 1e9", "cannot read"),
        ("N < 1e9)", "cannot read"),
        ("N in 1e9", "cannot read"),
        ("N in [1e9", "cannot read"),
        ("N in []", "cannot read"),
        ("not", "cannot read"),
        ("(" * 5000 + "N < 1" + ")" * 5000, "cannot read the condition .{80,90}: write"),
        (5, "a condition is text"),
        ("'N' < 3", "cannot read"),
        ("__import__('os') < 3", "column '__import__', which t has not"),
        ("S < 3", "column 'S', which t has not; it has N, D, family"),
        ("N < big", "big is not"),
        ("family < 3", "is text"),
    ],
)
def test_conditions_that_cannot_be_used(condition, complaint):
    with pytest.raises(InputError, match=complaint):
        holds(condition, TABLE, "t")
