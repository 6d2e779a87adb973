"""The rows that a law explains: final ones, rows along curves, whole curves, and what is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import binding
from bayesfit.data import units
from bayesfit.data.rows import explained
from bayesfit.data.runs import from_frame

KINDS = ("final", "curve", "envelope")


def table(count=60, spaced=np.linspace, **columns):
    """Three curves with correlated scatter, named by the size unless `columns` say otherwise."""
    rng, parts = np.random.default_rng(5), []
    for N in (4e7, 2e8, 1e9):
        D = np.append(spaced(1e9, 6e10, count)[:-1], 6e10)
        scatter = 2e-3 * np.convolve(rng.standard_normal(count + 9), np.ones(10) / 3, "valid")
        loss = (1.8 + 350 / N**0.33 + 900 / D**0.33) * np.exp(scatter)
        parts.append(pd.DataFrame(dict(N=N, D=D, loss=loss, run=f"size {N:g}")))
    return pd.concat(parts, ignore_index=True)


def same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    return (one.left_out, one.warnings) == (other.left_out, other.warnings)


def test_final_rows_and_how_many_were_left_out():
    found = explained(from_frame(table(), "mine"), "final")
    assert found["D"].tolist() == [6e10] * 3 and not found.is_of_curves
    assert found.left_out == (
        "177 rows left out: mine holds training curves, and this law is of the last row of each "
        "of its 3 runs",
    )


def test_curves_that_were_seen_are_said_to_be():
    found = explained(from_frame(table().drop(columns="run"), "mine"), "final")
    assert len(found) == 3 and found["run"].tolist() == ["40M", "200M", "1B"]
    assert "D is evenly spaced among the rows of one N" in found.left_out[0]
    assert "name it in a column run" in found.left_out[0]


def test_rows_along_curves_are_few_and_past_the_warm_up():
    found = explained(from_frame(table()), "curve")
    assert 9 <= len(found) < 60 and found["D"].min() > 0.02 * 6e10
    assert "warm-up" in found.left_out[0] and "not independent" in found.left_out[1]


def test_curves_of_another_response_are_thinned_by_it():
    """A law may explain another column, and a table of it have no loss."""
    runs = from_frame(table().rename(columns=dict(loss="below_words")))
    found = explained(runs, "curve", lambda runs: np.log(runs["below_words"]))
    assert len(found) == len(explained(from_frame(table()), "curve"))
    law = replace(bayesfit.load_law("chinchilla_approach3"), rows="curve", response="below_words")
    assert len(binding.explained(law, runs)) == len(found)


def test_the_envelope_has_the_whole_table_under_the_names_of_its_runs():
    named, seen = from_frame(table()), from_frame(table().drop(columns="run"))
    assert explained(named, "envelope") is named
    assert explained(seen, "envelope").labels("run") == ["1B", "200M", "40M"]
    assert len(explained(seen, "envelope")) == len(seen)


@pytest.mark.parametrize("rows", KINDS)
@pytest.mark.parametrize("named", [True, False])
def test_asked_twice_it_changes_nothing(rows, named):
    once = explained(from_frame(table() if named else table().drop(columns="run")), rows)
    assert explained(once, rows) is once or same(explained(once, rows), once)
    assert same(explained(once.split("N < 5e8")[0], rows), once.split("N < 5e8")[0])


@pytest.mark.parametrize("rows", KINDS)
@pytest.mark.parametrize("name", ["pile", "diloco", "simulated_isoflop"])
def test_finished_runs_are_returned_as_they_are(rows, name):
    runs = bayesfit.load(name)
    assert explained(runs, rows) is runs


@pytest.mark.parametrize("rows", KINDS)
def test_where_runs_cannot_be_known_a_warning_asks_once(rows):
    doubtful = from_frame(table(spaced=np.geomspace).drop(columns="run"), "mine")
    found = explained(doubtful, rows)
    assert len(found) == len(doubtful) and len(found.warnings) == 1
    assert "mine may hold training curves" in found.warnings[0]
    assert "in a column run, or give finished runs only" in found.warnings[0]
    assert explained(found, rows) is found


@pytest.mark.parametrize("case", ["01-curves-run-step", "03-curves-no-step"])
def test_cases_of_curves(root, case):
    path = root.parent / "shared" / "cases" / f"{case}.csv"
    if not path.exists():
        pytest.skip("the cases are not here (../shared/cases)")
    found = explained(bayesfit.load(path), "final")
    assert len(found) == 8 and "312 rows left out" in found.left_out[0]


def test_runs_of_sizes_of_their_own_are_not_ranked_one_by_one(monkeypatch):
    """A million of them took minutes; rows of one size are looked at only where there are a few."""
    monkeypatch.setattr(pd.DataFrame, "rank", lambda *_: pytest.fail("one row was ranked"))
    N = np.geomspace(1e7, 1e10, 500)
    D = np.resize([1e9, 3e10, 2e11], 500)
    table = pd.DataFrame(dict(N=N, D=D, C=6 * N * D, loss=2 + 400 / N**0.3))
    assert units.doubt(table) == ""
