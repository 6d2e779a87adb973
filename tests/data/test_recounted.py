"""The same runs with N counted otherwise, and how one count turns into another."""

import numpy as np
import pytest

from bayesfit.data.recounted import Between, between, counts, recounted
from bayesfit.data.runs import from_frame

WIDTH = np.geomspace(512, 4096, 8)
PART = 300 * WIDTH**2.4
EMBEDDINGS = 32000 * WIDTH


def table(columns=None, **more):
    shared = dict(tokens=np.full(8, 4e10), loss=np.linspace(3.4, 2.4, 8))
    return from_frame(shared | more, columns=columns)


def test_a_second_column_of_parameters_is_the_other_count_in_its_own_unit():
    given = dict(params=PART + EMBEDDINGS, non_embedding_params_M=PART / 1e6, model_size="1B")
    runs = table(dict(N="params"), **given)
    own, (other,) = counts(runs)
    assert (own.label, own.what) == ("'params'", "")
    assert other.label == "'non_embedding_params_M'"
    assert other.what == "parameters without embeddings"
    np.testing.assert_allclose(other.values, PART)


def test_a_column_N_that_was_not_taken_is_the_other_count():
    runs = table(dict(N="active_params"), N=6 * PART, active_params=PART)
    own, (other,) = counts(runs)
    assert own.what.startswith("active") and other.label == "'N'"
    np.testing.assert_allclose(other.values, 6 * PART)


@pytest.mark.parametrize("heading", ["total_params", "non_embedding_params", "params"])
@pytest.mark.parametrize("given", [dict(vocab_size=32000, d_model=WIDTH), None])
def test_embeddings_are_added_to_a_count_without_them_and_taken_from_any_other(heading, given):
    given = given or dict(embedding_params=EMBEDDINGS)
    without = heading.startswith("non")
    runs = table(**{heading: PART if without else PART + EMBEDDINGS}, **given)
    own, (other,) = counts(runs)
    np.testing.assert_allclose(other.values, PART + EMBEDDINGS if without else PART)
    assert ("plus" in other.label) is without
    assert own.what == "taken to include embeddings" or heading != "params"


@pytest.mark.parametrize(
    "more",
    [
        dict(params=PART),
        dict(params=PART, model_size="1B"),
        dict(total_params=PART, size=1.1 * PART),  # in round numbers
        dict(total_params=PART, vocab_size=1e9, d_model=WIDTH),  # more embeddings than parameters
        dict(active_params=PART, vocab_size=32000, d_model=WIDTH),
    ],
)
def test_nothing_is_guessed(more):
    assert counts(table(**more))[1] == []


def test_a_run_without_the_other_count_leaves_nothing_to_compare():
    gap = np.where(np.arange(8) == 3, np.nan, PART)
    assert counts(table(dict(N="params_total"), params_total=2 * PART, n_non_emb=gap))[1] == []


def test_what_was_computed_from_N_is_computed_again():
    C = 6e20 * np.arange(1.0, 9)
    for columns in (dict(C=C), dict(tokens=C / (6 * PART))):
        given = dict(n_non_emb=PART, params_total=2 * PART, loss=np.linspace(3.4, 2.4, 8)) | columns
        runs = from_frame(given, columns=dict(N="n_non_emb"))
        same = recounted(runs, counts(runs)[1][0])
        mapped = from_frame(given, columns=dict(N="params_total"))
        for column in ("N", "D", "C"):
            np.testing.assert_allclose(same[column], mapped[column])
    every = from_frame(dict(N=PART, D=np.full(8, 1e10), C=C, loss=1.0, n_total=2 * PART))
    np.testing.assert_array_equal(recounted(every, counts(every)[1][0])["C"], C)


@pytest.mark.parametrize("rises", [True, False])
def test_counts_turn_into_each_other_far_beyond_the_runs(rises):
    runs = table(dict(N="n_non_emb"), n_non_emb=PART, params_total=PART + EMBEDDINGS)
    own, (other,) = counts(runs)
    turned = between(own, other) if rises else between(other, own)
    assert turned is not None and turned.rises is rises
    far = np.array([1e9, 1e12])
    truth = far + 32000 * (far / 300) ** (1 / 2.4)
    there, back = (turned.there, turned.back) if rises else (turned.back, turned.there)
    np.testing.assert_allclose(there(far), truth, rtol=1e-6)
    np.testing.assert_allclose(back(truth), far, rtol=1e-6)


def test_all_experts_are_a_multiple_of_the_active_ones():
    runs = table(dict(N="active_params"), active_params=PART, total_params=6 * PART)
    own, (other,) = counts(runs)
    turned = between(own, other)
    assert isinstance(turned, Between) and turned.slope == pytest.approx(1)
    assert turned.there(1e12) == pytest.approx(6e12)


def test_counts_that_cross_are_not_turned_into_each_other():
    crossing = PART * np.linspace(0.8, 1.2, 8)
    runs = table(dict(N="n_non_emb"), n_non_emb=PART, params_total=crossing)
    own, (other,) = counts(runs)
    assert between(own, other) is None
