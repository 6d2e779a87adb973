"""Built-in tables of runs: printed facts that the package ships, and files fetched on first use.

A table is a module here with one `Source` (its citation, file, hash, and how its columns become
ours) and one line in `SOURCES`.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.datasets import chinchilla, designs, diloco, pile, simulated
from bayesfit.datasets.source import Source
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from bayesfit.data.runs import Runs

SOURCES: dict[str, Source] = {
    "pile": pile.source,
    "diloco": diloco.source,
    "chinchilla": chinchilla.source,
    "kaplan_curves": simulated.curves,
    "kaplan_batches": simulated.batches,
    "kaplan_corpora": simulated.corpora,
    "simulated_isoflop": designs.isoflop_source,
    "simulated_curves": designs.curves_source,
}
_TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".gz")


def names() -> list[str]:
    """The tables that `load` knows by name."""
    return list(SOURCES)


def describe(name: str) -> Source:
    """What a built-in table is: `what`, `citation`, `rows`, and its `url` if it is fetched.

    Raises:
        InputError: there is no table of that name.
    """
    if name not in SOURCES:
        near = difflib.get_close_matches(name, names(), n=3, cutoff=0.4)
        known = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(names())}"
        raise InputError(
            f"there is no data set called {name!r}: {known}? "
            "A file of your own has to end in .csv, .tsv or .parquet"
        )
    return SOURCES[name]


def load(name_or_path: str | os.PathLike[str], *, all_runs: bool = False) -> Runs:
    """A built-in table by its name, or the user's own from a file.

    Args:
        name_or_path: one of `names()`, or a path to a .csv, .tsv or .parquet file.
        all_runs: keep the runs that a built-in table leaves out of fits by default.

    Raises:
        InputError: no such table, or it cannot be fetched, read or used.
    """
    from bayesfit.data.runs import from_frame, read  # imports pandas: half a second

    name = os.fspath(name_or_path)
    is_path = name.lower().endswith(_TABLE_ENDINGS) or os.sep in name
    if name not in SOURCES and (is_path or isinstance(name_or_path, os.PathLike)):
        return read(name)
    source = describe(name)
    if source.make is not None:
        return from_frame(source.make(), name, source.citation, simulated=True)
    frame = source.shape(_frame(source.path()))
    if all_runs or source.left_out is None:
        return from_frame(frame, name, source.citation)
    kept = frame[~source.left_out(frame)]
    return from_frame(kept, name, source.citation, left_out=(source.why,))


def known_models() -> pd.DataFrame:
    """Published models of 10B parameters and more: model, N, D, C = 6 N D, citation.

    Sizes and token counts as the papers round them, to mark on figures; all are dense.
    """
    frame = _frame(Path(__file__).with_name("known_models.csv"))
    return frame.assign(C=6 * frame["N"] * frame["D"])


def published_exponents() -> pd.DataFrame:
    """How N* grows with compute by the papers: source, what, a, its interval (low, high) or se."""
    import pandas as pd

    frame = _frame(Path(__file__).with_name("published_exponents.csv"))
    numbers = ["a", "low", "high", "se"]
    return frame.assign(**{name: pd.to_numeric(frame[name]) for name in numbers})


def _frame(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False)
