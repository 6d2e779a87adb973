"""Figures painted by other processes: the same pictures, and none lost if that goes wrong."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bayesfit import formatting
from bayesfit.figures._style import canvas, log_axis
from bayesfit.output import painters
from bayesfit.pictures import both


def figure(say=formatting.count) -> Figure:
    drawn = canvas(4, 3, "Loss")
    ax = drawn.subplots()
    ax.plot([1e8, 1e9, 1e10], [3.0, 2.5, 2.2])
    log_axis(ax.xaxis, say)
    return drawn


@pytest.fixture
def other_processes(monkeypatch):
    monkeypatch.setattr(painters, "MOST", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


@pytest.fixture
def started(monkeypatch, other_processes):
    """The processes that a test starts."""
    seen, Real = [], subprocess.Popen

    def start(*what, **how):
        seen.append(Real(*what, **how))
        return seen[-1]

    monkeypatch.setattr(painters, "Popen", start)
    return seen


def painted(figures):
    with painters.painters(len(figures)) as paint:
        return [x.result() for x in [paint(one) for one in figures]]


def test_pictures_are_the_same_wherever_they_are_painted(started, monkeypatch):
    there = painted([figure() for _ in range(6)])
    assert len(started) == 2 and all(x.returncode == 0 for x in started)
    assert set(there) == {both(figure())}
    assert there[0].png.startswith(b"\x89PNG") and "100M" in there[0].svg.decode()


def test_what_another_process_cannot_read_is_painted_here(started):
    own = [figure(lambda x: f"{x:.0e}!") for _ in range(3)]  # a lambda has no name to send
    *here, there = painted([*own, figure()])
    assert all("1e+09!" in picture.svg.decode() for picture in here) and there == both(figure())
    assert [x.returncode for x in started] == [0]  # it went on


def test_what_cannot_be_sent_is_painted_here(started):
    class Stubborn:
        def __getstate__(self):
            raise RuntimeError("not to be copied")

    own = [figure() for _ in range(3)]
    for one, more in zip(
        own, (Stubborn(), ctypes.pointer(ctypes.c_int(1)), iter("x")), strict=True
    ):
        one.axes[0].mine = more
    assert set(painted(own)) == {both(figure())}


@pytest.mark.parametrize("folder", [Path("/tmp"), "/tmp/\0", "/tmp/\udc80", None])
def test_odd_folders_to_import_from(started, monkeypatch, folder):
    monkeypatch.setattr(sys, "path", [*sys.path, folder])
    assert set(painted([figure() for _ in range(3)])) == {both(figure())}


def test_a_painter_that_is_killed_loses_nothing(started):
    with painters.painters(6) as paint:
        first = paint(figure()).result()
        for process in started:
            os.kill(process.pid, signal.SIGKILL)
        assert {paint(figure()).result() for _ in range(5)} == {first}


@pytest.mark.parametrize("python", ["/nowhere/python", None])
def test_where_no_process_starts_figures_are_painted_here(other_processes, monkeypatch, python):
    monkeypatch.setattr(sys, "executable", python)
    assert set(painted([figure() for _ in range(3)])) == {both(figure())}


def test_a_figure_that_cannot_be_painted_says_why(other_processes):
    broken = figure()
    broken.axes[0].set_title("$\\frac{$", parse_math=True)
    with pytest.raises(ValueError, match="frac"):
        painted([broken, figure(), figure()])


def test_a_painter_ends_with_its_pipe():
    """However the process that asked ends, it leaves none behind."""
    code = f"from {painters.__name__} import serve; serve()"
    ended = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, timeout=60)
    assert ended.returncode == 0


def test_a_painter_never_imports_jax():
    code = f"import sys, {painters.__name__}, bayesfit.pictures; print('jax' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == "False", said.stderr
