"""A page for each notebook, with the outputs that are committed: nothing is run for the site."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "notebooks"
# What pandas writes into its tables for want of a style sheet; the site has one.
PANDAS = re.compile(r'<style.*?</style>|\s(?:border|class|style|valign)="[^"]*"', flags=re.S)


def files() -> list[Path]:
    """The notebooks in the order in which to read them."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def titles() -> dict[str, str]:
    """Name of a page -> its heading."""
    return {file.stem: _heading(_cells(file)) for file in files()}


def made() -> dict[str, str | bytes]:
    """Path below the site -> what stands there: the list, each page, each figure."""
    found: dict[str, str | bytes] = {"notebooks/index.md": _index()}
    for file in files():
        cells = _cells(file)
        found[f"notebooks/{file.stem}.md"] = _page(file, cells)
        for i, j, png in _pictures(cells):
            found[f"notebooks/{_picture(file, i, j)}"] = b64decode(png)
    return found


def _index() -> str:
    """The list: each heading is a link, with the first words below it."""
    lines = [
        "# Notebooks",
        "",
        "Each runs from top to bottom on built-in tables, and leads with a figure. They "
        "stand in the folder `notebooks/` of the repository, as `.py` and, with these outputs, as "
        "`.ipynb`; `make notebooks` runs them.",
        "",
    ]
    for file in files():
        cells = _cells(file)
        lines += [f"* [{_heading(cells)}]({file.stem}.md)<br>{_first_words(cells)}", ""]
    return "\n".join(lines)


def _first_words(cells: list[Any]) -> str:
    """The first sentence below the heading."""
    words = _text(cells[0]).partition("\n")[2]
    return _sentence(words)


def _page(file: Path, cells: list[Any]) -> str:
    parts = []
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            parts.append(_text(cell))
            continue
        parts.append(f"```python\n{_text(cell)}\n```")
        for j, output in enumerate(cell["outputs"]):
            picture = f"![{_alt(cells, i)}]({_picture(file, i, j)}){{ .chart .output }}"
            parts.append(_output(output, picture))
    where = f"The file: `notebooks/{file.name}`."
    return "\n\n".join([parts[0], where, *parts[1:]]) + "\n"


def _output(output: Any, picture: str) -> str:
    """What a cell prints or shows, as Markdown."""
    data = output.get("data", {})
    if "image/png" in data:
        return picture
    if "text/html" in data:
        bare = PANDAS.sub("", "".join(data["text/html"]))
        bare = re.sub(r"<(/?)h\d>", r"<\1p>", bare)  # a heading of the answer is none of the page
        return f'<div class="output">{" ".join(bare.split())}</div>'
    text = output["text"] if output["output_type"] == "stream" else data["text/plain"]
    return f"```text {{ .output }}\n{''.join(text).rstrip()}\n```"


def _pictures(cells: list[Any]) -> Iterator[tuple[int, int, str]]:
    """(cell, output, PNG in base 64) of each figure."""
    for i, cell in enumerate(cells):
        for j, output in enumerate(cell.get("outputs", ())):
            if "image/png" in output.get("data", {}):
                yield i, j, "".join(output["data"]["image/png"])


def _picture(file: Path, cell: int, output: int) -> str:
    return f"{file.stem}-{cell:02d}-{output}.png"


def _alt(cells: list[Any], at: int) -> str:
    """What the figure shows, for who does not see it: the first sentence of the words beside it."""
    beside = [cells[at + 1 : at + 2], reversed(cells[:at])]  # those below it, or else those above
    words = next(x for some in beside for x in some if x["cell_type"] == "markdown")
    plain = re.sub(r"\*\*|[`\[\]]|^#.*$", "", _text(words), flags=re.M)
    return _sentence(plain).replace('"', "'")


def _sentence(words: str) -> str:
    """The first one; "et al. 2022" ends none."""
    first = re.split(r"(?<=[.?])\s+(?=[`*]|[^\W\d])", words.strip(), maxsplit=1)[0]
    return first.replace("\n", " ")


def _heading(cells: list[Any]) -> str:
    return _text(cells[0]).partition("\n")[0].lstrip("# ")


def _text(cell: Any) -> str:
    return "".join(cell["source"])


def _cells(file: Path) -> list[Any]:
    return json.loads(file.read_text(encoding="utf-8"))["cells"]
