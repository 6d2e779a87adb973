"""Run the notebooks, and write them with their outputs beside their sources.

    python -m notebooks.execute          # all, one after the other
    python -m notebooks.execute 01 09    # some

A notebook is a pair: `NN_name.py` (jupytext's percent format) is what people write and review,
`NN_name.ipynb` the same cells with their outputs. Whatever would differ from one run to the next
without meaning anything (counts, random ids, versions) is left out, so a diff shows what changed.
"""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from pathlib import Path
from time import perf_counter

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from bayesfit.figures import in_palette

HERE = Path(__file__).parent
TIMEOUT = 600  # seconds for one cell, on a busy machine
METADATA = dict(
    kernelspec=dict(display_name="Python 3", language="python", name="python3"),
    language_info=dict(name="python"),
)
PICTURE, TABLE, PLAIN = "image/png", "text/html", "text/plain"


def sources() -> list[Path]:
    """The sources, in the order in which to read them."""
    return sorted(HERE.glob("[0-9][0-9]_*.py"))


def unrun(source: Path) -> NotebookNode:
    """The notebook of a source, without outputs, its cells named by their place."""
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    for i, cell in enumerate(jupytext.read(source).cells):
        new = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else _code
        notebook.cells.append(new(cell.source, id=f"cell-{i:02d}"))
    return notebook


def _code(source: str, id: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id=id)


def run(source: Path) -> NotebookNode:
    """The notebook with its outputs.

    Raises:
        CellExecutionError: a cell fails.
        ValueError: a cell writes to stderr, which no reader should have to wonder about.
    """
    notebook = unrun(source)
    # Below errors a kernel has words of its own for whoever listens to the network.
    options = dict(kernel_name="python3", extra_arguments=["--log-level=ERROR"])
    client = NotebookClient(notebook, timeout=TIMEOUT, **options)
    client.execute(cwd=str(HERE))
    return cleaned(notebook)


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """The same without what differs from run to run: counts, times, versions."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [_clean_output(output) for output in cell.outputs]
    return notebook


def _clean_output(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream" and output.name == "stderr":
        raise ValueError(f"a cell writes to stderr: {output.text.strip()}")
    if "execution_count" in output:
        output.execution_count = None
    if "data" in output:
        output.metadata, output.data = NotebookNode(), _one_form(output.data)
    return output


def _one_form(data: NotebookNode) -> NotebookNode:
    """The richest form of an output; the others say the same again."""
    if PICTURE in data:
        return NotebookNode({PICTURE: _smaller(data[PICTURE])})
    kind = TABLE if TABLE in data else PLAIN
    return NotebookNode({kind: data[kind]})


def _smaller(picture: str) -> str:
    """A PNG with a palette, as figures of ours are anyway."""
    return b64encode(in_palette(b64decode(picture))).decode()


def main(wanted: list[str]) -> None:
    """Run those whose names begin with one of `wanted`, or all."""
    for source in sources():
        if not wanted or source.name.startswith(tuple(wanted)):
            began = perf_counter()
            nbformat.write(run(source), source.with_suffix(".ipynb"))
            print(f"{source.stem}: {perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
