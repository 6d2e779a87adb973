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
