"""Tokens from steps: D = steps x tokens a step, where a table says how large a batch is.

A batch is counted in tokens, or in sequences beside their length; it is that of a step, or of one
device or accumulated part of it, which their numbers multiply. Headings that could mean either are
not guessed at: the person is asked, once a law needs D (`which_batch`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bayesfit.data.headings import BATCH, PLANNED, STEP, column_of, taken_apart
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
WHOLE = (  # of a step, in tokens or in sequences
    *("global_batch_size", "total_batch_size", "effective_batch_size", "total_train_batch_size"),
    *("global_train_batch_size", "effective_train_batch_size", "gbs"),
)
EITHER = ("batch_size", "batch", "train_batch_size", "bs", "batchsize", "bsz")
DEVICE = (  # sequences of one device
    *("per_device_train_batch_size", "per_device_batch_size", "per_gpu_batch_size"),
    *("per_gpu_train_batch_size", "batch_size_per_device", "batch_size_per_gpu"),
    *("device_batch_size", "device_train_batch_size", "train_batch_size_per_device"),
)
MICRO = (  # and of one of the parts that a device accumulates
    *("micro_batch_size", "microbatch_size", "train_micro_batch_size_per_gpu", "mbs"),
    *("micro_batch_size_per_gpu", "micro_batch_size_per_device", "device_train_microbatch_size"),
)
PARTS = (
    *("gradient_accumulation_steps", "gradient_accumulation", "grad_accum", "grad_accum_steps"),
    *("accum_steps", "accumulation_steps", "accumulate_grad_batches", "gradient_accumulation_step"),
    *("grad_acc", "grad_acc_steps", "gas", "ga_steps", "gradient_accumulate_every"),
)
DEVICES = (
    *("num_gpus", "n_gpus", "ngpus", "ngpu", "n_gpu", "num_gpu", "gpus", "gpu_count"),
    *("num_devices", "n_devices", "devices", "device_count", "num_tpus", "n_tpus", "tpus"),
    *("num_chips", "n_chips", "chips", "accelerators", "num_accelerators", "ddp_world_size"),
    *("world_size", "data_parallel_size", "dp_size", "data_parallel", "dp_world_size"),
)
NODES = ("nodes", "num_nodes", "n_nodes", "nnodes", "gpus_per_node", "devices_per_node")
SHARED = (  # by several devices, so that each has no batch of its own
    *("tensor_parallel_size", "tensor_model_parallel_size", "tensor_parallel", "tp_size", "tp"),
    *("pipeline_parallel_size", "pipeline_model_parallel_size", "pipeline_parallel", "pp_size"),
    *("pp", "context_parallel_size", "sequence_parallel_size", "model_parallel_size"),
)
NANOGPT = ("iter", "iters", "iter_num", "iteration", "iterations", "train_iters")  # its steps
LENGTH = (
    *("seq_len", "sequence_length", "seq_length", "seqlen", "context_length", "context_len"),
    *("ctx_len", "n_ctx", "block_size", "max_seq_len", "max_seq_length", "context", "seq"),
)
SAME = 0.01  # of steps: logs of one count may differ by one
LARGE = 8192  # sequences in a batch: a multiple of their length from here on may count tokens


def counted(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with steps as numbers, and D in tokens, where steps and batches say how many.

    Args:
        frame: with canonical headings, nothing checked.

    Returns:
        The frame, the same object where there is nothing to do; and sentences on what was done.
    """
    heading = column_of(frame, STEP) or column_of(frame, PLANNED)
    if not heading:
        return frame, []
    steps, _, how = numbers(frame[heading], "step")
    notes = [how] if how and not np.isnan(steps).any() else []
    frame = frame.assign(**{heading: steps}) if notes else frame
    batch, words = _batch(frame)
    if "D" in frame or batch is None:
        return frame, notes
    planned = "" if column_of(frame, STEP) else ", as if all runs had made the steps planned"
    other = _other(frame, heading, steps)
    notes.append(f"D is not in the table: taken as {heading} times {words}{planned}{other}")
    with np.errstate(over="ignore", invalid="ignore"):  # D is looked at like one that was given
        return frame.assign(D=steps * batch), notes


def _other(frame: pd.DataFrame, heading: str, steps: np.ndarray) -> str:
    """Words on another column of steps that counts something else; "" without one."""
    for other in [h for h in map(str, frame) if h != heading and column_of([h], STEP)]:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = float(np.median(plain(frame[other]) / steps))
        if np.isfinite(ratio) and abs(ratio - 1) > SAME:
            return f"; {other}, {ratio:.3g} times {heading} in the median row, is left"
    return ""


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
    factors = _sequences(frame, length) if length else []
    if not factors:
        return None, ""
    with np.errstate(over="ignore", invalid="ignore"):
        each = np.prod([numbers(frame[h], BATCH)[0] for h in (*factors, length)], axis=0)
    parts = " times ".join(factors)
    return each, f"{parts} (sequences a step) times {length}"


def _sequences(frame: pd.DataFrame, length: str) -> list[str]:
    """Headings whose product is the sequences of a step; none if the table does not say."""
    heading = _heading(frame, SEQUENCES)[0]
    if heading:
        return [heading]
    heading = _heading(frame, WHOLE)[0]
    factors = [heading] if heading else _of_parts(frame) or _plain(frame, length)
    unsure = len(factors) == 1 and _may_be_tokens(frame, factors[0], length)
    return [] if unsure else factors


def _of_parts(frame: pd.DataFrame) -> list[str]:
    """The batch of a device or of a part, and the numbers of these; none if one is not known."""
    batch, micro = _heading(frame, MICRO)[0], True
    if not batch:
        batch, micro = _heading(frame, DEVICE)[0], False
    devices, parts = _headings(frame, DEVICES), _headings(frame, PARTS)
    known = len(devices) == 1 and (len(parts) == 1 if micro else len(parts) <= 1)
    apart = _multiplying(frame, (*NODES, *SHARED))
    return [batch, *devices, *parts] if batch and known and not apart else []


def _plain(frame: pd.DataFrame, length: str) -> list[str]:
    """A batch that says no more, where nothing may multiply it, or as nanoGPT multiplies it."""
    batch = _heading(frame, EITHER)[0]
    others = _multiplying(frame, (*PARTS, *DEVICES, *NODES))
    names = [taken_apart(h, BATCH)[0] for h in (batch, *others, length)]
    if names == ["batch_size", "gradient_accumulation_steps", "block_size"]:
        # Its accumulated parts are those of all devices together.
        return [batch, *others] if column_of(frame, STEP) == column_of(frame, NANOGPT) else []
    return [batch] if batch and not others else []


def _multiplying(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Headings of these names with a number other than one in some row."""
    return [h for h in _headings(frame, names) if (numbers(frame[h], BATCH)[0] != 1).any()]


def _may_be_tokens(frame: pd.DataFrame, batch: str, length: str) -> bool:
    """Whether batches beside a length of sequences are so large that they may count tokens."""
    each, long = numbers(frame[batch], BATCH)[0], plain(frame[length])
    with np.errstate(invalid="ignore", divide="ignore"):
        return bool(((each >= LARGE) & (each % long == 0)).all())


def _heading(headings: Iterable, names: tuple[str, ...]) -> tuple[str, float]:
    """The first heading that is one of these names, and the scale of its unit; "" without one."""
    found = _headings(headings, names)
    return (found[0], taken_apart(found[0], BATCH)[1]) if found else ("", 1.0)


def _headings(headings: Iterable, names: tuple[str, ...]) -> list[str]:
    """Those that are one of these names."""
    return [h for h in map(str, headings) if taken_apart(h, BATCH)[0] in names]


def which_batch(frame: pd.DataFrame) -> str:
    """What to say of a batch that is counted in nobody knows what; "" if D has no such way.

    Args:
        frame: a table without D.
    """
    step = column_of(frame, STEP) or column_of(frame, PLANNED)
    part = _heading(frame, (*DEVICE, *MICRO))[0]
    batch = _heading(frame, WHOLE)[0] or _heading(frame, EITHER)[0]
    if not step or not (batch or part):
        return ""
    if not batch:
        return (
            f"{part} is only a part of a step, and how many make a step is not known: add a column "
            "batch_tokens with the tokens of a step"
        )
    others = _multiplying(frame, (*PARTS, *DEVICES, *NODES))
    if others and _headings([batch], EITHER):
        return (
            f"{batch} may be that of a whole step (--map batch_sequences={batch}, with their "
            f"length in a column seq_len) or has to be multiplied by {' and '.join(others)}: add a "
            "column batch_tokens with the tokens of a step"
        )
    return (
        f"{batch} may count tokens a step (--map batch_tokens={batch}: D is {step} times it) or "
        f"sequences (--map batch_sequences={batch}, with their length in a column seq_len)"
    )
