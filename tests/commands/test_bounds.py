"""What cannot be used is refused in one sentence before anything is fitted."""

import re
from dataclasses import replace

import numpy as np
import pytest

import bayesfit as package
from bayesfit import InputError, discovery, models, stages
from bayesfit.binding import bind, explained
from bayesfit.data.runs import from_frame
from bayesfit.stages import Settings

from .conftest import LAW, bayesfit

SIZES = np.geomspace(3e7, 4e9, 12)


def frame(**more):
    """Twelve runs on 31 tokens per parameter, give or take, of two recipes."""
    D = SIZES * np.resize([15.0, 31.0, 62.0], 12)
    loss = 1.72 + 380 / SIZES**0.33 + 450 / D**0.29
    return dict(N=SIZES, D=D, loss=loss, recipe=["old", "new"] * 6) | more


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A file of those runs, of which nothing may be fitted."""
    columns = frame()
    rows = zip(*columns.values(), strict=True)
    text = "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)])
    (tmp_path / "sweep.csv").write_text(text)

    def fits(*_):
        raise AssertionError("it was fitted all the same")

    monkeypatch.setattr(stages, "estimate", fits)
    return tmp_path / "sweep.csv"


OPTIONS = [  # command, options, what the sentence has
    *(("optimum", ["--flops", x], "finite|range|number") for x in ("0", "nan", "inf", "-1", "abc")),
    *(("influence", ["--flops", x], "finite|range") for x in ("1e400", "0")),
    ("speedup", ["--group", "recipe", "--flops", "nan"], "finite"),
    ("ask", ["optimum", "--with", "flops=nan"], "budgets are FLOPs above zero"),
    ("ask", ["influence", "--with", "top=0"], "one or more"),
    ("ask", ["optimum", "--with", "depth=3"], "its options are"),
    ("optimum", ["--largest-N", "inf"], "finite"),
    ("optimum", ["--largest-D", "nan"], "finite"),
    ("optimum", ["--sizes", "7e9,-1"], "sizes are numbers of parameters above zero"),
    ("optimum", ["--given", "experts=8"], "does not read experts"),
    ("tokens", ["--sizes", "many"], "sizes are numbers"),
    ("run", ["--seed", "-1"], "4294967295"),
    ("run", ["--chains", "100000"], "1024"),
    ("run", ["--draws", "10000000"], "100000"),
    ("run", ["--bootstrap", "10000000"], "100000"),
    ("run", ["--starts", "10000000"], "100000"),
    ("run", ["--target-accept", "nan"], "finite"),
    ("run", ["--loss-step", "nan"], "finite"),
    ("run", ["--vary", "alpha"], "group"),
    ("run", ["--group", "recipe", "--vary", "alpha,alpha"], "name each once"),
    ("run", ["--group", "loss"], "a measure of the runs"),
    ("run", ["--group", "C"], "a measure of the runs"),
    ("speedup", ["--group", "recipe", "--of", "newer"], "no recipe is called 'newer'"),
    ("speedup", ["--group", "recipe", "--of", "new", "--over", "new"], "with itself"),
    ("predict", ["--at", "N=1e9,D=2e10,epochs=4"], "knows epochs"),
    ("predict", ["--at", "N=1e9"], "needs column D"),
    ("predict", ["--at", "N=1e9,D=-2e10"], "above zero"),
    ("backtest", ["--by", "depth"], "no column depth"),
]


@pytest.mark.parametrize(("command", "options", "words"), OPTIONS)
def test_what_an_option_cannot_be(command, options, words, table):
    question = options[:1] if command == "ask" else []
    options = options[len(question) :]
    done = bayesfit(command, *question, "--model", LAW, "--data", table, *options)
    *_, last = done.stderr.splitlines()
    assert done.exit_code == 2 and re.search(words, last) and last.lower().startswith("error: ")


TAKEN = [  # (command, option) of each option that takes a value
    (name, option.opts[0])
    for name in discovery.names("command")
    for option in discovery.load("command", name).params
    if option.opts[0].startswith("--") and not getattr(option, "is_flag", False)
]


@pytest.mark.parametrize(("command", "option"), TAKEN)
def test_no_option_may_be_empty(command, option):
    for given in ([option, ""], [option, "  "], [f"{option}="]):
        done = bayesfit(command, *given)
        assert done.exit_code == 2 and f"{option} is empty" in done.stderr


def test_no_argument_may_be_empty():
    for given in (["check", ""], ["ask", " "], ["compare", "", "x"]):
        done = bayesfit(*given)
        assert done.exit_code == 2 and "an argument is empty" in done.stderr


@pytest.mark.parametrize("name", ["starts", "bootstrap", "chains", "draws", "seed"])
def test_settings_have_ends_in_python_too(name):
    for value in (-1, 2**32):
        with pytest.raises(InputError, match=f"{name} is .* a whole number from . to "):
            Settings(**{name: value})


@pytest.mark.parametrize("column", ["loss_se", "loss_step", "N_error"])
def test_no_error_is_below_zero(column):
    runs = from_frame(frame(**{column: [0.01] * 7 + [-0.01] + [0.0] * 4}))
    with pytest.raises(InputError, match=f"run 8 of 12: {column} is -0.01"):
        bind(models.load(LAW), runs)


def test_a_group_is_shared_by_runs():
    for group, labels in (("machine", range(12)), ("author", list("abcdefghijkl"))):
        with pytest.raises(InputError, match=f"each run has a {group} of its own"):
            package.fit(LAW, frame(**{group: labels}), group=group)
    with pytest.raises(InputError, match="no name"):
        package.fit(LAW, frame(), group="")
    with pytest.raises(InputError, match="vary names none of"):
        package.fit(LAW, frame(), group="recipe", vary=[])


def test_groups_of_neighbouring_numbers_are_two():
    runs = from_frame(frame(job=[7654321.0, 7654322.0] * 6))
    assert runs.labels("job") == ["7654321", "7654322"]


def test_experts_are_one_or_more():
    law = models.load("moe_joint")
    runs = from_frame(frame(experts=[1.0, 2.0, 4.0, 0.5] * 3))
    with pytest.raises(InputError, match="run 4 of 12: experts is 0.5"):
        bind(law, explained(law, runs))
    with pytest.raises(InputError, match="least names depth"):
        replace(law, least=dict(depth=1))


def test_a_column_of_the_users_does_not_weigh_runs():
    law = replace(models.load(LAW), prepare=lambda runs: runs)
    runs = from_frame(frame(counts_as=[5.0] * 12))
    problem = bind(law, explained(law, runs))
    assert set(problem.weights[:12]) == {1.0}


@pytest.mark.parametrize(
    "cells", [np.array(["2024-03-05"] * 12, "datetime64[s]"), [True] * 12, [1e9 + 2j] * 12]
)
def test_what_is_no_number_is_no_size(cells):
    with pytest.raises(InputError, match="row 0: N is .*, which is not a number"):
        from_frame(frame(N=cells))
