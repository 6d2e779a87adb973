"""The command line: fast help, one sentence for bad input, commands found by their files."""

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from bayesfit import discovery
from bayesfit.commands import Commands, main
from bayesfit.errors import InputError

SLOW = {"jax", "pandas", "scipy", "arviz", "matplotlib", "xarray"}
NAMES = main.list_commands(click.Context(main))


def heavy_after(arguments):
    """Which slow packages are imported once a command has run."""
    code = (
        "import sys; from bayesfit.commands import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"print('heavy:', *({SLOW!r} | {{'numpy', 'rich'}}) & {{*sys.modules}})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("heavy:")[2].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_these_import_click_only(arguments):
    assert heavy_after(arguments) == set()


@pytest.mark.parametrize("arguments", [["models"], ["data"]])
def test_lists_import_nothing_slow(arguments):
    assert not heavy_after(arguments) & SLOW


def test_every_commands_help_imports_click_only():
    code = "from bayesfit.commands import main\n" + "".join(
        f"main([{name!r}, '--help'], standalone_mode=False)\n" for name in NAMES
    )
    code += f"import sys; assert not ({SLOW!r} | {{'numpy', 'rich'}}) & {{*sys.modules}}"
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


def test_every_command_has_a_help_and_a_line_in_the_list():
    assert set(NAMES) >= {"run", "compare", "backtest", "optimum", "predict", "influence", "ask"}
    listed = CliRunner().invoke(main, ["--help"], env={"COLUMNS": "200"}).output
    for name in NAMES:
        command = discovery.load("command", name)
        assert command.help and command.name == name
        assert discovery.describe("command", name).split()[0] in listed


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_formats_and_a_folder(name):
    options = {text for p in discovery.load("command", name).params for text in p.opts}
    assert {"--format", "--json", "--out"} <= options
    assert "--seed" in options or name in ("models", "data", "check")


def test_models_lists_the_laws():
    done = CliRunner().invoke(main, ["models"])
    assert done.exit_code == 0
    assert "chinchilla_approach3" in done.output and "pile" in done.output
    rows = json.loads(CliRunner().invoke(main, ["models", "--json"]).stdout)["tables"]["models"]
    ours = {row["law"]: row for row in rows}["kaplan_nd"]
    assert ours["family"] == "Kaplan" and ours["inputs"] == "N, D"
    assert ours["source"] == "arXiv:2001.08361" and ours["default data"] == "pile"


def test_data_lists_the_tables(tmp_path):
    done = CliRunner().invoke(main, ["data"])
    assert done.exit_code == 0
    assert "pile" in done.output and "built in" in done.output
    assert "chinchilla" in done.output and "fetched" in done.output
    rows = json.loads(CliRunner().invoke(main, ["data", "--json"]).stdout)["tables"]["data"]
    assert {"data", "rows", "source"} <= set(rows[0])
    done = CliRunner().invoke(main, ["data", "--out", str(tmp_path / "data")])
    assert done.exit_code == 0 and (tmp_path / "data" / "data.csv").exists()


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


PLUGIN = '''"""Say hello to a law."""
import click


@click.command("hello")
@click.argument("law")
def command(law):
    """Say hello to a law."""
    click.echo(f"hello {law}")
'''


def test_a_command_of_ones_own_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "hello.py").write_text(PLUGIN)
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))
    assert "Say hello to a law." in CliRunner().invoke(main, ["--help"]).output
    assert CliRunner().invoke(main, ["hello", "farseer"]).output == "hello farseer\n"
    (tmp_path / "commands" / "broken.py").write_text('"""Never."""\nimport nowhere_at_all\n')
    assert "Never." in CliRunner().invoke(main, ["--help"]).output  # it is not run for a list
    done = CliRunner().invoke(main, ["broken"])
    assert done.exit_code == 2 and "broken.py does not run" in done.stderr


def test_a_seed_has_32_bits():
    for command in ("run", "optimum", "compare"):
        done = CliRunner().invoke(main, [command, "--seed", str(2**32)])
        assert done.exit_code == 2 and "4294967295" in done.stderr


@pytest.mark.parametrize("command", ["run", "optimum", "compare", "influence"])
def test_a_budget_is_refused_before_the_work(command):
    done = CliRunner().invoke(main, [command, "--flops", "-1"])
    assert done.exit_code == 2 and "x>0" in done.stderr


def test_that_a_law_file_runs_is_said_first(tmp_path):
    (tmp_path / "mine.py").write_text("raise ValueError('it ran')")
    for command in (["run"], ["check", "pile"]):
        done = CliRunner().invoke(main, [*command, "--model", str(tmp_path / "mine.py")])
        note, error = done.stderr.splitlines()
        assert note.startswith("note: ") and note.endswith("use files you trust")
        assert done.exit_code == 2 and "it ran" in error and not done.stdout
