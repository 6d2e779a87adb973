"""One quick run by the command line, which all tests of commands share."""

import pytest
from click.testing import CliRunner

from bayesfit.commands import main

LAW = "chinchilla_approach3"
# What `finished` was fitted to, and how: by a likelihood that believes the law, which takes a third
# of the time.
FITTED = ("--quick", "--model", LAW, "--train", "N < 5e9", "--likelihood", "shared_t")


def bayesfit(*arguments):
    """The command, with wide lines: what it printed, to stdout, to stderr, and how it ended."""
    return CliRunner().invoke(main, [str(a) for a in arguments], env={"COLUMNS": "160"})


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The folder of one quick run with some runs held out, and what it printed."""
    folder = tmp_path_factory.mktemp("run") / "out"
    done = bayesfit("run", *FITTED, "--flops", "3e25", "--out", folder)
    assert done.exit_code == 0, done.output
    return folder, done.stdout
