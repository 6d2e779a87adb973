"""A run that is killed, as a machine that goes down kills it, loses no finished stage."""

import json
import os
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
