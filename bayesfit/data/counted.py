"""What N counts and how FLOPs were counted, as far as the headings of a table say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bayesfit.data.headings import Meaning, meanings

# In this order: a count of all non-embedding parameters is one without embeddings.
_COUNTS = {
    "N": (
        (r"non_?emb|no_?emb|without_?emb|excl\w*_?emb", "parameters without embeddings"),
        (r"activ", "active parameters, not all experts"),
        (r"total|with_?emb|incl\w*_?emb", "all parameters, embeddings included"),
        (r"trainable", "trainable parameters"),
    ),
    "C": (
        (r"6_?n_?d(?![a-z])", "6 N D"),
        (r"hardware|hfu|recomput", "what the hardware did, recomputation included"),
        (r"att(?:n|ention)", "attention included"),
    ),
}


def as_headings_say(headings: Iterable[str], found: Mapping[str, Meaning]) -> Iterable[str]:
    """Sentences on what N and C count, and on other counts of N that could be taken.

    Args:
        headings: of the table as it was given.
        found: canonical name -> what it was read from (`bayesfit.data.headings.meanings`).
    """
    headings = list(headings)
    for column in _COUNTS:
        taken = found[column].heading if column in found else column
        if taken not in headings:
            continue
        what = _what(column, taken)
        if what:
            yield f"{column} counts {what}, by its heading {taken!r}"
        for other in headings if column == "N" else ():
            if other != taken and "N" in meanings([other], "") and _what("N", other):
                yield f"{other!r} counts {_what('N', other)}: --map N={other} fits by that count"


def _what(column: str, heading: str) -> str:
    """What a heading says that is counted, "" if it does not."""
    plain = re.sub(r"[^0-9a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading).lower())
    return next((words for mark, words in _COUNTS[column] if re.search(mark, plain)), "")
