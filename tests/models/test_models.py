"""Finding laws: by name, by file, and what is said about a file that is no law."""

import json
import math
import os
import subprocess
import sys

import pytest

from bayesfit import discovery, models
from bayesfit.errors import InputError
from bayesfit.law import Law
from bayesfit.priors import overridden

GOOD = '''"""A power law: L = E + A / N**alpha.

For tests.
"""
from dataclasses import dataclass
from bayesfit.law import Law

@dataclass
class Needs:  # a dataclass looks its module up in sys.modules
    module: "str"

law = Law(
    rows="final", inputs=("N",), priors=lambda ref: {}, log_loss=lambda p, runs: 0.0,
    default_data="mine",
)
'''


def test_names_are_the_files_of_the_folder():
    assert models.names() == sorted(p.stem for p in models.FOLDER.glob("*.py"))
    assert "chinchilla_approach3" in models.names()


def test_listing_laws_imports_none_of_them():
    code = (
        "import sys; from bayesfit import models\n"
        "for name in models.names(): models.describe(name), models.declared(name, 'inputs')\n"
        "assert 'jax' not in sys.modules and 'bayesfit.models.' not in ' '.join(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", models.names())
def test_every_law_loads_with_its_name_and_words(name):
    law = models.load(name)
    assert isinstance(law, Law)
    assert law.name == name
    assert law.doc.startswith(models.describe(name))
    for field in ("default_data", "family"):
        assert models.declared(name, field) == getattr(law, field)
    assert models.declared(name, "inputs") in (law.inputs, None)
    assert models.cited(name).startswith("arXiv:")


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
    there = models.KIND._replace(folder=tmp_path)
    monkeypatch.setitem(discovery.KINDS, "law", there)
    monkeypatch.setattr(models, "KIND", there)
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    yield tmp_path
    models._from_name.cache_clear()


def test_a_users_file_named_like_a_law_of_ours_is_another_law(tmp_path):
    """Another name, so another folder of results; and another digest."""
    ours = models.load("chinchilla_approach3")
    path = tmp_path / "chinchilla_approach3.py"
    path.write_text(GOOD)
    theirs = models.load(path)
    assert theirs.name == "chinchilla_approach3.py" and theirs.home == str(path.resolve())
    assert models.digest(theirs) not in ("", models.digest(ours))
    assert models.is_as_filed(ours) and models.is_as_filed(theirs)
    other = overridden(ours, dict(alpha="LogNormal(-1.0, 0.3)"))
    assert not models.is_as_filed(other) and models.digest(other) == ""


def test_a_digest_is_of_the_code_alone(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(GOOD)
    before = models.digest(models.load(path))
    path.write_text(GOOD.replace("For tests.", "For other tests."))
    assert models.digest(models.load(path)) == before
    path.write_text(GOOD.replace("0.0", "1.0"))
    assert models.digest(models.load(path)) != before


@pytest.mark.parametrize("first", ["chinchilla_tied", "farseer", "kaplan_ns"])
def test_published_values_are_exact_whatever_is_loaded_first(first):
    """In a process that computes in float32, as a user's may."""
    code = (
        "import json, sys\n"
        "import jax.numpy as jnp; assert (jnp.ones(2) / 3).dtype == 'float32'\n"
        "from bayesfit import models\n"
        "models.load(sys.argv[1])\n"
        "print(json.dumps(dict(models.load('chinchilla_tied').published[0].values)))"
    )
    environment = {n: x for n, x in os.environ.items() if n != "JAX_ENABLE_X64"}
    done = subprocess.run(
        [sys.executable, "-c", code, first],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    printed = dict(E=0.6254804, A=6.255414, B=7.3049974)  # logarithms, as in the paper
    expected = {name: math.exp(x) for name, x in printed.items()} | dict(alpha=0.3526596)
    assert json.loads(done.stdout) == expected


def test_a_new_law_is_one_more_file(folder):
    (folder / "added_later.py").write_text(GOOD)
    (folder / "_not_a_law.py").write_text("")
    assert models.names() == ["added_later"]
    assert models.describe("added_later") == "A power law: L = E + A / N**alpha."
    assert models.declared("added_later", "default_data") == "mine"
    assert models.load("added_later").name == "added_later"


def test_a_broken_law_does_not_break_the_list(folder):
    (folder / "broken.py").write_text("law = (\n")
    assert models.describe("broken").startswith("cannot be read: line 1")
    assert models.declared("broken", "default_data") is None
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
