"""Completion in the shell: what click offers on its own, and the names that only we know."""

import os
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete, get_completion_class

from bayesfit import datasets, discovery
from bayesfit.commands import main

SLOW = {"jax", "numpy", "pandas", "scipy", "arviz", "matplotlib", "xarray", "rich"}


def offered(*words: str) -> list[tuple[str, str]]:
    """(kind, value) of what the shell shows for the last of these words."""
    completion = ShellComplete(main, {}, "bayesfit", "_BAYESFIT_COMPLETE")
    return [(x.type, x.value) for x in completion.get_completions([*words[:-1]], words[-1])]


def names(*words: str) -> list[str]:
    found = offered(*words)
    assert {kind for kind, _ in found} == {"plain"}
    return [value for _, value in found]


def ask(instruction: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a shell does: run the command with a variable that says what it wants."""
    wanted = os.environ | dict(_BAYESFIT_COMPLETE=instruction) | environment
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bayesfit"],
        env=wanted, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell):
    """That of click itself; the one for bash first asks bash for its version."""
    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(main, {}, "bayesfit", "_BAYESFIT_COMPLETE").source_template
    assert "%(complete_var)s" in script
    if shell != "bash":
        assert f"_BAYESFIT_COMPLETE={shell}_complete" in ask(f"{shell}_source").stdout


def test_bash_completes():
    done = ask("bash_source")
    assert "_BAYESFIT_COMPLETE=bash_complete" in done.stdout, done.stderr


def test_commands_and_options():
    assert names("ru") == ["run"]
    assert {"--model", "--map"} <= set(names("run", "--m"))
    assert names("run", "--device", "c") == ["cpu"]


def test_laws_data_sets_and_the_rest_by_name():
    assert names("run", "--model", "") == discovery.names("law")
    assert names("optimum", "--model", "kaplan_ch") == ["kaplan_chinchilla"]
    assert names("run", "--data", "") == datasets.names()
    assert names("check", "chinch") == ["chinchilla"]
    assert names("check", "pile", "--model", "fars") == ["farseer"]
    assert names("run", "--likelihood", "student") == ["student_t"]
    assert names("ask", "optim") == ["optimum"]
    assert names("compare", "--models", "pile,farse") == ["pile,farseer"]


def test_where_no_name_begins_so_there_are_files():
    assert offered("run", "--data", "runs/my") == [("file", "runs/my")]
    assert offered("run", "--model", "./law") == [("file", "./law")]


@pytest.mark.parametrize(
    "line", [["run", "--data", "", "--model", ""], ["run", "", ""], ["no", ""]]
)
def test_a_line_without_sense_yet_is_no_error(line):
    offered(*line)


def test_a_law_of_ones_own_is_offered(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "zebra.py").write_text("raise RuntimeError('completion runs no file')")
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))
    assert names("run", "--model", "zeb") == ["zebra"]


def test_every_option_that_names_something_offers_it():
    """A command that takes a law, a table or a likelihood completes its name."""
    wanted = {"--model", "--models", "--data", "--likelihood"}
    bare = [
        (name, parameter.name)
        for name in main.list_commands(click.Context(main))
        for parameter in discovery.load("command", name).params
        if wanted & set(parameter.opts) and not offered(name, parameter.opts[0], "")[1:]
    ]
    assert not bare


LINES = ["bayesfit run --model kap", "bayesfit run --data pi"]


@pytest.mark.parametrize("words", LINES)
def test_an_answer_imports_nothing_slow(words):
    done = ask("bash_complete", COMP_WORDS=words, COMP_CWORD="3")
    assert done.stdout.startswith("plain,"), done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported and not imported & SLOW
