"""The same runs with N counted otherwise: with embeddings or without, active or all experts.

Another count is a column of its own, or N with the embeddings added or taken away, where the table
says how many these are or has vocabulary and width.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data.columns import C_OF_D, D_OF_C, SIZES, in_units
from bayesfit.data.counted import PART, TOTAL, of_experts, what_is_counted
from bayesfit.data.headings import Meaning, column_of, meanings, taken_apart
from bayesfit.data.quantities import numbers
from bayesfit.data.runs import Runs

EMBEDDINGS = (
    *("embedding_params", "embedding_parameters", "embed_params", "n_embedding_params"),
    *(
        "params_embedding",
        "n_params_embedding",
        "num_embedding_params",
        "n_embedding",
        "emb_params",
    ),
)
VOCABULARY = ("vocab_size", "vocabulary_size", "n_vocab", "padded_vocab_size", "vocab")
WIDTH = ("d_model", "hidden_size", "n_embd", "hidden_dim", "model_dim", "embed_dim", "width")
ASIDE = "other_N"  # what a column N is called where another heading was mapped to N
HALVINGS = 100


class Count(NamedTuple):
    """One way to count N.

    Attributes:
        label: its heading, or what it was computed from.
        what: what it counts, in words; "" where the heading does not say.
        values: parameters (runs,).
        heading: of its column, "" if it was computed.
    """

    label: str
    what: str
    values: np.ndarray
    heading: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.what})" if self.what else self.label


class Between(NamedTuple):
    """One count turned into another: the larger is the smaller plus exp(shift) smaller^slope.

    Embeddings grow with the width of a model, as a power of about a third of its size (Pearce &
    Song 2024, arXiv:2406.12907); all experts of a model, as a power of one. So the counts cannot
    cross beyond the runs, as straight lines through both would.
    """

    shift: float
    slope: float
    rises: bool  # whether the first count is the smaller one

    def there(self, N: np.ndarray | float) -> np.ndarray:
        """The other count of models of this first count."""
        return self._larger(N) if self.rises else self._smaller(N)

    def back(self, N: np.ndarray | float) -> np.ndarray:
        """The first count of models of this other count."""
        return self._smaller(N) if self.rises else self._larger(N)

    def _larger(self, N: np.ndarray | float) -> np.ndarray:
        return np.asarray(N + np.exp(self.shift + self.slope * np.log(N)))

    def _smaller(self, N: np.ndarray | float) -> np.ndarray:
        low, high = np.log(np.asarray(N, float)) - 50.0, np.log(np.asarray(N, float))
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            above = self._larger(np.exp(middle)) > N
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.exp(high)


def counts(runs: Runs) -> tuple[Count, list[Count]]:
    """How N of a table is counted, and its other counts that all runs have."""
    taken = next((x.heading for x in runs.headings if x.column == "N"), "N")
    sparse = of_experts([taken, *runs.columns])
    own = Count(
        "N" if taken == "N" else repr(taken), what_is_counted("N", taken, sparse), runs["N"], taken
    )
    others = [x for x in _columns(runs, sparse) if own.what or x.what]
    if not others:
        own, others = _by_embeddings(runs, own)
    return own, [x for x in others if _is_another(x.values, own.values)]


def _columns(runs: Runs, sparse: bool) -> Iterable[Count]:
    """Columns beside N that count parameters too; sizes in round numbers count nothing new."""
    for heading in runs.columns:
        base, scale, how = taken_apart(heading, "N")
        if heading == ASIDE or ("N" in meanings([heading], "") and base not in SIZES):
            read, with_units, _ = numbers(pd.Series(runs[heading]), "N")
            values = in_units(read, with_units, Meaning("N", heading, scale, how))
            label = "N" if heading == ASIDE else heading
            yield Count(repr(label), what_is_counted("N", label, sparse), values, label)


def _is_another(values: np.ndarray, own: np.ndarray) -> bool:
    return bool((np.isfinite(values) & (values > 0)).all()) and not np.allclose(values, own)


def _by_embeddings(runs: Runs, own: Count) -> tuple[Count, list[Count]]:
    """N with its embeddings, if it is without, and otherwise without them; and N as it is."""
    found = _embeddings(runs)
    if found is None or own.what not in (PART, TOTAL, ""):
        return own, []
    label, embeddings = found
    if own.what == PART:
        return own, [Count(f"{own.label} plus {label}", TOTAL, own.values + embeddings)]
    what = own.what or "taken to include embeddings"
    other = Count(f"{own.label} less {label}", PART, own.values - embeddings)
    return own._replace(what=what), [other]


def _embeddings(runs: Runs) -> tuple[str, np.ndarray] | None:
    """What the embeddings of each run were computed from, and their parameters (runs,)."""
    heading, vocabulary, width = (
        column_of(runs.columns, names) for names in (EMBEDDINGS, VOCABULARY, WIDTH)
    )
    if heading:
        return heading, numbers(pd.Series(runs[heading]), "N")[0]
    if not (vocabulary and width):
        return None
    each = [numbers(pd.Series(runs[name]), "N")[0] for name in (vocabulary, width)]
    return f"{vocabulary} times {width} (input and output embeddings as one)", each[0] * each[1]


def recounted(runs: Runs, count: Count) -> Runs:
    """The runs with N counted so; D or C, where it was computed from N, is computed again."""
    table = runs.table.assign(N=count.values)
    if D_OF_C in runs.notes:
        table["D"] = table["C"] / (6 * table["N"])
    if C_OF_D in runs.notes:
        table["C"] = 6 * table["N"] * table["D"]
    return replace(runs, table=table)


def between(own: Count, other: Count) -> Between | None:
    """How one count turns into another, a power law of their difference fitted to the runs.

    Returns:
        None where neither is the larger in every run, or their difference does not grow.
    """
    rises = bool((other.values > own.values).all())
    small, large = (own, other) if rises else (other, own)
    extra = large.values - small.values
    if not (extra > 0).all() or len(np.unique(small.values)) < 2:
        return None
    slope, shift = np.polyfit(np.log(small.values), np.log(extra), 1)
    return Between(float(shift), float(slope), rises) if slope > 0 else None
