"""Which headings are losses on held-out text: those with a word of each, as in `eval/c4_loss`."""

from __future__ import annotations

import re

_TEXT = {"val", "valid", "validation", "eval", "evaluation", "test", "dev", "heldout"}
_LOSS = {"loss", "losses", "nll", "ce", "xent", "crossentropy"}
_NOT = {  # words of what is no loss, but about one, and of a loss in training
    *("train", "training", "std", "sd", "se", "sem", "stderr", "err", "error", "var", "variance"),
    *("ci", "low", "high", "lower", "upper", "max", "step", "steps", "iter", "epoch", "time"),
    *("count", "num", "n", "ratio", "delta", "diff", "gap", "change", "scale", "weight", "slope"),
    *("rank", "id", "name", "fn", "type", "batches", "tokens", "samples", "runtime", "seconds"),
    *("log", "log10", "ln", "exp"),
}


def is_held_out(heading: str) -> bool:
    """Whether a heading says that it is a loss, and on which text: held-out text."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).lower()
    joined = re.sub(r"held[^a-z]?out", "heldout", spaced)
    joined = re.sub(r"cross[^a-z]?entropy", "crossentropy", joined)
    words = set(re.split(r"[^0-9a-z]+", joined))
    return bool(words & _TEXT and words & _LOSS and not words & _NOT)
