"""Built-in tables of runs: printed facts that the package ships, and files fetched on first use.

A table is a module here with one `Source` (its citation, file, hash, and how its columns become
ours) and one line in `SOURCES`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.datasets import (
    chinchilla,
    curves,
    designs,
    diloco,
    experts,
    finetuning,
    mixtures,
    more_inputs,
    pile,
    routed,
    schedules,
    shapes,
    simulated,
)
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
    "simulated_mixtures": mixtures.source,
    "routed": routed.source,
    "simulated_moe_joint": experts.joint,
    "simulated_fine_grained": experts.fine_grained,
    "simulated_sparsity": experts.sparse,
    "simulated_epochs": more_inputs.epochs,
    "simulated_quality": more_inputs.quality,
    "simulated_errors": more_inputs.errors,
    "simulated_vocabularies": more_inputs.vocabularies,
    "simulated_streams": more_inputs.streams,
    "simulated_schedules": schedules.source,
    "simulated_break": curves.one_break,
    "simulated_two_ends": curves.two_ends,
    "simulated_shapes": shapes.source,
    "simulated_finetuning": finetuning.source,
    "simulated_finetuning_one": finetuning.one_model,
    "simulated_transfer": finetuning.transfer,
}


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
        from bayesfit.data.readers import listed

        raise InputError(
            f"there is no data set called {name!r}: {known}? "
            f"A file of your own has to end in {listed()}, a folder in {os.sep}"
        )
    return SOURCES[name]


def load(
    name_or_path: str | os.PathLike[str],
    *,
    all_runs: bool = False,
    columns: Mapping[str, str] | None = None,
    names: str | None = None,
) -> Runs:
    """A built-in table by its name, or the user's own from a file.

    Args:
        name_or_path: one of `names()`, or the path of a file of a format that is known
            (`bayesfit.data.readers`), or of a folder of such files; a word with a slash or an
            ending in it is a path.
        all_runs: keep the runs that a built-in table leaves out of fits by default.
        columns: name of ours -> heading of the file, for what is not recognised.
        names: a pattern such as ``"run_{N}_{lr}"`` that reads columns from the names of the runs.

    Raises:
        InputError: no such table, or it cannot be fetched, read or used.

    Examples:
        >>> runs = bayesfit.load("pile")
        >>> len(runs)
        29
    """
    is_path = _is_path(name_or_path)
    name = os.fspath(name_or_path)
    source = None if is_path else describe(name)
    from bayesfit.data.runs import from_frame, read  # imports pandas: half a second

    if source is None:
        return read(name_or_path, columns=columns, names=names)
    if columns or names is not None:
        raise InputError(f"{name} is built in, and its columns are what they are called")
    if source.make is not None:
        runs = from_frame(source.make(), name, source.citation, simulated=True)
    else:
        frame = source.shape(_frame(source.path()))
        if all_runs or source.left_out is None:
            runs = from_frame(frame, name, source.citation)
        else:
            kept = frame[~source.left_out(frame)]
            runs = from_frame(kept, name, source.citation, left_out=(source.why,))
    # What is odd about it is known, and its source says it; its columns cannot be mapped.
    notes = tuple(x for x in runs.notes if "--map" not in x)
    return replace(runs, warnings=(), rows=None, notes=notes)


def as_runs(x: object, name: str | None = None) -> Runs:
    """Runs from the name of a built-in table, or from whatever else holds a table of them.

    Args:
        x: a name or a path (`load`), Runs, a DataFrame (of pandas or polars), a pyarrow table, a
            dict of columns or a list of dicts.
        name: what to call the table; if omitted, the name that it has, or "table".

    Raises:
        InputError: it is none of these, or its values cannot be used.
    """
    from bayesfit.data import runs

    return runs.as_runs(load(x) if isinstance(x, (str, os.PathLike)) else x, name)


def _is_path(name: str | os.PathLike[str]) -> bool:
    """Whether it is a file that is meant, and not a built-in table; nothing is looked up."""
    if isinstance(name, os.PathLike):
        return True
    has_folder = os.sep in name or (os.altsep or os.sep) in name
    return name not in SOURCES and (has_folder or bool(Path(name).suffix))


def known_models() -> pd.DataFrame:
    """Published models of 10B parameters and more: model, N, D, C = 6 N D, citation.

    All are dense. D are the tokens seen in training; `unique_tokens` is NaN where the paper prints
    no size of a corpus that was seen more than once.
    """
    import pandas as pd

    frame = _frame(Path(__file__).with_name("known_models.csv"))
    unique = pd.to_numeric(frame["unique_tokens"])
    return frame.assign(C=6 * frame["N"] * frame["D"], unique_tokens=unique)


def published_exponents() -> pd.DataFrame:
    """How N* grows with compute by the papers: source, what, a, its interval (low, high) or se."""
    import pandas as pd

    frame = _frame(Path(__file__).with_name("published_exponents.csv"))
    numbers = ["a", "low", "high", "se"]
    return frame.assign(**{name: pd.to_numeric(frame[name]) for name in numbers})


def _frame(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False)
