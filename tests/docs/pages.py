"""How tests read a page of the documentation: its fenced blocks, its words, its commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click

from bayesfit.commands import main

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
OURS = (["bayesfit"], ["python", "-m", "bayesfit"])  # how a command of ours begins
SMALL = dict(chains=4, draws=100, bootstrap=50)  # appended where a command or `fit` takes it


class Block(NamedTuple):
    """A fenced block: its language, the number of its first line, its text."""

    language: str
    line: int
    text: str


def written() -> list[Path]:
    """The pages that people wrote: README and the documentation, notes on laws aside."""
    pages = [page for page in DOCS.rglob("*.md") if "notes" not in page.parts]
    return [README, *sorted(pages)]


def name(page: Path) -> str:
    """A page in the name of a test."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    return [
        Block(found[1], text.count("\n", 0, found.start(2)) + 1, found[2])
        for found in re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```$", text, flags=re.M | re.S)
    ]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def commands(block: Block) -> list[list[str]]:
    """The words of each line of a shell block, comments aside; dots for what is left out too."""
    lines = block.text.replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True) for line in lines]
    return [[word for word in words if word != "..."] for words in found if words]


def of_shell(text: str) -> list[list[str]]:
    """All lines of the shell blocks of a page."""
    return [words for block in blocks(text) if block.language == "sh" for words in commands(block)]


def arguments(words: list[str]) -> list[str] | None:
    """What follows `bayesfit` in a command of ours; None of another."""
    for start in OURS:
        if words[: len(start)] == start:
            return words[len(start) :]
    return None


def command(called: str) -> click.Command:
    found = main.get_command(click.Context(main), called)
    assert found is not None, f"there is no command {called}"
    return found


def options(called: str) -> set[str]:
    """The options of a command, as they are written."""
    return {text for parameter in command(called).params for text in parameter.opts}


def with_small(words: list[str]) -> list[str]:
    """A command of ours that fits a law, made quick where it says nothing of its own."""
    if not {"--model", "--models"} & set(words):
        return words
    takes = options(words[0])
    added = [[f"--{option}", str(n)] for option, n in SMALL.items() if f"--{option}" in takes]
    return [*words, *(x for pair in added if pair[0] not in words for x in pair)]
