"""Headings that people write, and what they are read as."""

import numpy as np
import pandas as pd
import pytest

from bayesfit import from_frame
from bayesfit.constants import PF_DAY
from bayesfit.data.headings import meanings
from bayesfit.errors import InputError


@pytest.mark.parametrize(
    "heading, column, scale",
    [
        *((h, "N", 1.0) for h in ("n_params", "num_params", "params_total", "total_params")),
        *(
            (h, "N", 1.0)
            for h in ("Parameters", "parameter_count", "model_size", "size", "nParams")
        ),
        ("config.n_params", "N", 1.0),
        ("model/num_params", "N", 1.0),
        ("GTokens", "D", 1e9),
        ("token_count", "D", 1.0),
        ("compute (ExaFLOPs)", "C", 1e18),
        ("loss_bits", "loss", np.log(2)),
        ("eval/lm_loss", "loss", 1.0),
        ("N_params_B", "N", 1e9),
        ("params (M)", "N", 1e6),
        ("N_B", "N", 1e9),
        ("Model parameters [millions]", "N", 1e6),
        *((h, "D", 1.0) for h in ("n_tokens", "tokens_trained", "total_tokens", "tokens_seen")),
        ("D_tokens_B", "D", 1e9),
        ("tokens (GT)", "D", 1e9),
        ("training tokens (trillions)", "D", 1e12),
        *((h, "C", 1.0) for h in ("flops", "flops_budget", "compute_budget", "train_flops")),
        ("total_gflops", "C", 1e9),
        ("C_FLOPs_1e21", "C", 1e21),
        ("train_zflops", "C", 1e21),
        ("compute (PF-days)", "C", PF_DAY),
        ("PFLOP/s-days", "C", PF_DAY),
        *((h, "loss", 1.0) for h in ("val_loss", "eval/loss", "final_val_loss", "best_val_loss")),
        *((h, "loss", 1.0) for h in ("final_loss", "train_loss", "loss (nats per token)")),
        *(
            (h, "loss", np.log(2))
            for h in ("val_bpb", "eval/bits_per_byte", "Val loss (bits/byte)")
        ),
        *((h, "loss", 1.0) for h in ("Validierungsverlust", "perte de validation")),
        *((h, "C", 1e15) for h in ("Train compute (PFLOPs)", "compute budget [PFLOP]")),
        *((h, "C", 1e19) for h in ("FLOPs (10^19)", "FLOPs (×10^19)", "compute / 10**19")),
        *((h, "C", 1e19) for h in ("FLOPs (10¹⁹)", "FLOPs [x 10^{19}]", "C (1e19)")),
        ("FLOPs (6ND)", "C", 1.0),
        *((h, "N", 1e6) for h in ("Parameter (Mio.)", "Mio. Parameter", "params [mil]")),
        *((h, "N", 1e9) for h in ("Parameter [Mrd.]", "Paramètres (Md)", "params_bil", "N (Mrd.)")),
        *((h, "D", 1e9) for h in ("Token (Mrd.)", "Jetons (milliards)", "tokens (bil.)")),
        *((h, "D", 1.0) for h in ("Number of training tokens", "Number of tokens")),
        *((h, "N", 1.0) for h in ("Number of parameters", "N_non_emb", "number of params")),
        ("N_non_emb (B)", "N", 1e9),
    ],
)
def test_a_heading_means_a_column_in_a_unit(heading, column, scale):
    found = meanings([heading, "note"], "t")
    assert list(found) == [column] and found[column].heading == heading
    assert found[column].scale == pytest.approx(scale)
    assert (found[column].how != "") == (scale != 1.0)


@pytest.mark.parametrize(
    "headings, said",
    [
        (["total_params", "active_params", "loss"], "total_params, active_params in t could each"),
        (["n", "num_params"], "num_params, n in t could each be N"),
        (
            ["train/loss", "eval/c4/loss", "eval/pile/loss"],
            "eval/c4/loss, eval/pile/loss in t could",
        ),
        (["val_loss", "test_loss"], "val_loss, test_loss in t could each be loss.*--map loss="),
    ],
)
def test_two_that_could_be_meant_are_both_named(headings, said):
    with pytest.raises(InputError, match=said):
        meanings(headings, "t")


def test_a_small_letter_alone_is_no_evidence():
    assert list(meanings(["params", "d", "flops", "loss"], "t")) == ["N", "C"]
    assert meanings(["D_T", "D_F", "N_active_ratio"], "t") == {}
    assert meanings(["d", "loss"], "t") == meanings(["n", "loss"], "t") == {}
    assert {c: m.heading for c, m in meanings(["n", "d", "loss"], "t").items()} == dict(
        N="n", D="d"
    )


def test_held_out_losses_go_first_and_the_others_are_named():
    (found,) = meanings(["train_loss", "val_loss", "val_bpb"], "t").values()
    assert found.note() == "column 'val_loss' read as loss; val_bpb, train_loss left as it is"


def test_what_is_there_already_is_kept():
    frame = pd.DataFrame(
        dict(N=[1e8, 2e8], n_params=[1.0, 2.0], D=1e10, loss=[3.0, 2.9], val_bpb=9)
    )
    runs = from_frame(frame)
    assert list(runs["N"]) == [1e8, 2e8] and list(runs["loss"]) == [3.0, 2.9]
    assert "n_params" in runs.columns and "val_bpb" in runs.columns


def test_a_person_may_say_what_a_heading_means():
    frame = pd.DataFrame({"width": [0.1, 0.2], "loss": [3.0, 2.9], "eval/c4_loss": [3.5, 3.4]})
    frame["tokens (B)"], frame["size"] = 10, ["small", "large"]
    runs = from_frame(frame, columns={"loss": "eval/c4_loss", "N": "width"})
    assert list(runs["loss"]) == [3.5, 3.4] and list(runs["other_loss"]) == [3.0, 2.9]
    assert list(runs["N"]) == [0.1, 0.2] and list(runs["D"]) == [1e10, 1e10]
    assert list(runs["size"]) == ["small", "large"]
    for twice in ({"N": "width", "D": "width"}, {"": "width"}):
        with pytest.raises(InputError, match="as one column with a name"):
            from_frame(frame, columns=twice)
    with pytest.raises(InputError, match="no column 'wide' to be read as N; it has width, loss"):
        from_frame(frame, columns={"N": "wide"})


def test_perplexities_and_bits_become_nats():
    frame = pd.DataFrame(dict(N=[1e8, 2e8], D=1e10))
    np.testing.assert_allclose(from_frame(frame.assign(ppl=[20.0, 15.0]))["loss"], np.log([20, 15]))
    runs = from_frame(frame.assign(val_bpb=[1.0, 0.9]))
    np.testing.assert_allclose(runs["loss"], np.log(2) * np.array([1, 0.9]))
    note = "column 'val_bpb' read as loss, bits per byte times ln 2: nats per byte"
    assert runs.notes[0] == f"{note} (nats per token with one value in a column bytes_per_token)"


@pytest.mark.parametrize(
    "heading, constant, factor",
    [
        ("val_bpb", dict(bytes_per_token=4.2), 4.2),
        ("val_bpb", {"Tokens per byte": 0.25}, 4.0),
        ("bits_per_char", dict(chars_per_token="3.5"), 3.5),
        ("bpc", dict(bytes_per_token=4.2), 1.0),  # of something else
        ("val_bpb", dict(bytes_per_token=[4.0, 4.5]), 1.0),  # tokenizers differ
    ],
)
def test_bits_become_nats_per_token_where_the_length_of_a_token_is_said(heading, constant, factor):
    frame = pd.DataFrame(dict(N=[1e8, 2e8], D=1e10) | {heading: [1.1, 0.9]} | constant)
    runs = from_frame(frame)
    np.testing.assert_allclose(runs["loss"], np.log(2) * factor * np.array([1.1, 0.9]))
    assert ("nats per token with" in runs.notes[0]) == (factor == 1)
    assert len(runs.where(f"{heading} < 1")) == 1


@pytest.mark.parametrize(
    "heading, nats",
    [
        ("wikitext/bits_per_byte", np.log(2) * 2.0),
        ("pile_bpb", np.log(2) * 2.0),
        ("c4/perplexity", np.log(2.0)),
        ("c4_ppl", np.log(2.0)),
        ("c4_loss", 2.0),
    ],
)
def test_a_heading_that_is_mapped_keeps_its_unit(heading, nats):
    frame = pd.DataFrame({"N": [1e8, 2e8], "D": 1e10, heading: 2.0})
    assert "loss" not in from_frame(frame).columns
    np.testing.assert_allclose(from_frame(frame, columns=dict(loss=heading))["loss"], nats)


def test_a_unit_in_a_cell_goes_before_that_of_its_heading():
    frame = pd.DataFrame({"params_B": ["0.05", "100M", "1.6B"], "D": 1e10, "loss": [3.0, 2.9, 2.5]})
    np.testing.assert_allclose(from_frame(frame)["N"], [5e7, 1e8, 1.6e9])


def test_rates_are_no_amounts():
    assert meanings(["tokens_e99_e99_e99_e99"], "t") == {}
    assert meanings(["flops_per_token", "tokens_per_param", "params_per_layer"], "t") == {}
    assert (
        meanings(["FLOPs/token", "time/token", "seconds (GPU) / token", "lr/parameter"], "t") == {}
    )
    assert set(meanings(["Tokens (B)", "Validation loss (nats/token)"], "t")) == {"D", "loss"}


@pytest.mark.parametrize(
    "held_out",
    ["eval/c4_loss", "lm loss validation", "valid_lm_loss", "Held-out loss", "val_loss_final",
     "c4_val_nll", "metrics/eval/LanguageCrossEntropy", "Test cross-entropy (nats)", "dev CE",
     "val_loss_mean", "eval/pile-validation/CrossEntropyLoss", "heldOutLoss"],
)  # fmt: skip
@pytest.mark.parametrize("other", ["lm_loss", "nll", "final_loss", "Loss", "train_loss", ""])
def test_a_loss_on_held_out_text_goes_before_any_other(held_out, other):
    headings = [x for x in (other, held_out, f"{held_out}_std", "train/eval_loss") if x]
    found = meanings(headings, "t")
    assert found["loss"].heading == held_out and found["loss"].scale == 1
    assert other in ("", *found["loss"].left)


def test_losses_on_several_texts_are_none_of_them_the_loss():
    assert list(meanings(["params", "eval/c4_loss", "eval/books_loss"], "t")) == ["N"]


def test_what_is_about_a_loss_is_none():
    names = "val_loss_std eval_loss_step val_accuracy test_loss_se valuation_loss loss_val_time"
    assert meanings(names.split(), "t") == {}


def test_a_column_loss_beside_one_on_held_out_text_is_asked_about():
    frame = pd.DataFrame(dict(N=[1e8, 2e8], D=1e10, loss=[3.0, 2.9], val_loss=3.1, val_loss_std=1))
    with pytest.raises(InputError, match="loss and val_loss in table could each.*--map loss=loss"):
        from_frame(frame)
    assert list(from_frame(frame, columns=dict(loss="loss"))["loss"]) == [3.0, 2.9]
    held_out = from_frame(frame, columns=dict(loss="val_loss"))
    assert list(held_out["loss"]) == [3.1, 3.1] and "other_loss" in held_out.columns
    mine = from_frame(frame.drop(columns="val_loss").assign(eval_bpb=1.2, train_loss=2))
    assert "column 'loss' is the loss; eval_bpb left as it is" in mine.notes


@pytest.mark.parametrize("heading", ["log10_N", "log10(N)", "log10 params", "Params (log10)"])
def test_logarithms_to_base_ten_are_read_and_compared_in_their_own_unit(heading):
    frame = pd.DataFrame({heading: [7.5, 8.0, 8.5], "D": 1e10, "loss": [3.0, 2.9, 2.7]})
    runs = from_frame(frame)
    np.testing.assert_allclose(runs["N"], 10 ** np.array([7.5, 8.0, 8.5]))
    assert runs.notes[0] == f"column {heading!r} read as N, 10 to the power of it"
    assert len(runs.where(f"`{heading}` < 8.2")) == 2


@pytest.mark.parametrize("heading", ["log10(C)", "log10_flops", "log_10 compute", "C (log10)"])
def test_logarithms_of_flops_are_read(heading):
    frame = pd.DataFrame({"N": [1e8, 2e8], heading: [18.5, 19.5], "loss": [3.0, 2.9]})
    np.testing.assert_allclose(from_frame(frame)["C"], [10**18.5, 10**19.5])


def test_a_unit_in_a_heading_that_is_mapped_is_that_of_its_numbers():
    frame = pd.DataFrame({"Größe (Mio.)": [50, 90], "seen, log10": [10, 11], "loss": [3.0, 2.9]})
    runs = from_frame(frame, columns={"N": "Größe (Mio.)", "D": "seen, log10"})
    assert list(runs["N"]) == [5e7, 9e7] and list(runs["D"]) == [1e10, 1e11]


@pytest.mark.parametrize(
    "heading, said",
    [
        ("FLOPs (forward and backward)", ""),
        (
            "flops_recorded",
            "'flops_recorded' looks like C and was not read: --map C=flops_recorded",
        ),
        ("PFLOPs of the sweep", "looks like C and was not read: --map 'C=PFLOPs of the sweep'"),
        ("log_flops", "looks like a logarithm of C, to a base that is not said"),
        ("flops_per_token", ""),
        ("TFLOPs/s", ""),
        ("compute_cluster", ""),
    ],
)
def test_flops_that_are_not_read_are_said(heading, said):
    frame = pd.DataFrame({"N": [1e8, 2e8], "D": 1e10, heading: [1.0, 2.0], "loss": [3.0, 2.9]})
    found = [note for note in from_frame(frame).notes if "was not read" in note]
    assert [said in note for note in found] == [True] * bool(said)
    both = from_frame(frame.assign(C=6e18))
    assert not any("was not read" in note for note in both.notes)


@pytest.mark.parametrize(
    ("heading", "scale"),
    [
        ("PF-days", 8.64e19),
        ("compute (PFLOP/s-days)", 8.64e19),
        ("pf_days", 8.64e19),
        ("EFLOP/s-days", 8.64e22),
        ("C in TF-days", 8.64e16),
    ],
)
def test_days_of_a_rate_are_flops_by_its_own_prefix(heading, scale):
    assert meanings([heading], "x")["C"].scale == pytest.approx(scale)


@pytest.mark.parametrize(
    "heading",
    [
        *("days", "gpu_days", "train_days", "compute_gpu_days", "last day"),
        *("throughput/tflops", "throughput/tokens", "batch/tokens", "warmup/tokens"),
    ],
)
def test_times_rates_and_parts_of_a_run_are_none_of_its_sizes(heading):
    assert not {"N", "D", "C"} & set(meanings([heading], "x"))
