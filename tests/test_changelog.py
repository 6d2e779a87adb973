"""The changelog keeps up with the code, and to the form of Keep a Changelog.

What is not released yet is on top, under no number; below it, each version that was, with its day.
"""

import re
from datetime import date

import click
import pytest
from packaging.version import Version

import bayesfit
from bayesfit import models
from bayesfit.commands import main

VERSION = re.compile(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})$", re.M)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.fixture
def text(root):
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def numbers(text: str) -> list[Version]:
    """The versions that were released, as they stand there."""
    return [Version(version) for version, _ in VERSION.findall(text)]


def test_every_version_has_a_heading_in_order(text):
    first, *others = re.findall(r"^## .*$", text, flags=re.M)
    assert first == "## Unreleased"
    assert len(VERSION.findall(text)) == len(others), others
    assert numbers(text) == sorted(set(numbers(text)), reverse=True)
    days = [date.fromisoformat(when) for _, when in VERSION.findall(text)]
    assert days == sorted(days, reverse=True)


def test_this_version_is_the_last_one_or_the_next(text):
    """It is raised with the first change after a release, so that no two states share a number."""
    coming = text.partition("## Unreleased")[2].partition("\n## ")[0].strip()
    here, last = Version(bayesfit.__version__), max(numbers(text), default=Version("0"))
    assert here > last if coming else here == last


def test_the_parts_are_those_that_readers_know(text):
    for version in re.split(r"^## .*$", text, flags=re.M)[1:]:
        kinds = re.findall(r"^### (.*)$", version, flags=re.M)
        assert len(set(kinds)) == len(kinds) and set(kinds) <= KINDS


def test_every_part_says_something(text):
    parts = re.split(r"^####? .*\n+(?:#### .*\n)?", text, flags=re.M)[1:]
    assert parts and all(re.search(r"^- \S", part, re.M) for part in parts)


@pytest.mark.parametrize("kind", ["command", "law"])
def test_what_users_call_is_named(text, kind):
    """A new command or law is news: it cannot be added in silence."""
    every = main.list_commands(click.Context(main)) if kind == "command" else models.names()
    missing = [name for name in every if not re.search(rf"\b{re.escape(name)}\b", text)]
    assert not missing
