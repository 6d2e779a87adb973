"""The README is short, and shows what the code gives: outputs and speed.

Coverage, which other pages print too, is in tests/docs/test_evidence.py.
"""

import os
import re
from itertools import pairwise
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import bayesfit
from bayesfit.commands import main
from tests.docs.pages import README, ROOT, arguments, blocks, commands, prose

TEXT = README.read_text(encoding="utf-8")
LINES = 150
WORDS = 300  # two minutes, read aloud
FITS = "bayesfit run --model kaplan_chinchilla --data chinchilla --out results/first"
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
CLOSE = 0.15  # of a number: medians and ends of bands of another sampling, other devices
LOOSE = {"design": 2.0}  # which runs it picks is a choice between near ties


def test_it_is_read_in_two_minutes():
    """Tables, code and what stands for the picture are not read aloud."""
    assert len(TEXT.splitlines()) < LINES
    spoken = re.sub(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|^[|].*$|^#+ ", "", prose(TEXT), flags=re.M)
    assert len(spoken.split()) <= WORDS


def test_the_fixed_command_stands_in_it():
    assert "python -m bayesfit run --model chinchilla_approach3" in TEXT


# ------------------------------------------------------------------------------------- outputs


class Shown(NamedTuple):
    """A command of the README, and the lines of its output that stand below it."""

    words: list[str]
    lines: list[str]


def shown() -> list[Shown]:
    """Each command that is followed by a block of text."""
    found, page = [], blocks(TEXT)
    for first, second in pairwise(page):
        if first.language == "sh" and second.language == "text":
            words = arguments(commands(first)[-1])
            assert words is not None
            found.append(Shown(words, [x for x in second.text.splitlines() if x != "..."]))
    return found


def same(line: str, other: str, within: float) -> bool:
    """Whether two lines have the same words, and numbers that lie close."""
    if NUMBER.sub("#", line).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(NUMBER.findall(line), NUMBER.findall(other), strict=True)
    return all(_close(*(float(x.replace(",", "")) for x in pair), within) for pair in pairs)


def _close(x: float, y: float, within: float) -> bool:
    return abs(x - y) <= within * max(abs(x), abs(y)) + 1e-12


def test_lines_are_compared():
    assert same("N*  72.7B  38–232", "N* 73B 38–230".replace("73B", "72.9B"), CLOSE)
    assert not same("N*  72.7B", "N*  92.7B", CLOSE)
    assert not same("N*  72.7B", "D*  72.7B", CLOSE)


def test_three_questions_have_answers():
    assert [x.words[0] for x in shown()] == ["optimum", "budget", "design"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder where the README's own fit has been made."""
    try:
        bayesfit.load("chinchilla")
    except bayesfit.InputError:
        pytest.skip("the runs of Chinchilla are fetched, and cannot be")
    assert FITS in TEXT
    folder, here = tmp_path_factory.mktemp("desk"), os.getcwd()
    os.chdir(folder)
    try:
        said(arguments(FITS.split()))
        yield folder
    finally:
        os.chdir(here)


def said(words: list[str]) -> str:
    done = CliRunner().invoke(main, words, env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output or repr(done.exception)
    return done.output


@pytest.mark.slow
@pytest.mark.parametrize("block", shown(), ids=lambda block: block.words[0])
def test_output_is_what_the_command_prints(block, desk):
    printed = said(block.words).splitlines()
    within = LOOSE.get(block.words[0], CLOSE)
    missing = [x for x in block.lines if not any(same(x, y, within) for y in printed)]
    assert not missing, "\n".join([*missing, "", *printed])


# --------------------------------------------------------------------------------------- speed


def test_speed_is_that_of_the_record():
    record = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    table = TEXT.partition("| | bayesfit | others |")[2].partition("\n\n")[0]
    seconds = re.findall(r"\d+\.\d+(?= s)", table) + re.findall(r"(?<= )\d{3,5}(?= \||$|;)", table)
    assert len(seconds) >= 7
    assert not [x for x in seconds if f"| {x} |" not in record]
