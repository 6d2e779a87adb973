"""Tokens from steps and batches, where a table says in what the batches are counted."""

import numpy as np
import pandas as pd
import pytest

from bayesfit import from_frame
from bayesfit.errors import InputError

STEPS = np.array([3000.0, 9000.0, 24000.0])
PLAIN = dict(N=[7e7, 2e8, 9e8], loss=[3.6, 3.2, 2.8])


@pytest.mark.parametrize(
    "columns, tokens, said",
    [
        (dict(step=STEPS, batch_tokens=2e5), 2e5, "step times batch_tokens (tokens a step)"),
        ({"iter": STEPS, "tokens per step": 2e5}, 2e5, "iter times tokens per step"),
        ({"_step": STEPS, "config.tokens_per_batch": ["0.2M"] * 3}, 2e5, "_step times config"),
        ({"steps": STEPS, "batch_tokens_M": 0.2}, 2e5, "(tokens a step, 1e+06 tokens each)"),
        (dict(step=STEPS, batch_size=512, seq_len=1024), 524288, "batch_size (sequences a step)"),
        (dict(step=STEPS, batch_sequences=16384, seq_len=64), 16384 * 64, "times seq_len"),
        (dict(step=["3k", "9k steps", "24000"], batch_tokens=2e5), 2e5, "step times"),
        (dict(tokens=["3k steps", "9k steps", "24k steps"], batch_tokens=2e5), 2e5, "step times"),
        (dict(train_steps=STEPS, batch_size=256, context_length=2048), 524288, "train_steps"),
    ],
)
def test_tokens_are_steps_times_what_a_step_has(columns, tokens, said):
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    np.testing.assert_allclose(runs["D"], STEPS * tokens)
    (note,) = (note for note in runs.notes if note.startswith("D is not in the table: taken as"))
    assert said in note


@pytest.mark.parametrize(
    "columns",
    [
        dict(step=STEPS, batch_size=262144),
        dict(step=STEPS, batch_size=512),
        dict(step=STEPS, batch_size=262144, seq_len=2048),
    ],
)
def test_a_batch_of_nobody_knows_what_is_asked_about(columns):
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    runs.require(["N", "loss"])  # a law that needs no D asks nothing
    with pytest.raises(InputError) as error:
        runs.require(["N", "D"])
    assert "no column D (tokens); batch_size may count tokens a step" in str(error.value)
    assert "--map batch_tokens=batch_size" in str(error.value)
    assert "--map batch_sequences=batch_size" in str(error.value)


def test_the_answers_to_the_question_are_understood():
    frame = pd.DataFrame(PLAIN | dict(step=STEPS, batch_size=16384, seq_len=2048))
    tokens = from_frame(frame, columns=dict(batch_tokens="batch_size"))
    np.testing.assert_allclose(tokens["D"], STEPS * 16384)
    sequences = from_frame(frame, columns=dict(batch_sequences="batch_size"))
    np.testing.assert_allclose(sequences["D"], STEPS * 16384 * 2048)


def test_tokens_that_are_there_stay():
    frame = pd.DataFrame(PLAIN | dict(D=1e9, step=STEPS, batch_tokens=5e5))
    assert set(from_frame(frame)["D"]) == {1e9}
    letters = from_frame(pd.DataFrame(PLAIN | dict(step=STEPS, B=5e5)))
    assert "D" not in letters.columns  # a letter is no evidence


def test_steps_in_words_are_numbers_too():
    runs = from_frame(pd.DataFrame(PLAIN | dict(D=1e9, step=["1k", "2.5k steps", "4000"])))
    assert list(runs["step"]) == [1000, 2500, 4000]
    runs = from_frame(pd.DataFrame(PLAIN | dict(D=1e9, step=["warm", "up", "4000"])))
    assert list(runs["step"]) == ["warm", "up", "4000"]


LOT = dict(step=STEPS, seq_len=512)


@pytest.mark.parametrize(
    "columns, sequences",
    [
        (LOT | dict(per_device_train_batch_size=6, n_gpus=16), 96),
        (LOT | {"batch size per GPU": 6, "GPUs": 16, "grad_accum": 3}, 288),
        (LOT | dict(micro_batch_size=6, world_size=16, gradient_accumulation_steps=1), 96),
        (LOT | dict(micro_batch_size=6, world_size=16, global_batch_size=288), 288),
        (LOT | dict(batch_size=288, num_gpus=1, grad_accum=1), 288),
        (LOT | dict(effective_batch_size=288, devices=16), 288),
        (dict(iter=STEPS, batch_size=6, gradient_accumulation_steps=48, block_size=512), 288),
        (dict(train_iters=STEPS, global_batch_size=288, seq_length=512), 288),
    ],
)
def test_what_a_device_or_a_part_has_is_multiplied_by_their_numbers(columns, sequences):
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    np.testing.assert_allclose(runs["D"], STEPS * 512 * sequences)


@pytest.mark.parametrize(
    "columns, said",
    [
        (dict(batch_size=6, num_gpus=16), "batch_size may be that of a whole step.*by num_gpus: "),
        (dict(bs=6, grad_accum=[1, 1, 2]), "bs may be that .*multiplied by grad_accum: "),
        (dict(batch_size=6, devices=16, accum_steps=2), "by devices and accum_steps: "),
        (dict(batch_size=6, ddp_world_size=4, gradient_accumulation_steps=4), "ddp_world_size and"),
        (dict(batch_size=6, num_nodes=4, n_gpus=1), "by num_nodes: "),
        (dict(micro_batch_size=6), "micro_batch_size is only a part of a step"),
        (dict(micro_batch_size=6, n_gpus=16), "micro_batch_size is only a part of a step"),
        (dict(per_device_batch_size=6, grad_accum=16), "per_device_batch_size is only a part"),
        (dict(per_device_batch_size=6, n_gpus=16, num_nodes=2), "per_device_batch_size is only"),
        (dict(micro_batch_size=6, n_gpus=16, gas=2, tensor_parallel_size=4), "is only a part"),
    ],
)
def test_a_batch_that_may_be_a_part_of_a_step_is_asked_about(columns, said):
    runs = from_frame(pd.DataFrame(PLAIN | LOT | columns))
    assert "D" not in runs.columns
    with pytest.raises(InputError, match=f"{said}.*column batch_tokens with the tokens of a step"):
        runs.require(["N", "D"])


def test_a_batch_is_that_of_a_whole_step_where_a_person_says_so():
    frame = pd.DataFrame(PLAIN | LOT | dict(batch_size=288, num_gpus=16))
    runs = from_frame(frame, columns=dict(batch_sequences="batch_size"))
    np.testing.assert_allclose(runs["D"], STEPS * 512 * 288)


@pytest.mark.parametrize("counts", ["iter", "global_step", "trainer/global_step", "train_iters"])
def test_what_was_logged_is_no_count_of_steps_beside_one(counts):
    columns = {"_step": STEPS * 25, counts: STEPS, "tokens_per_step": 2e5}
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    np.testing.assert_allclose(runs["D"], STEPS * 2e5)
    said = f"(tokens a step); _step, 25 times {counts} in the median row, is left"
    assert any(note.endswith(said) for note in runs.notes)


def test_counts_of_steps_that_agree_are_no_matter():
    columns = dict(_step=STEPS - 1, step=STEPS, tokens_per_step=2e5)
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    assert not any("is left" in note for note in runs.notes)


def test_planned_steps_count_tokens_where_no_others_are_and_that_is_said():
    runs = from_frame(pd.DataFrame(PLAIN | dict(max_steps=STEPS, batch_tokens=2e5)))
    np.testing.assert_allclose(runs["D"], STEPS * 2e5)
    assert any("as if all runs had made the steps planned" in note for note in runs.notes)
    made = from_frame(pd.DataFrame(PLAIN | dict(max_steps=2e6, step=STEPS, batch_tokens=2e5)))
    np.testing.assert_allclose(made["D"], STEPS * 2e5)


def test_runs_that_end_before_their_planned_steps_are_named_until_they_are_left_out():
    columns = dict(
        run=["a", "b 2", "c"], max_steps=[3000, 20000, 24000], step=STEPS, batch_tokens=2e5
    )
    runs = from_frame(pd.DataFrame(PLAIN | columns))
    (said,) = runs.warnings
    assert "row 1: step ends before max_steps (1 run)" in said
    condition = said.partition("--where '")[2].removesuffix("')")
    assert runs.where(condition).warnings == () and len(runs.where(condition)) == 2


def test_rows_along_a_curve_are_not_cut_short():
    steps = np.tile([1000.0, 2000, 3000], 2)
    columns = dict(run=np.repeat(["a", "b"], 3), N=np.repeat([1e8, 2e8], 3), step=steps)
    table = dict(columns, batch_tokens=2e5, max_steps=3000, loss=4 - steps / 1e4)
    assert from_frame(pd.DataFrame(table)).warnings == ()
    (said,) = from_frame(pd.DataFrame(table | dict(max_steps=9000))).warnings
    assert "(2 runs)" in said and "row 2, 5" in said
