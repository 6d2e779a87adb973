"""The changelog keeps up with the code: this version on top, and all that users call is named."""

import re
from datetime import date

import click
import pytest

import bayesfit
from bayesfit import models
from bayesfit.commands import main

VERSION = re.compile(r"^## (\d+\.\d+\.\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)$", re.M)


@pytest.fixture
def text(root):
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_version_has_a_heading_in_order(text):
    headings = re.findall(r"^## .*$", text, flags=re.M)
    found = VERSION.findall(text)
    assert len(found) == len(headings) > 0, headings
    numbers = [tuple(map(int, version.split("."))) for version, _ in found]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [when for _, when in found]
    assert "unreleased" not in dates[1:]  # only the next one has no date
    days = [date.fromisoformat(when) for when in dates if when != "unreleased"]
    assert days == sorted(days, reverse=True)


def test_the_top_is_this_version(text):
    assert VERSION.findall(text)[0][0] == bayesfit.__version__


def test_every_part_says_something(text):
    parts = re.split(r"^### .*$", text, flags=re.M)[1:]
    assert parts and all(re.search(r"^- \S", part, re.M) for part in parts)


@pytest.mark.parametrize("kind", ["command", "law"])
def test_what_users_call_is_named(text, kind):
    """A new command or law is news: it cannot be added in silence."""
    every = main.list_commands(click.Context(main)) if kind == "command" else models.names()
    missing = [name for name in every if not re.search(rf"\b{re.escape(name)}\b", text)]
    assert not missing
