"""A run that is killed, as a machine that goes down kills it, loses no finished stage."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from bayesfit.stages import STAGES

from .conftest import FITTED

TABLES = ("exponents.csv", "optima.csv", "predictions.csv", "holdouts.csv")


def started(out, *more):
    command = [sys.executable, "-m", "bayesfit", "run", *FITTED, "--flops", "3e25", "--out", out]
    silent = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return subprocess.Popen([*map(str, command), *more], **silent)


def stages_of(parent):
    """The stages that an unfinished run beside a results folder has finished."""
    found = list(parent.glob(".bayesfit-*.unfinished/fit.json"))
    return set(json.loads(found[0].read_text()).get("stages", {})) if found else set()


def killed_after(parent, process, stage):
    """Kill it in the stage that follows; what it had finished by then."""
    while stage not in stages_of(parent):
        assert process.poll() is None, f"it ended before the {stage} was kept"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return stages_of(parent)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_kill_after_each_stage_changes_no_number(tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert started(whole).wait() == 0
    for i, stage in enumerate(STAGES):
        found = killed_after(tmp_path, started(out, *["--resume"][:i]), stage)
        assert set(STAGES[: i + 1]) <= found and not out.exists()
    assert started(out, "--resume").wait() == 0
    for name in TABLES:
        assert (out / name).read_text() == (whole / name).read_text(), name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]


KILLS = 60
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGKILL": -9}
SMALL = (
    *("--model", "kaplan_n", "--likelihood", "student_t", "--starts", "8", "--chains", "2"),
    *("--draws", "100", "--bootstrap", "50", "--flops", "2e23"),
)


# Whoever runs the tests in the background of a shell ignores SIGINT, and so would they.
CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from bayesfit.__main__ import main
main()
"""


def small(out, *more, **how):
    command = [sys.executable, "-c", CODE, "run", *SMALL, "--out", out, *more]
    return subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, text=True, **how)


def is_whole(out, whole):
    """Whether a folder of results has every file of a whole run, and its numbers."""
    names = {path.relative_to(whole) for path in whole.rglob("*")}
    same = {path.relative_to(out) for path in out.rglob("*")} == names
    numbers = ("exponents.csv", "predictions.csv", "holdouts.csv")
    return same and all((out / x).read_text() == (whole / x).read_text() for x in numbers)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_no_kill_leaves_half_a_result(tmp_path):
    """At random moments of whole runs, each signal in turn; every other run goes on from before."""
    pick, whole, out = random.Random(20), tmp_path / "whole", tmp_path / "place" / "out"
    assert small(whole).wait() == 0
    began = time.monotonic()
    assert small(whole).wait() == 0  # with every program in the cache
    usual, ended = time.monotonic() - began, []
    for i in range(KILLS):
        name = list(SIGNALS)[i % len(SIGNALS)]
        with small(out, *["--resume"] * (i % 2), stderr=subprocess.PIPE) as process:
            time.sleep(pick.uniform(1.0, 1.1 * usual))
            process.send_signal(getattr(signal, name))
            sent = time.monotonic()
            said = process.communicate(timeout=60)[1]
            assert time.monotonic() - sent < 2 or process.returncode == 0, (i, name)
        ended.append(process.returncode)
        # Python gives signals back as it ends, when everything is written.
        late = process.returncode == -getattr(signal, name) and is_whole(out, whole)
        assert process.returncode in (0, SIGNALS[name]) or late, (i, name, said)
        assert "Traceback" not in said, said
        assert not out.exists() or is_whole(out, whole), (i, name)
    assert len(set(ended)) >= 3
    assert small(out, "--resume").wait() == 0 and is_whole(out, whole)
    assert [path.name for path in out.parent.iterdir()] == ["out"]
