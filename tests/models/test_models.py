"""Finding laws: by name, by file, and what is said about a file that is no law."""

import subprocess
import sys

import pytest

from bayesfit import models
from bayesfit.errors import InputError
from bayesfit.law import Law

GOOD = '''"""A power law: L = E + A / N**alpha.

For tests.
"""
from dataclasses import dataclass
from bayesfit.law import Law

@dataclass
class Needs:  # a dataclass looks its module up in sys.modules
    module: "str"

law = Law(inputs=("N",), priors=lambda ref: {}, log_loss=lambda p, runs: 0.0, default_data="mine")
'''


def test_names_are_the_files_of_the_folder():
    assert models.names() == sorted(p.stem for p in models.FOLDER.glob("*.py"))
    assert "chinchilla_approach3" in models.names()


def test_listing_laws_imports_none_of_them():
    code = (
        "import sys; from bayesfit import models\n"
        "for name in models.names(): models.describe(name), models.default_data(name)\n"
        "assert 'jax' not in sys.modules and 'bayesfit.models.' not in ' '.join(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", models.names())
def test_every_law_loads_with_its_name_and_words(name):
    law = models.load(name)
    assert isinstance(law, Law)
    assert law.name == name
    assert law.doc.startswith(models.describe(name))
    assert models.default_data(name) == law.default_data


def test_the_same_law_is_the_same_object():
    assert models.load("chinchilla_approach3") is models.load("chinchilla_approach3")


def test_a_users_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(GOOD)
    law = models.load(path)
    assert (law.name, law.default_data) == ("mine", "mine")
    assert law.doc.startswith("A power law")
    assert models.load(str(path)) is law
    path.write_text(GOOD.replace('("N",)', '("D",)'))
    assert models.load(path).inputs == ("D",)
    assert not (tmp_path / "__pycache__").exists()


@pytest.mark.parametrize(
    "text, said",
    [
        ("x = 1\n", "defines no `law`"),
        ("law = 3\n", "is a int, not a bayesfit.law.Law"),
        ("x = 1\nlaw = undefined\n", r"NameError: .* \(line 2\)"),
        ("x = 1\n\nlaw = (\n", r"SyntaxError: .* \(line 3\)"),
        ("import no_such_package\n", r"No module named 'no_such_package' \(line 1\)"),
    ],
)
def test_a_file_that_is_no_law_gets_one_sentence(tmp_path, text, said):
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as error:
        models.load(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="cannot read the law file"):
        models.load(tmp_path / "gone.py")


def test_unknown_names_get_the_nearest():
    with pytest.raises(InputError, match="did you mean .*chinchilla_approach3"):
        models.load("chinchila_aproach3")
    with pytest.raises(InputError, match="there are .*chinchilla_approach3"):
        models.load("zzzz")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Another folder of laws in the place of models/."""
    models._from_name.cache_clear()
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    yield tmp_path
    models._from_name.cache_clear()


def test_a_new_law_is_one_more_file(folder):
    (folder / "added_later.py").write_text(GOOD)
    (folder / "_not_a_law.py").write_text("")
    assert models.names() == ["added_later"]
    assert models.describe("added_later") == "A power law: L = E + A / N**alpha."
    assert models.default_data("added_later") == "mine"
    assert models.load("added_later").name == "added_later"


def test_a_broken_law_does_not_break_the_list(folder):
    (folder / "broken.py").write_text("law = (\n")
    assert models.describe("broken").startswith("cannot be read: line 1")
    assert models.default_data("broken") == ""
    with pytest.raises(InputError, match=r"SyntaxError: .* \(line 1\)"):
        models.load("broken")


def test_laws_of_other_packages(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(GOOD)
    info = tmp_path / "theirs-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[bayesfit.models]\ntheir_law = theirs\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "their_law" in models.names()
    assert models.describe("their_law") == "from theirs"
    assert models.load("their_law").name == "their_law"
