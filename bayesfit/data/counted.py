"""What N counts and how FLOPs were counted, as far as the headings of a table say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from shlex import quote

from bayesfit.data.headings import Meaning, meanings

TOTAL = "all parameters, embeddings included"
PART = "parameters without embeddings"
_ALL = "all parameters, those of all experts included"
# In this order: a count of all non-embedding parameters is one without embeddings.
_COUNTS = {
    "N": (
        (r"non_?emb|no_?emb|without_?emb|excl\w*_?emb", PART),
        (r"activ", "active parameters, not all experts"),
        (r"total|with_?emb|incl\w*_?emb", TOTAL),
        (r"trainable", "trainable parameters"),
    ),
    "C": (
        (r"6_?n_?d(?![a-z])", "6 N D"),
        (r"hardware|hfu|recomput", "what the hardware did, recomputation included"),
        (r"att(?:n|ention)", "attention included"),
    ),
}


# Words that make FLOPs a rate or a share, and those beside which compute is a number of FLOPs.
_RATES = {"per", "s", "sec", "second", "gpu", "token", "achieved", "utilization", "utilisation"}
_RATES |= {
    "mfu",
    "hfu",
    "throughput",
    "ratio",
    "fraction",
    "share",
    "step",
    "forward",
    "increase",
    "factor",
}
_OF_COMPUTE = {"compute", "train", "training", "total", "budget", "log", "ln", "model", "used", "e"}


def as_headings_say(headings: Iterable[str], found: Mapping[str, Meaning]) -> Iterable[str]:
    """Sentences on what N and C count, on other counts of N, and on a C that was not read.

    Args:
        headings: of the table as it was given.
        found: canonical name -> what it was read from (`bayesfit.data.headings.meanings`).
    """
    headings = list(headings)
    sparse = of_experts(headings)
    if "C" not in found and "C" not in headings:
        yield from map(_unread, filter(_speaks_of_flops, headings))
    for column in _COUNTS:
        taken = found[column].heading if column in found else column
        if taken not in headings:
            continue
        what = what_is_counted(column, taken, sparse)
        if what:
            whose = "; Kaplan's laws and pearce_song take it so, others all" if what == PART else ""
            yield f"{column} counts {what}, by its heading {taken!r}{whose}"
        for other in headings if column == "N" else ():
            what = what_is_counted("N", other, sparse)
            if other != taken and what and "N" in meanings([other], ""):
                cure = quote(f"N={other}")
                yield f"{other!r} counts {what}: --map {cure} fits by that count"


def of_experts(headings: Iterable[str]) -> bool:
    """Whether a table speaks of experts: a total is then one of all of them."""
    return any(re.search("activ|expert", heading.lower()) for heading in headings)


def _speaks_of_flops(heading: str) -> bool:
    """Whether a heading has a word of FLOPs or of compute, and is none of a rate."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading).lower()
    words = set(re.split(r"[^a-z]+", spaced)) - {""}
    flops = any(re.fullmatch(r"[kmgtpezy]?(flops?|flos)", word) for word in words)
    return (flops and not words & _RATES) or ("compute" in words and words <= _OF_COMPUTE)


def _unread(heading: str) -> str:
    """A sentence on a column of FLOPs that is not read."""
    if re.match(r"log(?!10)|ln", heading.strip().lower()):
        return (
            f"{heading!r} looks like a logarithm of C, to a base that is not said, and was not "
            "read: call it log10_flops, or give FLOPs"
        )
    return f"{heading!r} looks like C and was not read: --map {quote(f'C={heading}')}"


def what_is_counted(column: str, heading: str, sparse: bool) -> str:
    """What a heading says that is counted, "" if it does not.

    Args:
        sparse: whether the table is one `of_experts`.
    """
    plain = re.sub(r"[^0-9a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading).lower())
    said = next((words for mark, words in _COUNTS[column] if re.search(mark, plain)), "")
    return _ALL if sparse and said == TOTAL else said
