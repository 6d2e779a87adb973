"""The package finds its laws in every shape it comes in: checkout, editable install, wheel.

Each is run from a folder that has a stranger's `models/` in it, by a Python that sees the
dependencies but no `.pth` file, so that an installed bayesfit cannot stand in for the one tested.
"""

import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest

ASK = """
import sys
sys.argv = ["bayesfit", "models"]
import bayesfit, bayesfit.models
print(bayesfit.__file__, bayesfit.models.FOLDER)
from bayesfit.commands.cli import main
main()
"""


@pytest.fixture
def elsewhere(tmp_path):
    """A folder to stand in, with a `models/` that is not ours and fails when imported."""
    stranger = tmp_path / "elsewhere" / "models"
    stranger.mkdir(parents=True)
    for name in ("__init__", "chinchilla_approach3", "stranger"):
        (stranger / f"{name}.py").write_text("raise RuntimeError('not ours')")
    return stranger.parent


def ask(elsewhere, setup):
    """Output of `bayesfit models`, and where package and laws were found."""
    libraries = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    # "" is the current folder, as in `python -m`
    code = f"import sys, site; sys.path[:0] = ['']; sys.path += {libraries}\n{setup}\n{ASK}"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "chinchilla_approach3" in done.stdout and "stranger" not in done.stdout
    return done.stdout


def build(hook, source, target):
    """What a front end such as pip does: call one of hatchling's hooks in a source folder."""
    target.mkdir()
    code = f"import hatchling.build as b; b.{hook}({str(target)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    (file,) = target.iterdir()
    return file


def unpacked(wheel, target):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(target)
    return target


def test_without_any_of_them_there_is_no_bayesfit(elsewhere):
    with pytest.raises(AssertionError, match="No module named 'bayesfit"):
        ask(elsewhere, "")


def test_bare_checkout(root, elsewhere):
    said = ask(elsewhere, f"sys.path.insert(0, {str(root)!r})")
    assert f"{root / 'bayesfit' / '__init__.py'} {root / 'models'}" in said


def test_editable_install(root, elsewhere, tmp_path):
    site = unpacked(build("build_editable", root, tmp_path / "built"), tmp_path / "site")
    said = ask(elsewhere, f"site.addsitedir({str(site)!r})")
    assert f"{root / 'bayesfit' / '__init__.py'} {root / 'models'}" in said


def test_wheel_from_sdist(root, elsewhere, tmp_path):
    sdist = build("build_sdist", root, tmp_path / "sdist")
    with tarfile.open(sdist) as file:  # Python 3.11.0 to 3.11.3 know no filter yet
        file.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        file.extractall(tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    site = unpacked(build("build_wheel", source, tmp_path / "built"), tmp_path / "site")
    said = ask(elsewhere, f"sys.path.insert(0, {str(site)!r})")
    assert f"{site / 'bayesfit' / '__init__.py'} {site / 'bayesfit' / '_models'}" in said
    packed = {path.name for path in (site / "bayesfit" / "_models").glob("*.py")}
    assert packed == {path.name for path in (root / "models").glob("*.py")}
    assert (site / "bayesfit" / "datasets" / "pile.csv").exists()
    assert (site / "bayesfit" / "py.typed").exists()
