"""What `benchmarks/BANDS.md` says of a law, for its page; nothing is typed in twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[2] / "benchmarks" / "BANDS.md"


@cache
def sections() -> dict[str, str]:
    """Law -> its part of the record."""
    pieces = re.split(r"^## (\w+)$", FILE.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def row(text: str, method: str) -> dict[str, str]:
    """The first row whose first cell is `method`, by heading; empty if there is none."""
    return next(rows(text, method), {})


def rows(text: str, method: str) -> Iterator[dict[str, str]]:
    """Every row whose first cell is `method`, of all tables of methods, by their headings."""
    heads: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "method":
            heads = cells
        if cells[0] == method and heads:
            yield dict(zip(heads, cells, strict=True))


def of_law(name: str) -> list[str]:
    """Markdown: how bands of the law held on sweeps that had no part in choosing its misfit."""
    text = sections().get(name, "")
    here, believed = row(text, "misfit, leave one sweep out"), row(text, "believed")
    if not here:
        return []
    lines = [
        "| | losses in 80 % bands | in 95 % bands | the worst sweep, 80/95 % | width of 95 % |",
        "|---|---|---|---|---|",
        *(
            f"| {what} | {_share(x['splits 80'])} | {_share(x['splits 95'])} "
            f"| {_share(x['worst 80']).removesuffix(' %')}/{_share(x['worst 95'])} "
            f"| {100 * float(x['width95']):.1f} % |"
            for what, x in (("with its misfit", here), ("believed", believed))
            if x
        ),
    ]
    return [
        "## How far to trust its bands",
        "Small runs of public sweeps fitted, larger ones predicted; the misfit that each sweep is "
        "scored with was chosen by the others ([calibration](../calibration.md)).",
        "\n".join(lines),
    ]


def _share(text: str) -> str:
    return f"{100 * float(text):.0f} %"
