"""The grammar of conditions: what it reads, what it refuses, and that nothing is evaluated."""

import json

import numpy as np
import pandas as pd
import pytest

from bayesfit import from_frame
from bayesfit.data import stored
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


@pytest.mark.parametrize(
    "condition, kept",
    [
        ("N_params_B < 0.3", [0, 1]),
        ("N_params_B < 0.3B", [0, 1]),
        ("N_params_B == 0.2", [1]),
        ("N < 3e8", [0, 1]),
        ("val_ppl > 20 and `tokens (B)` in [2, 16]", [0]),
        ("`tokens (B)` in [2, 16]", [0, 3]),
        ("loss < 2.9", [2, 3]),
        ("cfg.family == 'b'", [3]),
        ("family == 'b'", [3]),
    ],
)
def test_a_column_may_be_called_as_the_file_called_it(tmp_path, condition, kept):
    frame = pd.DataFrame({"N_params_B": [0.1, 0.2, 0.4, 0.8], "tokens (B)": [2, 4, 8, 16]})
    frame = frame.assign(**{"val_ppl": [30.0, 20.0, 15.0, 12.0], "cfg.family": list("aaab")})
    runs = from_frame(frame, columns=dict(family="cfg.family"))
    stored.write_runs(tmp_path / "runs.csv", runs)
    about = json.loads(json.dumps(stored.about(runs)))
    again = stored.read_runs(tmp_path / "runs.csv", about)
    for each in (runs, runs.subset(np.ones(4, bool)), again):
        assert list(each.where(condition)["N"]) == list(runs["N"][kept])


def test_a_column_goes_before_a_heading_of_its_name():
    frame = pd.DataFrame(dict(loss=[1.0, 2.0], val_loss=[3.0, 4.0], N=1e8))
    runs = from_frame(frame, columns=dict(loss="val_loss", error="loss"))
    assert list(runs.where("loss < 3.5")["error"]) == [1.0]
