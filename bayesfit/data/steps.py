"""Tokens from steps: D = steps x tokens a step, where a table says how large a batch is.

A batch is counted in tokens, or in sequences beside their length. Headings that could mean either
are not guessed at: the person is asked, once a law needs D (`which_batch`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bayesfit.data.headings import BATCH, STEP, column_of, taken_apart
from bayesfit.data.quantities import numbers, plain

TOKENS = (
    *("batch_tokens", "tokens_per_step", "tokens_per_batch", "tokens_per_iter", "tokens_step"),
    *("batch_size_tokens", "tokens_per_update", "global_batch_tokens", "tokens_per_iteration"),
    *("global_batch_size_tokens", "batch_size_in_tokens"),
)
SEQUENCES = (
    *("batch_sequences", "sequences_per_step", "sequences_per_batch", "batch_size_sequences"),
    *("global_batch_sequences", "global_batch_size_sequences", "seqs_per_step", "batch_seqs"),
)
EITHER = (
    *("batch_size", "global_batch_size", "total_batch_size", "effective_batch_size", "batch"),
    *("train_batch_size", "bs", "batchsize", "bsz"),
)
LENGTH = (
    *("seq_len", "sequence_length", "seq_length", "seqlen", "context_length", "context_len"),
    *("ctx_len", "n_ctx", "block_size", "max_seq_len", "max_seq_length", "context", "seq"),
)
LARGE = 8192  # sequences in a batch: a multiple of their length from here on may count tokens


def counted(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with steps as numbers, and D in tokens, where steps and batches say how many.

    Args:
        frame: with canonical headings, nothing checked.

    Returns:
        The frame, the same object where there is nothing to do; and sentences on what was done.
    """
    heading = column_of(frame, STEP)
    if not heading:
        return frame, []
    steps, _, how = numbers(frame[heading], "step")
    notes = [how] if how and not np.isnan(steps).any() else []
    frame = frame.assign(**{heading: steps}) if notes else frame
    batch, words = _batch(frame)
    if "D" in frame or batch is None:
        return frame, notes
    notes.append(f"D is not in the table: taken as {heading} times {words}")
    with np.errstate(over="ignore", invalid="ignore"):  # D is looked at like one that was given
        return frame.assign(D=steps * batch), notes


def of_steps(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with D as its steps if that is how all cells count: 512k steps."""
    if "D" not in frame or frame["D"].dtype.kind in "iufb" or column_of(frame, STEP):
        return frame
    cells = frame["D"].astype(str).str.strip()
    all_steps = bool(len(cells)) and cells.str.fullmatch(r"[\d.,_]+ ?[kKmM]? ?steps?").all()
    return frame.rename(columns=dict(D="step")) if all_steps else frame


def _batch(frame: pd.DataFrame) -> tuple[np.ndarray | None, str]:
    """Tokens a step (rows,) and what they were computed from; None if the table does not say."""
    heading, scale = _heading(frame, TOKENS)
    if heading:
        unit = f", {scale:.0e} tokens each" if scale != 1 else ""
        return scale * numbers(frame[heading], BATCH)[0], f"{heading} (tokens a step{unit})"
    length, _ = _heading(frame, LENGTH)
    heading, _ = _heading(frame, SEQUENCES)
    if not heading:
        heading, _ = _heading(frame, EITHER)
        heading = "" if length and heading and _may_be_tokens(frame, heading, length) else heading
    if not length or not heading:
        return None, ""
    with np.errstate(over="ignore", invalid="ignore"):
        each = numbers(frame[heading], BATCH)[0] * numbers(frame[length], BATCH)[0]
    return each, f"{heading} (sequences a step) times {length}"


def _may_be_tokens(frame: pd.DataFrame, batch: str, length: str) -> bool:
    """Whether batches beside a length of sequences are so large that they may count tokens."""
    each, long = numbers(frame[batch], BATCH)[0], plain(frame[length])
    with np.errstate(invalid="ignore", divide="ignore"):
        return bool(((each >= LARGE) & (each % long == 0)).all())


def _heading(headings: Iterable, names: tuple[str, ...]) -> tuple[str, float]:
    """The first heading that is one of these names, and the scale of its unit; "" without one."""
    for heading in map(str, headings):
        base, scale, _ = taken_apart(heading, BATCH)
        if base in names:
            return heading, scale
    return "", 1.0


def which_batch(headings: Iterable[str]) -> str:
    """What to say of a batch that is counted in nobody knows what; "" if D has no such way."""
    headings = list(headings)
    batch, _ = _heading(headings, EITHER)
    step = column_of(headings, STEP)
    if not step or not batch:
        return ""
    return (
        f"{batch} may count tokens a step (--map batch_tokens={batch}: D is {step} times it) or "
        f"sequences (--map batch_sequences={batch}, with their length in a column seq_len)"
    )
