"""Every command and every snippet of the README runs, in the order in which a reader meets them."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import bayesfit
from bayesfit.commands import main

README = Path(__file__).parents[1] / "README.md"
OURS = (["bayesfit"], ["python", "-m", "bayesfit"])  # how a command of ours begins
NOT_RUN = (
    "make run",
    "make test",
    "make test-all",
    "pip install",
)  # they install, or run this test
EVERYWHERE = {"--help", "-h", "--version"}  # options that click adds
SMALL = dict(
    chains=4, draws=100, bootstrap=50
)  # what is appended where a command or `fit` takes it


class Block(NamedTuple):
    """A fenced block: its language, the number of its first line, its text."""

    language: str
    line: int
    text: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], text.count("\n", 0, found.start(2)) + 1, found[2])
        for found in re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```$", text, flags=re.M | re.S)
    ]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def commands(block: Block) -> list[list[str]]:
    """The words of each line of a shell block, comments aside."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def arguments(words: list[str]) -> list[str] | None:
    """What follows `bayesfit` in a command of ours; None of another."""
    for start in OURS:
        if words[: len(start)] == start:
            return words[len(start) :]
    return None


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None, f"there is no command {name}"
    return found


def options(name: str) -> set[str]:
    """The options of a command, as they are written."""
    return {text for parameter in command(name).params for text in parameter.opts}


def with_small(words: list[str]) -> list[str]:
    """A command of ours that fits a law, made quick where it says nothing of its own."""
    if not {"--model", "--models"} & set(words):
        return words
    takes = options(words[0])
    added = [[f"--{name}", str(n)] for name, n in SMALL.items() if f"--{name}" in takes]
    return [*words, *(x for pair in added if pair[0] not in words for x in pair)]


# --------------------------------------------------------------------------------- it all runs


def my_runs() -> pd.DataFrame:
    """Three families of one law, 48 runs: what the README calls my_runs.csv."""
    rng = np.random.default_rng(5)
    N = np.geomspace(5e7, 3e9, 8).repeat(6)
    D = N * np.tile(np.geomspace(4, 300, 6), 8)
    family = np.resize(["gpt", "llama", "qwen"], 48)
    level = pd.Series(family).map(dict(gpt=0.03, llama=0.0, qwen=-0.02)).to_numpy()
    loss = np.exp(level) * (1.7 + 420 / N**0.34 + 1500 / D**0.36)
    return pd.DataFrame(dict(N=N, D=D, loss=loss * np.exp(0.005 * rng.standard_normal(48)))).assign(
        C=6 * N * D, family=family, corpus=np.resize(["web", "code"], 48)
    )


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the reader's own table and law, where the commands are given."""
    my_runs().to_csv(tmp_path / "my_runs.csv", index=False)
    (law,) = [block.text for block in blocks(README) if re.search(r"^law = ", block.text, re.M)]
    (tmp_path / "path" / "to").mkdir(parents=True)
    (tmp_path / "path" / "to" / "my_law.py").write_text(law, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quick(monkeypatch):
    """`bayesfit.fit` with few draws, unless a snippet says how many."""
    fit = bayesfit.fit
    monkeypatch.setattr(
        bayesfit, "fit", lambda *args, **given: fit(*args, **SMALL | dict(starts=32) | given)
    )


def run(words: list[str]) -> None:
    """One command, in this process."""
    done = CliRunner().invoke(main, with_small(words), env={"COLUMNS": "120"})
    said = f"bayesfit {shlex.join(words)}\n{done.output}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(said) from done.exception
    assert done.exit_code == 0 and done.output.strip(), said


@pytest.mark.slow
def test_every_command_runs(desk):
    """In their order: later ones open what earlier ones wrote."""
    for block in blocks(README):
        for words in commands(block) if block.language == "sh" else ():
            if arguments(words) is not None:
                run(arguments(words))
    folders = [record.parent for record in desk.rglob("run.json")]
    found = [{path.name for path in folder.iterdir()} for folder in folders]
    assert any(promised_files() <= names for names in found), found


@pytest.mark.slow
def test_every_snippet_runs(desk, quick):
    """In their order and with the same names."""
    names: dict = {"__name__": "readme"}
    for block in blocks(README):
        if block.language == "python":  # empty lines before it: a traceback shows the README's line
            code = "\n" * (block.line - 1) + block.text
            exec(compile(code, str(README), "exec"), names)


def promised_files() -> set[str]:
    """What `run` writes for a law of N and D, by the README's table of files."""
    rows = re.findall(r"^\| `([\w.]+/?)` \|", prose(README), flags=re.M)
    files = {row.strip("/") for row in rows if "." in row or row.endswith("/")}
    assert "report.html" in files
    return files


# ----------------------------------------------------------------------------- it names no ghost


def test_every_line_of_shell_is_run_or_known():
    strange = [
        shlex.join(words)
        for block in blocks(README)
        if block.language in ("sh", "bash", "shell", "console")
        for words in commands(block)
        if arguments(words) is None and not shlex.join(words).startswith(NOT_RUN)
    ]
    assert not strange
    assert {block.language for block in blocks(README)} <= {"sh", "python"}


def test_every_command_is_understood():
    """Name, arguments and options, without running it: the quick half of the slow test above."""
    for block in blocks(README):
        for words in commands(block) if block.language == "sh" else ():
            given = arguments(words)
            if given is not None:
                try:
                    command(given[0]).make_context(given[0], given[1:])
                except click.UsageError as error:
                    pytest.fail(f"{shlex.join(words)}: {error.format_message()}")


def spans() -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(README))


def test_commands_in_the_text_exist():
    for span in spans():
        words = shlex.split(span.replace("...", ""))
        given = arguments(words)
        if given and not given[0].startswith("-") and given[0].islower():
            known = options(given[0]) | EVERYWHERE
            assert {word for word in given if word.startswith("--")} <= known, span


def test_options_in_the_text_exist():
    known = {text for name in main.list_commands(click.Context(main)) for text in options(name)}
    named = {word for span in spans() for word in re.findall(r"(?<!\S)--[a-z-]+", span)}
    assert not named - known - EVERYWHERE


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", prose(README))
    missing = [x for x in links if "://" not in x and not (README.parent / x).exists()]
    assert links and not missing


def test_laws_and_tables_in_the_text_exist():
    """The first column of tables whose heading says law or table."""
    from bayesfit import datasets

    known = {*bayesfit.models.names(), *datasets.names()}
    tables = re.findall(r"^\| (?:law|data) \|.*\n\|[-|]+\n((?:\|.*\n)+)", prose(README), flags=re.M)
    named = {
        name
        for table in tables
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named and not named - known
