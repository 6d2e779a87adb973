"""Examples in public docstrings give what they show; what is said of arguments is true."""

import doctest
import inspect
import re
from functools import cache

import pandas as pd
import pytest

import bayesfit

from .docs.conftest import desk  # noqa: F401  the tables that examples call the reader's
from .docs.pages import SMALL

MODULES = {"datasets", "figures", "models"}
PUBLIC = {name: getattr(bayesfit, name) for name in bayesfit.__all__ if name not in MODULES}
FUNCTIONS = {name: x for name, x in PUBLIC.items() if inspect.isfunction(x)}
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples() -> list:
    """(name, examples) of every public docstring that has some; those that fit are slow."""
    finder = doctest.DocTestFinder(recurse=False)
    found = []
    for name, thing in PUBLIC.items():
        for test in finder.find(inspect.unwrap(thing), name):
            fits = any("bayesfit.fit(" in example.source for example in test.examples)
            if test.examples:
                found.append(pytest.param(test, id=name, marks=[pytest.mark.slow] * fits))
    return found


class Quick:
    """`bayesfit` with fits of few draws, each made once."""

    def __getattr__(self, name: str):
        return getattr(bayesfit, name)

    @staticmethod
    @cache
    def fit(law: str, runs: str):
        return bayesfit.fit(law, runs, likelihood=None, refits=False, starts=32, **SMALL)


@pytest.mark.parametrize("test", examples())
def test_examples_give_what_they_show(test, desk):  # noqa: F811
    test.globs = {"bayesfit": Quick(), "pd": pd}
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    runner.run(test, out=said.append)
    assert not runner.summarize(verbose=False).failed, "".join(said)


def test_most_of_what_is_public_has_an_example():
    shown = {param.id for param in examples()}
    assert set(FUNCTIONS) <= shown


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_is_explained(name):
    function = FUNCTIONS[name]
    doc = inspect.getdoc(function) or ""
    part = re.search(r"^Args:\n((?:    .*\n|\n)+)", doc + "\n", flags=re.M)
    assert part, f"{name} has no Args"
    explained = set(re.findall(r"^    (\w+):", part[1], flags=re.M))
    takes = list(inspect.signature(function).parameters)
    subject = {"fit"} if takes[0] == "fit" else set()  # a question's first argument is the fit
    assert set(takes) - subject == explained - subject


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_it_raises_is_said(name):
    doc = inspect.getdoc(FUNCTIONS[name]) or ""
    assert re.search(r"^Raises:\n    InputError: ", doc, flags=re.M)
