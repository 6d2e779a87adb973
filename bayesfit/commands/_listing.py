"""Lists of what there is. As text they need neither pandas nor jax, and are there at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bayesfit.output import console


def show(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    out: Path | None,
    form: str,
    *,
    printed: bool = False,
) -> None:
    """Print a list, and write it if a folder is given.

    Args:
        rows: a cell under each heading.
        printed: whether it was printed as text already.
    """
    columns = [(heading, [row[i] for row in rows]) for i, heading in enumerate(headings)]
    if form == "text" and not printed:
        console.listing(columns)
    if form == "text" and out is None:
        return
    import pandas as pd

    from bayesfit.answers import Answer, Table
    from bayesfit.output import folder, place

    answer = Answer(title, {title: Table(pd.DataFrame(dict(columns)))})
    if form != "text":
        console.show(answer, form)
    if out is not None:
        with place.replaced(out) as new:
            folder.write(answer, new)
