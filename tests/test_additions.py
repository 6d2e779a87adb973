"""An addition is one file: a law, a likelihood, a reader, a check, a figure, a question, a section
of the report and a command, each put in a scratch folder and seen at work.

The files are the examples of CONTRIBUTING.md, so those are right too. They share one small fit: the
law with the likelihood, to a table in the reader's format.
"""

import os
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import bayesfit
from bayesfit import discovery, figures, findings, likelihoods, questions, report
from bayesfit.commands import main

pytestmark = pytest.mark.usefixtures("scratch")
PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def examples() -> dict[str, str]:
    """Path below a folder of plug-ins -> the file, from the blocks that begin with `# path`."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```$", text, flags=re.M | re.S)
    return dict(found)


def everything() -> dict[str, set[str]]:
    """Kind -> the names there are."""
    return {kind: set(discovery.names(kind)) for kind in discovery.KINDS}


@pytest.fixture(scope="module")
def before():
    return everything()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory, before):
    """A folder of plug-ins that BAYESFIT_PLUGINS names, with one file of each kind."""
    folder = tmp_path_factory.mktemp("additions")
    for name, text in examples().items():
        (folder / name).parent.mkdir()  # fails where a kind has two
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(discovery.PLUGINS, str(folder))
        yield folder


@pytest.fixture(scope="module")
def runs(scratch, tmp_path_factory):
    """A table in the format of the example: semicolons, N in millions, D in billions."""
    rng = np.random.default_rng(11)
    N = np.geomspace(50, 2000, 6).repeat(5)
    D = N * np.tile(np.geomspace(5, 100, 5), 6) / 1000
    loss = 1.4 * ((N / 1e3) ** -0.1 + (D / 20) ** -0.1) * np.exp(0.005 * rng.laplace(size=30))
    file = tmp_path_factory.mktemp("table") / "runs.mine"
    pd.DataFrame(dict(N=N, D=D, loss=loss)).to_csv(file, sep=";", index=False)
    return bayesfit.read(file)


@pytest.fixture(scope="module")
def fit(runs):
    """The new law with the new likelihood."""
    return bayesfit.fit(
        "twenty", runs, likelihood="double_exponential",
        starts=16, bootstrap=50, chains=2, draws=100,
        refits=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def saved(fit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "twenty"
    fit.save(folder)
    return folder


def said(*words: object) -> str:
    """What a command prints; it has to end well."""
    done = CliRunner().invoke(main, [str(word) for word in words], env={"COLUMNS": "140"})
    assert done.exit_code == 0, done.output or repr(done.exception)
    return done.output


def test_each_kind_is_one_file(scratch, before):
    files = [path for path in scratch.rglob("*") if path.is_file()]
    assert len(files) == len(discovery.KINDS) == 8
    added = {kind: names - before[kind] for kind, names in everything().items()}
    stems = {path.parent.name: {path.stem} for path in files}
    assert added == {name: stems[kind.plugin_folder] for name, kind in discovery.KINDS.items()}


def test_nothing_is_left_when_the_folder_is_not_named(scratch, before, monkeypatch):
    monkeypatch.delenv(discovery.PLUGINS)
    assert everything() == before


def test_law(fit):
    assert "twenty" in said("models")
    assert "Twenty tokens" in said("models")
    law = bayesfit.load_law("twenty")
    assert fit.law.name == law.name and law.has_surface
    assert fit.estimate["slope"] == pytest.approx(0.1, rel=0.1)
    best = fit.optimum([1e22])
    assert best["tokens_per_parameter"].iloc[0] == pytest.approx(20, rel=1e-3)


def test_likelihood(fit):
    assert "double_exponential" in likelihoods.names()
    assert fit.likelihood.name == "double_exponential"
    assert 0.001 < np.median(fit.posterior.flat["sigma"]) < 0.02
    assert fit.posterior.attrs["likelihood"] == "double_exponential"


def test_reader(runs):
    assert len(runs) == 30 and runs.name == "runs"
    assert runs["N"].min() == pytest.approx(5e7) and runs["D"].max() == pytest.approx(2e11)


def test_check(fit):
    (found,) = [x for x in findings.review(fit) if x.subject == "runs"]
    assert found.verdict == "PASS" and "30 runs" in found.finding


def test_figure(fit):
    assert "spend" in figures.of_fit(fit) and "spend" in dir(fit.plot)
    axes = fit.plot.spend(flops=[1e22]).axes[0]
    assert axes.get_xscale() == "log" and len(axes.lines) == 2


def test_question(fit, saved):
    answer = fit.ask("growth", factor=100)
    assert answer.left["left"].iloc[0] == pytest.approx(100**-0.1, rel=0.05)
    printed = said("ask", "growth", saved, "--with", "factor=100")
    assert answer.sentences[0] in printed  # the same digits of a fit that was opened
    assert "growth" in said("ask", "--help")


def test_section(fit):
    context = report.context(fit, questions.ask(fit, "overview"), dict(command="bayesfit run"))
    page = report.render(context, {})
    assert "Thanks to runs." in page and 'id="colophon"' in page


def test_command():
    assert re.search(r"budget_of +FLOPs of training", said("--help"))
    assert "FLOPs of training" in said("budget_of", "--help")
    assert "6e20" in said("budget_of", "1e9", "1e11")


def test_a_file_that_does_not_run_is_named(tmp_path, monkeypatch):
    """One broken file is one sentence, where it is used; what does not use it goes on."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "broken.py").write_text('"""A broken law."""\nlaw = 1 / 0\n')
    both = os.pathsep.join([str(tmp_path), os.environ.get(discovery.PLUGINS, "")])
    monkeypatch.setenv(discovery.PLUGINS, both)
    assert "A broken law." in said("models")
    with pytest.raises(bayesfit.InputError, match=r"broken\.py does not run: ZeroDivisionError.*2"):
        bayesfit.load_law("broken")


def test_a_package_brings_a_law_and_a_reader(tmp_path, monkeypatch):
    """As CONTRIBUTING.md says: its pyproject.toml, and two of its examples as modules."""
    text = PAGE.read_text(encoding="utf-8").partition("## Packaging an addition")[2]
    project = tomllib.loads(re.findall(r"^```toml\n(.*?)^```$", text, flags=re.M | re.S)[0])[
        "project"
    ]
    info = tmp_path / "bayesfit_twenty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]
    lines = [
        f"[{group}]\n{name} = {where}" for group, x in points.items() for name, where in x.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    package = tmp_path / "bayesfit_twenty"
    package.mkdir()
    (package / "law.py").write_text(examples()["models/twenty.py"])
    (package / "tables.py").write_text(examples()["readers/mine.py"])
    monkeypatch.delenv(discovery.PLUGINS)  # the same names, in a folder
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "twenty" in bayesfit.models.names() and "mine" in discovery.names("reader")
    law = discovery.load("law", "twenty")
    assert law.roles["exponent_N"] == "slope"
    (tmp_path / "runs.mine").write_text("N;D;loss\n7;1;4.1\n70;2;3.5\n700;40;2.7\n")
    assert list(bayesfit.read(tmp_path / "runs.mine")["N"]) == [7e6, 7e7, 7e8]
    assert "twenty" in CliRunner().invoke(main, ["models"], env={"COLUMNS": "200"}).output
