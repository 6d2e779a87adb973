"""Every command and every snippet of the README and of the documentation runs, in its order."""

import re
import shlex

import click
import pytest
from click.testing import CliRunner

import bayesfit
from bayesfit.commands import main
from docs._made import commands as reference
from docs._made import extending, laws

from .pages import (
    DOCS,
    arguments,
    blocks,
    command,
    name,
    of_shell,
    options,
    prose,
    with_small,
    written,
)  # fmt: skip

NOT_RUN = (  # they install, need a cluster, or run this test
    "make run", "make test", "make test-all", "pip install", "srun", "mkdir", "BAYESFIT_PLUGINS=",
    "docker", "python3 -m venv", "env/bin/pip", "source .venv",
)  # fmt: skip
EVERYWHERE = {"--help", "-h", "--version"}  # options that click adds
OTHERS = {"--ntasks", "--user", "--userns"}  # of programs that are not ours
LANGUAGES = {"sh", "python", "text", "toml", "bash", "yaml"}
WITH_FETCHED = {"README.md"}  # these fit a table that is fetched: test_readme.py, where it is there

every_page = pytest.mark.parametrize("page", written(), ids=name)


def generated() -> dict[str, str]:
    """Path below docs -> text of the pages that are made of the code."""
    made = {"reference/cli.md": reference.page(), "laws/index.md": laws.index()}
    made |= {f"laws/{law}.md": laws.page(law, False) for law in bayesfit.models.names()}
    return made | extending.pages()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Name -> text of every page there is."""
    here = {name(page): page.read_text(encoding="utf-8") for page in written()}
    return here | {f"docs/{path}": text for path, text in generated().items()}


# --------------------------------------------------------------------------------- it all runs


def run(words: list[str]) -> None:
    """One command, in this process."""
    done = CliRunner().invoke(main, with_small(words), env={"COLUMNS": "120"})
    said = f"bayesfit {shlex.join(words)}\n{done.output}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(said) from done.exception
    assert done.exit_code == 0 and done.output.strip(), said


@pytest.mark.slow
@every_page
def test_every_command_runs(page, desk):
    """In their order: later ones open what earlier ones wrote."""
    if name(page) in WITH_FETCHED:
        pytest.skip("its commands are run by test_readme.py")
    for words in of_shell(page.read_text(encoding="utf-8")):
        if arguments(words) is not None:
            run(arguments(words))


@pytest.mark.slow
@every_page
def test_every_snippet_runs(page, desk, quick):
    """In their order and with the same names."""
    names: dict = {"__name__": "page"}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python":  # empty lines before it: a traceback shows the page's line
            code = "\n" * (block.line - 1) + block.text
            exec(compile(code, str(page), "exec"), names)


@pytest.mark.slow
def test_run_writes_the_files_that_are_promised(desk):
    text = (DOCS / "reference" / "results.md").read_text(encoding="utf-8")
    promised = {x.strip("/") for x in re.findall(r"^\| `([\w.]+/?)` \|", text, flags=re.M)}
    assert "report.html" in promised
    run(["run", "--model", "chinchilla_approach3", "--out", "first"])
    assert promised <= {path.name for path in (desk / "first").iterdir()}


# ----------------------------------------------------------------------------- it names no ghost


def test_every_line_of_shell_is_run_or_known(pages):
    strange = [
        f"{page}: {shlex.join(words)}"
        for page, text in pages.items()
        for words in of_shell(text)
        if arguments(words) is None and not shlex.join(words).startswith(NOT_RUN)
    ]
    assert not strange
    languages = {(page, block.language) for page, text in pages.items() for block in blocks(text)}
    assert not {(page, language) for page, language in languages if language not in LANGUAGES}


def test_every_command_is_understood(pages, desk):
    """Name, arguments and options, without running it: the quick half of the slow test above."""
    wrong = []
    for page, text in pages.items():
        for words in of_shell(text):
            given = arguments(words)
            if given is not None:
                try:
                    command(given[0]).make_context(given[0], given[1:])
                except click.UsageError as error:
                    wrong.append(f"{page}: {shlex.join(words)}: {error.format_message()}")
    assert not wrong, "\n".join(wrong)


def spans(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(text))


def test_commands_in_the_text_exist(pages):
    for page, text in pages.items():
        for span in spans(text):
            given = arguments(span.replace("...", "").split())
            if given and re.fullmatch("[a-z]+", given[0]):
                known = options(given[0]) | EVERYWHERE
                named = {word for word in given if word.startswith("--")}
                assert named <= known, f"{page}: {span}"


def test_options_in_the_text_exist(pages):
    known = {text for x in main.list_commands(click.Context(main)) for text in options(x)}
    for page, text in pages.items():
        named = {word for x in spans(text) for word in re.findall(r"(?<!\S)--[A-Za-z-]+", x)}
        assert not named - known - EVERYWHERE - OTHERS, page


@every_page
def test_links_lead_to_files_of_the_repository(page):
    """Whoever reads a page there has no site; the site turns them to its own pages."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)\s#]+)[^)]*\)", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_laws_and_tables_in_the_text_exist(pages):
    """The first column of tables whose heading says law or table."""
    from bayesfit import datasets

    known = {*bayesfit.models.names(), *datasets.names()}
    table = r"^\| (?:law|data) \|.*\n\|[-|]+\n((?:\|.*\n)+)"
    named = {
        found
        for text in pages.values()
        for rows in re.findall(table, prose(text), flags=re.M)
        for row in rows.splitlines()
        for found in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named and not named - known
