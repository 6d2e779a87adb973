"""Losses with their uncertainty in brackets: 3.1384(20) is 3.1384 with a standard error of 0.0020.

The digits in brackets are those of the error in the last places of the number, as physicists and
chemists print them. What ± means, a standard error or half of an interval, is not guessed at.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from bayesfit.data.headings import LOG, Meaning

ERROR = "loss_se"  # the column of standard errors, in nats per token
_CELL = re.compile(r"\s*([+-]?\d+(?:\.(\d+))?)\s?\((\d+(?:\.\d+)?)\)\s*")


def with_errors(
    frame: pd.DataFrame, meaning: Meaning | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """The frame with plain losses, their errors as a column, and a sentence on that.

    Errors are left out where a column of them is there, or where some losses have none.

    Args:
        frame: with canonical headings, nothing checked; the same object where no cell has brackets.
        meaning: what the heading of the losses says of their unit.
    """
    if "loss" not in frame or frame["loss"].dtype.kind in "iufb":
        return frame, []
    found = [_CELL.fullmatch(str(cell)) for cell in frame["loss"]]
    first = next((match for match in found if match), None)
    if first is None:
        return frame, []
    plain = [match[1] if match else cell for match, cell in zip(found, frame["loss"], strict=True)]
    frame = frame.assign(loss=pd.Series(plain, frame.index, object))
    said = f"losses have errors in brackets: {first[0].strip()} is {first[1]}"
    if ERROR in frame:
        return frame, [f"{said}, and its error is taken from the column {ERROR}"]
    if not all(found):
        return frame, [f"{said}; as some losses have none, the errors are not used"]
    errors = np.array([_error(match) for match in found if match])
    losses = np.array(plain, float)
    said = f"{said} with a standard error of {errors[0]:.6g}"
    return frame.assign(**{ERROR: in_nats(errors, losses, meaning)}), [said]


def _error(match: re.Match) -> float:
    """The digits in brackets, in units of the last place unless they have a point themselves."""
    places = 0 if "." in match[3] else len(match[2] or "")
    return float(match[3]) / 10.0**places


def in_nats(errors: np.ndarray, losses: np.ndarray, meaning: Meaning | None) -> np.ndarray:
    """Errors as they were printed, in nats per token.

    Args:
        losses: as they were printed (rows,).
        meaning: what the heading of the losses says of their unit.
    """
    if meaning is None:
        return errors
    return errors / losses if meaning.how == LOG else errors * meaning.scale
