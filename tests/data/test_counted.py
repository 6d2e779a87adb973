"""What N and C count is recorded where the headings say so, and the other count is offered."""

import numpy as np
import pytest

import bayesfit
from bayesfit.data.runs import from_frame

SIZES = np.geomspace(2e7, 3e9, 8)


def frame(**more):
    return dict(tokens=np.full(8, 4e10), loss=np.linspace(3.4, 2.4, 8)) | more


@pytest.mark.parametrize(
    ("heading", "what"),
    [
        ("n_params_non_embedding", "parameters without embeddings"),
        ("params_total", "all parameters, embeddings included"),
        ("nActive", "active parameters"),
        ("trainable_params", "trainable parameters"),
    ],
)
def test_what_N_counts_is_a_note(heading, what):
    runs = from_frame(frame(**{heading: SIZES}))
    assert any(note.startswith(f"N counts {what}") for note in runs.notes)


def test_a_plain_heading_says_nothing():
    assert not any("counts" in note for note in from_frame(frame(n_params=SIZES)).notes)


def test_the_other_count_is_offered_and_can_be_chosen():
    table = frame(N=SIZES, non_embedding_params=0.8 * SIZES)
    said = [note for note in from_frame(table).notes if "counts" in note]
    assert said == [
        "'non_embedding_params' counts parameters without embeddings: "
        "--map N=non_embedding_params fits by that count"
    ]
    other = from_frame(table, columns={"N": "non_embedding_params"})
    np.testing.assert_allclose(other["N"], 0.8 * SIZES)
    assert any(note.startswith("N counts parameters without embeddings") for note in other.notes)


def test_how_flops_were_counted_is_shown():
    for factor, said in ((1.0, True), (1.3, False)):
        table = frame(N=SIZES, flops=factor * 6 * SIZES * 4e10)
        sentences = bayesfit.check(table).sentences
        assert any("C is 6 N D in every run" in sentence for sentence in sentences) is said
    runs = from_frame(frame(N=SIZES), columns=None)
    assert not any("in every run" in sentence for sentence in bayesfit.check(runs).sentences)
    runs = from_frame(frame(N=SIZES, flops_6ND=6 * SIZES * 4e10), columns={"C": "flops_6ND"})
    assert "C counts 6 N D, by its heading 'flops_6ND'" in runs.notes


def test_beside_active_parameters_a_total_is_one_of_all_experts():
    table = frame(active_params=SIZES, total_params=6 * SIZES)
    notes = from_frame(table, columns={"N": "active_params"}).notes
    assert "N counts active parameters, not all experts, by its heading 'active_params'" in notes
    assert (
        "'total_params' counts all parameters, those of all experts included: "
        "--map N=total_params fits by that count"
    ) in notes


def test_a_count_without_embeddings_beside_a_plain_one_is_offered():
    runs = from_frame(frame(**{"Params": SIZES, "Params (excl. embeddings)": 0.8 * SIZES}))
    np.testing.assert_allclose(runs["N"], SIZES)
    assert (
        "'Params (excl. embeddings)' counts parameters without embeddings: "
        "--map 'N=Params (excl. embeddings)' fits by that count"
    ) in runs.notes
    alone = from_frame(frame(**{"Params (excl. embeddings)": SIZES}))
    np.testing.assert_allclose(alone["N"], SIZES)
