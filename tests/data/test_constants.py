"""What all runs share, said beside the table."""

import numpy as np
import pytest

import bayesfit
from bayesfit.errors import InputError

TABLE = dict(N=[1e8, 2e8], step=[1000, 2000], batch_size=[256, 256], loss=[3.1, 2.9])


@pytest.mark.parametrize("length", ["2048", "2.048k"])
def test_a_number_in_the_place_of_a_heading_is_of_all_runs(length):
    assert "D" not in bayesfit.from_frame(TABLE).columns
    runs = bayesfit.from_frame(TABLE, columns=dict(seq_len=length))
    np.testing.assert_allclose(runs["D"], 256 * 2048 * runs["step"])
    assert f"seq_len is {length} in all runs, as was said" in runs.notes


def test_a_heading_goes_before_a_number():
    runs = bayesfit.from_frame(TABLE | {"2048": [5e9, 6e9]}, columns=dict(D="2048"))
    np.testing.assert_allclose(runs["D"], [5e9, 6e9])


def test_canonical_columns_have_their_units():
    runs = bayesfit.from_frame(TABLE, columns=dict(D="20B"))
    np.testing.assert_allclose(runs["D"], 2e10)


@pytest.mark.parametrize("given", [dict(N="1e9"), dict(loss="3.0"), dict(step="100")])
def test_what_the_table_has_is_not_replaced(given):
    (column,) = given
    with pytest.raises(InputError, match=f"cannot have {column} .* in all runs"):
        bayesfit.from_frame(TABLE, columns=given)


def test_a_heading_that_is_not_there_is_no_number():
    with pytest.raises(InputError, match="no column 'contxt'"):
        bayesfit.from_frame(TABLE, columns=dict(seq_len="contxt"))


def test_a_project_says_it_for_all_its_tables(tmp_path):
    (tmp_path / "a.csv").write_text("N,step,batch_size,loss\n1e8,1000,256,3.1\n2e8,2000,256,2.9\n")
    (tmp_path / "bayesfit.toml").write_text("[columns]\nseq_len = 2048\n")
    np.testing.assert_allclose(bayesfit.read(tmp_path / "a.csv")["D"], [5.24288e8, 1.048576e9])
