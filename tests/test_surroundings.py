"""What a process may find around it: no device, no home, a cache full of rubbish, a fork."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bayesfit import compiled

FIT = ["optimum", "--model", "chinchilla_approach3", "--likelihood", "student_t", "--quick"]
SAID = ("starting", "estimate", "posterior", "after")  # how far the work is


def command(*arguments, **around):
    """Exit code of `bayesfit` as a process, and what it says on stderr but for how far it is."""
    done = subprocess.run(
        [sys.executable, "-m", "bayesfit", *arguments],
        env=os.environ | around, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, [x for x in done.stderr.splitlines() if not x.startswith(SAID)]


@pytest.mark.parametrize("platform", ["cuda", "nowhere"])
def test_a_platform_that_is_not_there_is_one_sentence(platform):
    code, (said,) = command("run", "--model", "kaplan_n", JAX_PLATFORMS=platform)
    assert code == 2 and said.startswith(f"error: jax finds no {platform}")


@pytest.mark.slow
def test_a_home_that_cannot_be_written_and_a_cache_of_rubbish(tmp_path):
    around = dict(HOME=os.devnull, MPLCONFIGDIR=f"{os.devnull}/y", BAYESFIT_CACHE=str(tmp_path))
    assert command(*FIT, **around) == (0, [])
    files = list((tmp_path / "compiled").iterdir())
    assert files
    for file in files:
        file.write_bytes(b"rubbish")
    assert command(*FIT, "--out", str(tmp_path / "out"), **around) == (0, [])


@pytest.mark.skipif(os.name == "nt", reason="asks for the folders of POSIX")
def test_arviz_needs_no_home():
    code = "from bayesfit.inference.draws import _arviz; print(callable(_arviz().ess))"
    around = dict(HOME=os.devnull, XDG_CACHE_HOME=f"{os.devnull}/x")
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | around, capture_output=True, text=True
    )
    assert done.stdout == "True\n", done.stderr


def test_a_user_without_a_home_has_a_cache(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("BAYESFIT_CACHE", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert compiled.folder().is_absolute() and Path.cwd() not in compiled.folder().parents


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_is_refused():
    code = """
import os, warnings
warnings.simplefilter("ignore")
from bayesfit import computing, InputError
computing.prepare()
if os.fork() == 0:
    try:
        computing.double()
    except InputError as error:
        print("spawn" in str(error), flush=True)
    os._exit(0)
os.wait()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_under_the_screen_is_one_sentence():
    command = [sys.executable, "-m", "bayesfit", "models"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: No space left on device: make room")
    assert len(done.stderr.splitlines()) == 1
