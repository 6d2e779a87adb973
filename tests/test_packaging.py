"""The package finds its laws in every shape it comes in: checkout, editable install, wheel.

Each is run from a folder that has a stranger's `models/` in it, by a Python that sees the
dependencies but no `.pth` file, so that an installed bayesfit cannot stand in for the one tested.
"""

import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email import message_from_string

import pytest

import bayesfit

ASK = """
import sys
sys.argv = ["bayesfit", "models"]
import bayesfit, bayesfit.models
print(bayesfit.__file__, bayesfit.models.FOLDER)
from bayesfit.commands import main
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
    assert laws(site / "bayesfit" / "_models") == laws(root / "models")
    assert (site / "bayesfit" / "datasets" / "pile.csv").exists()
    assert (site / "bayesfit" / "py.typed").exists()
    papers = ("LICENSE", "CITATION.cff", "CONTRIBUTING.md", "notebooks/01_first_fit.ipynb")
    papers += (".pre-commit-config.yaml", ".github/ISSUE_TEMPLATE/law.yml", ".ci/sbom")
    assert not [paper for paper in papers if not (source / paper).exists()]
    check_metadata(site, root)


def laws(folder):
    """Every file of a folder of laws, those that several laws share too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def check_metadata(site, root):
    """What an index would show of a wheel, and the licence that goes with every copy."""
    (info,) = site.glob("*.dist-info")
    metadata = message_from_string((info / "METADATA").read_text(encoding="utf-8"))
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    license_text = (info / "licenses" / "LICENSE").read_text(encoding="utf-8")
    assert license_text == (root / "LICENSE").read_text(encoding="utf-8")
    assert "bayesfit = bayesfit.__main__:main" in (info / "entry_points.txt").read_text()
    assert metadata["Version"] == bayesfit.__version__


def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_licence_is_whole(root):
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text and "9. Accepting Warranty" in text
    assert "Copyright 2026 The bayesfit authors" in text and "[yyyy]" not in text


def test_citation_agrees_with_the_project(root):
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([a-z-]+): (.+)$", text, flags=re.M))
    assert fields["cff-version"] == "1.2.0"
    assert fields["version"] == bayesfit.__version__
    assert fields["license"] == project(root)["license"]
    assert {"message", "title"} <= set(fields) and re.search(r"^authors:\n  - name: ", text, re.M)


def test_every_python_of_the_classifiers_is_allowed(root):
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(project(root)["requires-python"])
    prefix = "Programming Language :: Python :: "
    named = [x.removeprefix(prefix) for x in project(root)["classifiers"] if x.startswith(prefix)]
    versions = [version for version in named if "." in version]
    assert versions == ["3.11", "3.12", "3.13"] and all(v in allowed for v in versions)
