"""What a release stands on: extras of devices, the lock, the container, and old names that warn."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import metadata

import click
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bayesfit
from bayesfit import discovery
from bayesfit.commands import main


@pytest.fixture
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def devices(project) -> dict[str, Requirement]:
    """Extra of ours -> what it asks of jax."""
    asked = {x: [*map(Requirement, y)] for x, y in project["optional-dependencies"].items()}
    return {x: y[0] for x, y in asked.items() if y[0].name == "jax"}


def pythons(project) -> list[str]:
    """The versions of Python that are claimed."""
    prefix = "Programming Language :: Python :: 3."
    return [x.rpartition(" ")[2] for x in project["classifiers"] if x.startswith(prefix)]


# -------------------------------------------------------------------------------------- devices


def test_devices_are_named_as_jax_names_them(project):
    """The jax that is here; tests run with the oldest that is allowed, and with the newest."""
    assert devices(project)
    for extra, wanted in devices(project).items():
        assert wanted.extras == {extra}
        assert extra in metadata("jax").get_all("Provides-Extra", [])


def test_devices_are_documented(root, project):
    page = (root / "docs" / "howto" / "cluster.md").read_text(encoding="utf-8")
    assert not [x for x in devices(project) if f"bayesfit-scaling[{x}]" not in page]


# ------------------------------------------------------------------------------------- the lock


@pytest.fixture
def locked(root) -> list[tuple[Requirement, int]]:
    """(pin, how many hashes) of each line of the lock."""
    text = (root / "requirements" / "lock.txt").read_text(encoding="utf-8")
    whole = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ").splitlines()
    return [(Requirement(x.partition("--hash")[0]), x.count("--hash=sha256:")) for x in whole]


def test_the_lock_keeps_to_the_bounds_on_every_python(project, locked):
    """That it is the newest is not asked: it says what was used."""
    wanted = [*map(Requirement, project["dependencies"])]
    for python in pythons(project):
        here = dict(python_version=python, python_full_version=f"{python}.0")
        pins = [x for x, _ in locked if x.marker is None or x.marker.evaluate(here)]
        found = {canonicalize_name(x.name): next(iter(x.specifier)) for x in pins}
        assert len(found) == len(pins)  # one version of each
        assert {x.operator for x in found.values()} == {"=="}
        wrong = [
            str(x) for x in wanted if found[canonicalize_name(x.name)].version not in x.specifier
        ]
        assert not wrong, python


def test_every_pin_has_hashes(locked):
    assert locked and not [str(pin) for pin, hashes in locked if not hashes]


def test_tools_of_the_targets_are_installed(root):
    named = (root / "requirements" / "tools.txt").read_text(encoding="utf-8")
    tools = {Requirement(x).name for x in named.splitlines() if x and not x.startswith("#")}
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\(TOOLS\)/(?:python -m )?([a-z-]+)", makefile)) - {"pip", "python"}
    assert used == tools - {"cyclonedx-bom"}  # which .ci/sbom calls


@pytest.mark.slow
def test_the_bill_of_materials_lists_what_bayesfit_needs(root, project, tmp_path):
    """Of this environment; `make sbom` asks for that of the lock by the same script."""
    script = [root / ".ci" / "sbom", sys.executable, sys.executable, tmp_path]
    subprocess.run(script, check=True, capture_output=True)
    (file,) = tmp_path.glob(f"*-{bayesfit.__version__}.cdx.json")
    bill = json.loads(file.read_text(encoding="utf-8"))
    ours = bill["metadata"]["component"]
    assert (ours["name"], ours["version"]) == (project["name"], bayesfit.__version__)
    found = {canonicalize_name(x["name"]): x for x in bill["components"]}
    (needs,) = [x["dependsOn"] for x in bill["dependencies"] if x["ref"] == ours["bom-ref"]]
    for wanted in map(Requirement, project["dependencies"]):
        part = found[canonicalize_name(wanted.name)]
        assert part["version"] == metadata(wanted.name)["Version"]
        assert part["bom-ref"] in needs and part["licenses"]


# -------------------------------------------------------------------------------- the container


@pytest.fixture
def steps(root) -> list[tuple[str, str]]:
    """(instruction, what follows) of the container file."""
    text = (root / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ").splitlines()
    return [(x.split()[0], x.partition(" ")[2].strip()) for x in lines if x.strip()]


def copied(steps) -> list[str]:
    return [name for word, rest in steps if word == "COPY" for name in rest.split()[:-1]]


def test_the_container_is_for_no_root_and_keeps_results(steps, project):
    words = [word for word, _ in steps]
    assert words[:2] == ["ARG", "FROM"] and words[-2:] == ["ENTRYPOINT", "CMD"]
    assert ("VOLUME", "/results") in steps and ("WORKDIR", "/results") in steps
    (user,) = [rest for word, rest in steps if word == "USER"]
    assert user != "root" and words.index("USER") > max(
        i for i, word in enumerate(words) if word in ("RUN", "COPY")
    )
    assert steps[-2][1] == '["bayesfit"]' and "bayesfit" in project["scripts"]
    assert ("ARG", 'DEVICE=""') in steps  # the CPU, unless another is asked for


def test_what_the_container_copies_is_sent_to_it(root, steps):
    """`.dockerignore` leaves all out but what it names; podman reads it too."""
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {x[1:] for x in lines if x.startswith("!")}
    assert "*" in lines and {x.partition("/")[0] for x in copied(steps)} == kept


def test_what_the_container_copies_is_enough_to_install(root, steps, tmp_path):
    source = tmp_path / "src"
    for name in copied(steps):
        here, there = root / name, source / name
        there.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if here.is_dir() else shutil.copy)(here, there)
    code = f"import hatchling.build as b; print(b.build_wheel({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert bayesfit.__version__ in done.stdout, done.stderr


# ------------------------------------------------------------------------------------ old names


def test_a_renamed_public_name_works_and_warns(monkeypatch):
    monkeypatch.setitem(bayesfit._RENAMED, "read_table", "read")
    with pytest.warns(DeprecationWarning, match=r"bayesfit\.read_table is now bayesfit\.read"):
        assert bayesfit.read_table is bayesfit.read
    assert "read_table" not in dir(bayesfit)


def test_what_is_renamed_is_gone_under_its_old_name():
    assert not set(bayesfit._RENAMED) & set(bayesfit._HOME)
    assert set(bayesfit._RENAMED.values()) <= set(bayesfit.__all__)


OLD = '''"""Greet."""
import click

@click.command("greet", deprecated="use hello")
@click.option("--name", default="you")
@click.option("--who", deprecated="use --name")
def command(name, who):
    """Greet."""
    click.echo(f"hello {who or name}")
'''


def test_an_old_option_and_an_old_command_work_and_warn(tmp_path, monkeypatch):
    """click has all that it takes; what they say does not mix with the answer."""
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "greet.py").write_text(OLD)
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))
    done = CliRunner().invoke(main, ["greet", "--who", "me"])
    assert (done.exit_code, done.stdout) == (0, "hello me\n")
    assert "use --name" in done.stderr and "use hello" in done.stderr
    assert "use --name" not in CliRunner().invoke(main, ["greet", "--name", "me"]).stderr


def test_whatever_is_deprecated_says_what_to_use(root):
    """`True` would say that something goes, and not what comes in its place."""
    commands = [discovery.load("command", x) for x in main.list_commands(click.Context(main))]
    marked = [x.deprecated for c in commands for x in (c, *c.params)]
    assert not [x for x in marked if x is True]
    page = (root / "docs" / "reference" / "stability.md").read_text(encoding="utf-8")
    nothing = not any(marked) and not bayesfit._RENAMED
    assert ("Today nothing is\ndeprecated" in page) == nothing
