"""Every notebook is the run of its source, leads with a figure, is quiet, and runs to its end."""

import re
from itertools import pairwise

import jupytext
import nbformat
import pytest

from bayesfit import figures
from notebooks import execute

SOURCES = execute.sources()
LEAD = 3  # cells within which the first figure stands
LARGEST = 1_500_000  # bytes of one notebook in the repository
# Warnings, progress bars, addresses in memory, and absolute paths, which are of one machine.
NOISE = re.compile(r"Warning|it/s\]|\d+%\|| at 0x[0-9a-f]{6,}|(?<![\w./:<\])])/\w[\w.-]*/[\w.-]")

each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def kept(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def outputs(notebook):
    return [x for cell in notebook.cells if cell.cell_type == "code" for x in cell.outputs]


def pictures(outputs):
    return [x for x in outputs if execute.PICTURE in x.get("data", {})]


def test_they_are_pairs_each_with_a_number_of_its_own():
    assert len({source.name[:2] for source in SOURCES}) == len(SOURCES) > 0
    found = {path.stem for path in execute.HERE.glob("*.ipynb")}
    assert found == {source.stem for source in SOURCES}


@each
def test_the_notebook_has_the_cells_of_its_source(source):
    wanted, found = execute.unrun(source), kept(source)
    assert [(x.id, x.cell_type, x.source) for x in found.cells] == [
        (x.id, x.cell_type, x.source) for x in wanted.cells
    ]
    assert found.metadata == wanted.metadata


@each
def test_it_leads_with_a_figure_and_says_what_figures_show(source):
    notebook = kept(source)
    assert notebook.cells[0].cell_type == "markdown"
    assert pictures(outputs(nbformat.from_dict(dict(cells=notebook.cells[:LEAD]))))
    assert len(pictures(outputs(notebook))) >= 3
    words = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "**Conclusion.**" in words
    shown = [bool(pictures(x.get("outputs", []))) for x in notebook.cells]
    assert not any(a and b for a, b in pairwise(shown)), "two figures without a word between"


@each
def test_its_outputs_are_kept_and_quiet(source):
    notebook = kept(source)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.execution_count is None
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        assert not NOISE.search(str(output.get("text", "")))
        assert not [x for kind, x in output.get("data", {}).items()
                    if kind != execute.PICTURE and NOISE.search(x)]  # fmt: skip
    assert source.with_suffix(".ipynb").stat().st_size < LARGEST


@each
def test_what_is_simulated_is_labelled(source):
    text = source.read_text(encoding="utf-8")
    if re.search(r"simulated_|kaplan_curves|simulated=True", text):
        assert "SIMULATED" in text


@each
def test_the_figures_it_asks_for_are_there(source):
    """A name that is gone is found in moments; only slow tests run a notebook."""
    asked = re.findall(r"\.plot\.(\w+)\(", source.read_text(encoding="utf-8"))
    assert set(asked) <= set(figures.names())


def test_what_means_nothing_is_left_out():
    """Counts, ids and metadata go; a cell that writes to stderr is refused."""
    stream = nbformat.v4.new_output("stream", name="stderr", text="a warning\n")
    code = nbformat.v4.new_code_cell("1", execution_count=7, metadata=dict(tags=["x"]))
    noisy = nbformat.v4.new_notebook(cells=[code.copy() | dict(outputs=[stream])])
    with pytest.raises(ValueError, match="a cell writes to stderr: a warning"):
        execute.cleaned(nbformat.from_dict(noisy))
    both = {"text/html": "<p>1</p>", "text/plain": "1"}
    result = nbformat.v4.new_output("execute_result", both, execution_count=7)
    quiet = nbformat.v4.new_notebook(cells=[code | dict(outputs=[result])])
    (cell,) = execute.cleaned(nbformat.from_dict(quiet)).cells
    assert cell.execution_count is None and not cell.metadata
    assert cell.outputs[0].execution_count is None
    assert cell.outputs[0].data == {"text/html": "<p>1</p>"}


def test_jupyter_pairs_them(root):
    """What jupytext reads in the folder names the format of the sources."""
    settings = jupytext.config.load_jupytext_configuration_file(
        str(root / "notebooks" / "jupytext.toml")
    )
    assert settings.default_formats(str(SOURCES[0].with_suffix(".ipynb"))) == "ipynb,py:percent"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@each
def test_it_runs(source):
    """To the end, without an error or a word on stderr, with as many figures as are kept."""
    assert len(pictures(outputs(execute.run(source)))) == len(pictures(outputs(kept(source))))
