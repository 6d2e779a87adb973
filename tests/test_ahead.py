"""Programs read before they are asked for: by a process that begins as an earlier one did."""

import os
import subprocess
import sys

import click
import pytest

from bayesfit import ahead, commands, compiled

# Prints how many programs were there before they were asked for, how many were not, and a number.
PROCESS = """
import sys, threading
import numpy as np
from bayesfit import ahead, kept
from bayesfit.computing import program

ahead.begin(*sys.argv[1:])
[t.join() for t in threading.enumerate() if t.name == "bayesfit ahead"]
there = len(kept._ahead)
found = program(lambda x: dict(twice=2 * x, none=None), hasty=True)(np.float64(21))
print(there, len(kept._misses), float(found["twice"]))
"""


@pytest.fixture
def begun(tmp_path):
    """Starts a process with an empty cache of its own, in words that say how it begins."""
    around = os.environ | dict(BAYESFIT_CACHE=str(tmp_path))
    around.pop("JAX_COMPILATION_CACHE_DIR", None)  # what jax has from there is not kept again

    def run(*words):
        command = [sys.executable, "-c", PROCESS, *words]
        done = subprocess.run(command, env=around, capture_output=True, text=True, check=True)
        assert not done.stderr
        return done.stdout.split()

    return run


def test_what_the_last_process_used_is_there_before_it_is_asked_for(begun, tmp_path):
    assert begun("run", "a") == ["0", "1", "42.0"]
    assert begun("run", "a") == ["1", "0", "42.0"]
    assert begun("run", "b") == ["0", "0", "42.0"]  # on disk, and read when it is asked for
    assert len(list((tmp_path / "ahead").iterdir())) == 2


@pytest.mark.parametrize("spoiled", ["list", "program", "gone"])
def test_what_is_spoiled_is_made_anew(begun, tmp_path, spoiled):
    begun("run")
    (names,), (program,) = ((tmp_path / x).iterdir() for x in ("ahead", "compiled"))
    if spoiled == "list":
        names.write_bytes(b"../../etc/passwd \xff")
        assert begun("run") == ["0", "0", "42.0"]
        assert names.read_text().split()[1:] == [program.name]
        names.write_text(f"another version\n{program.name}")
        assert begun("run") == ["0", "0", "42.0"]
    elif spoiled == "program":
        program.write_bytes(b"rubbish")
        assert begun("run") == ["1", "1", "42.0"]
        assert begun("run") == ["1", "0", "42.0"]
    else:
        program.unlink()
        assert begun("run") == ["1", "1", "42.0"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_list_that_is_no_file_or_far_too_long_is_left_alone(begun, tmp_path):
    begun("run")
    (names,) = (tmp_path / "ahead").iterdir()
    whole = names.read_text()
    names.write_text(whole + "\nx" * 10**6)
    assert begun("run") == ["0", "0", "42.0"] and names.read_text() == whole
    names.unlink()
    os.mkfifo(names)
    assert begun("run") == ["0", "0", "42.0"]


def test_where_a_list_cannot_be_written_nothing_is_left(begun, tmp_path):
    begun("run")
    (names,) = (tmp_path / "ahead").iterdir()
    names.unlink()
    names.mkdir()
    assert begun("run") == ["0", "0", "42.0"]
    assert [*(tmp_path / "ahead").iterdir()] == [names]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "--model", "kaplan_n", "--data", "x=y"], ["run", "kaplan_n"]),
        (["run", "--data=pile", "--model=kaplan_n"], ["run", "kaplan_n"]),
        (["compare", "--models", "a,b"], ["compare", "a,b"]),
        (["optimum", "results"], ["optimum"]),
        (["run", "--model", "kaplan_n", "--device", "cpu"], None),
        (["run", "--device=cpu", "--model", "kaplan_n"], None),
        (["run", "--help"], None),
    ],
)
def test_commands_are_alike_by_name_and_laws(args, words, monkeypatch):
    found = []
    monkeypatch.setattr(ahead, "begin", lambda *alike: found.append(list(alike)))
    main = commands.main
    main.resolve_command(click.Context(main), args)
    assert found == ([] if words is None else [words])


def test_a_command_of_a_plugin_may_set_jax_up_itself(monkeypatch):
    monkeypatch.setattr(ahead, "begin", lambda *alike: pytest.fail("begun"))
    group = commands.Commands("bayesfit")
    group.add_command(click.Command("mine", callback=lambda: None))
    assert group.resolve_command(click.Context(group), ["mine", "--model", "a"])[0] == "mine"


def test_only_the_first_beginning_of_a_process_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(ahead, "_begun", [])
    monkeypatch.setattr(ahead.atexit, "register", lambda *a: None)
    monkeypatch.setattr(compiled, "folder", lambda: tmp_path / "compiled")
    ahead.begin("run", "a")
    ahead.begin("fit", "b")
    assert len(ahead._begun) == 1 and ahead._begun[0].parent == tmp_path / "ahead"
