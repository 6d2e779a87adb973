"""The stopwatch of whole commands."""

import csv
import math

import pytest

pytest.importorskip("benchmarks.waits", reason="benchmarks/ is not in a source distribution")

from benchmarks import waits

SLOW = "import time; print('opening'); print('MLE 1.8'); time.sleep(0.5)"


def test_first_numbers_come_before_the_end():
    found = waits.wait(["-c", SLOW])
    assert 0 < found.first < found.all - 0.4


def test_a_command_that_fails_has_no_figures(capsys):
    found = waits.wait(["-c", "raise SystemExit(2)"])
    assert all(map(math.isnan, found)) and "ended with 2" in capsys.readouterr().err


def test_each_sitting_adds_lines_to_the_history(tmp_path):
    wait = waits.Wait(2.0, 4.0)
    found = {waits.PEER: (None, waits.Wait(math.nan, 8.0)), "run": (waits.Wait(5.0, 9.0), wait)}
    for _ in range(2):
        waits.record(found, tmp_path / "history.csv")
    with (tmp_path / "history.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 4
    assert (lines[1]["cold"], lines[1]["first"], lines[1]["of_peer"]) == ("9.00", "2.00", "0.500")
    assert waits.rows(found)[1] == ("run", "2.0", "4.0", "5.0", "9.0", "0.50")
    assert waits.rows(found)[0] == (waits.PEER, "-", "8.0", "-", "-", "1.00")


def test_commands_are_those_of_bayesfit(tmp_path):
    from click.testing import CliRunner

    from bayesfit.commands import main

    for _, arguments, _ in waits.commands(tmp_path):
        if arguments[:2] == ("-m", "bayesfit"):
            done = CliRunner().invoke(main, [*arguments[2:], "--no-such-option"])
            said = done.output.replace("'", "")  # click quotes from 8.3 on
            assert "No such option: --no-such-option" in said or "No such option --no-such" in said
