"""What helps people to work here is whole: targets of make, hooks of commits, forms of issues."""

import re
import tomllib

import pytest
import yaml

FORMS = ".github/ISSUE_TEMPLATE"


@pytest.fixture
def makefile(root):
    return (root / "Makefile").read_text(encoding="utf-8")


def targets(makefile: str) -> set[str]:
    """What can be made, files aside."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.M))


def test_help_is_the_door(makefile):
    """`make` alone prints it, and it names every target."""
    assert re.search(r"^([a-z-]+):", makefile, flags=re.M)[1] == "help"
    said = set(re.findall(r"^# make ([a-z-]+) ", makefile, flags=re.M))
    assert said | {"help"} == targets(makefile)


def test_no_target_is_taken_for_a_file(makefile):
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.M)[1].split()
    assert set(phony) == targets(makefile)


def test_every_extra_that_make_installs_exists(root, makefile):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set(re.findall(r"EXTRA = \[(\w+)\]", makefile))
    assert wanted and wanted <= set(project["optional-dependencies"])


def test_hooks_run_what_the_tests_run(root):
    """The same ruff, within the same bounds."""
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    needs = {x for repo in hooks["repos"] for hook in repo["hooks"]
             for x in hook.get("additional_dependencies", ())}  # fmt: skip
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert needs and needs <= set(project["optional-dependencies"]["dev"])
    assert {repo["repo"] for repo in hooks["repos"]} == {"local"}  # nothing is cloned


def test_forms_of_issues_are_whole(root):
    forms = [x for x in sorted((root / FORMS).glob("*.yml")) if x.stem != "config"]
    assert len(forms) >= 3
    for file in forms:
        form = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form), file.name
        ids = [part["id"] for part in form["body"]]
        assert len(set(ids)) == len(ids)
        assert any(part.get("validations", {}).get("required") for part in form["body"])
        assert all(part["attributes"]["label"] for part in form["body"])
