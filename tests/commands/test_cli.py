"""The command line: fast help, one sentence for bad input."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from bayesfit.commands.cli import Commands, main
from bayesfit.errors import InputError


def heavy_after(arguments):
    """Which slow packages are imported once a command has run."""
    code = (
        "import sys; from bayesfit.commands.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "print('heavy:', *{'jax', 'numpy', 'pandas', 'arviz', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.rpartition("heavy:")[2].split()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models"], ["data"]])
def test_these_import_nothing_slow(arguments):
    assert heavy_after(arguments) == []


def test_every_commands_help_imports_nothing_slow():
    code = "from bayesfit.commands.cli import main\n" + "".join(
        f"main([{name!r}, '--help'], standalone_mode=False)\n" for name in main.commands
    )
    code += "import sys; assert not {'jax', 'numpy', 'pandas'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_importing_the_package_imports_nothing_slow():
    code = (
        "import sys, bayesfit; assert not {'jax', 'numpy', 'pandas', 'click'} & {*sys.modules}\n"
        "assert callable(bayesfit.load) and len(bayesfit.load('pile')) == 29\n"
        "assert bayesfit.models.names() and set(bayesfit.__all__) <= set(dir(bayesfit))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_public_function_is_not_hidden_by_a_submodule(root):
    import bayesfit

    submodules = {path.stem for path in (root / "bayesfit").glob("[!_]*")}
    shadowed = {n for n, home in bayesfit._HOME.items() if ":" in home} & submodules
    assert not shadowed
    assert set(bayesfit._HOME) == set(bayesfit.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bayesfit.nothing


def test_every_command_says_what_it_does():
    assert main.help and all(command.help for command in main.commands.values())


def test_models_lists_the_laws():
    done = CliRunner().invoke(main, ["models"])
    assert done.exit_code == 0
    assert "chinchilla_approach3" in done.output and "pile" in done.output


def test_data_lists_the_tables():
    done = CliRunner().invoke(main, ["data"])
    assert done.exit_code == 0
    assert "pile" in done.output and "built in" in done.output
    assert "chinchilla" in done.output and "fetched" in done.output


def test_bad_input_is_one_sentence_and_exit_code_2():
    @click.group(cls=Commands)
    def group():
        pass

    @group.command()
    def fails():
        raise InputError("the table\n   is empty")

    done = CliRunner().invoke(group, ["fails"])
    assert done.exit_code == 2
    assert done.stderr == "error: the table is empty\n"
    assert done.stdout == ""


def test_an_unknown_command_is_exit_code_2():
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
