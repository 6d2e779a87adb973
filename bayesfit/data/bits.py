"""Losses in bits per byte or character, in nats per token where the length of tokens is said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayesfit.data.headings import Meaning, column_of
from bayesfit.data.quantities import plain

_LENGTHS = {  # of a token: headings, and the power of their numbers
    "byte": (("bytes_per_token", 1), ("tokens_per_byte", -1)),
    "character": (("chars_per_token", 1), ("characters_per_token", 1), ("tokens_per_char", -1)),
}


def per_token(frame: pd.DataFrame, found: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Canonical name -> its heading, a loss per byte or character with the unit that it can have.

    It becomes nats per token by a column such as `bytes_per_token` that has one value: where
    tokenizers differ, only losses per byte are of the same thing. Otherwise its note asks for one.
    """
    loss = found.get("loss")
    of = next((unit for unit in _LENGTHS if loss and loss.how.endswith(f"nats per {unit}")), None)
    if loss is None or of is None:
        return dict(found)
    for heading, power in _LENGTHS[of]:
        column = column_of(frame, (heading,))
        lengths = np.unique(plain(frame[column])) if column else np.zeros(0)
        if len(lengths) == 1 and np.isfinite(lengths[0]) and lengths[0] > 0:
            how = f"bits per {of} times ln 2 {'times' if power > 0 else 'over'} {column}"
            scale = loss.scale * float(lengths[0]) ** power
            return dict(found) | dict(loss=loss._replace(scale=scale, how=f"{how}: nats per token"))
    wanted = _LENGTHS[of][0][0]
    asked = f"{loss.how} (nats per token with one value in a column {wanted})"
    return dict(found) | dict(loss=loss._replace(how=asked))
