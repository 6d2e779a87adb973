"""Text of tables and files is data: on screens, in files for spreadsheets, in figures."""

import csv
import io
import json

import pandas as pd
import pytest
from rich.console import Console

import bayesfit
from bayesfit import models
from bayesfit.answers import Answer, Table
from bayesfit.data.runs import from_frame
from bayesfit.output import console, progress
from bayesfit.text import in_cell, printable

SIGNS = "\x1b[35mpurple\x1b[0m"
HOSTILE = [
    SIGNS,
    "[bold]b[/bold]",
    "[/]",
    "$\\frac{1$",
    "=2+3",
    "\U0001f9ea",
    "漢字",
    "@x",
    "-y",
    "+z",
]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain, α and 漢字 \U0001f9ea", "plain, α and 漢字 \U0001f9ea"),
        (SIGNS, "purple"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07, back\x08space\r\nline", "bell , back space line"),
        ("\x9b31mred", "31mred"),
        ("half \ud83d", "half"),
        ("turned \u202etxt.exe", "turned  txt.exe"),
        ("\x1b", ""),
    ],
)
def test_what_steers_a_terminal_is_left_out(text, left):
    assert printable(text) == left


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", " =1"])
def test_a_formula_is_text(text):
    assert in_cell(text) == f"'{text}" and in_cell(f"a{text}") == f"a{text}"


def runs_of(labels):
    count = len(labels)
    columns = {"N": [1e8 * (i + 1) for i in range(count)], "D": [3e9] * count, "run": labels}
    columns["loss"] = [3.0 - 0.01 * i for i in range(count)]
    return from_frame(pd.DataFrame(columns | {f"{SIGNS} note": labels}))


def test_tables_are_cleaned_at_the_door():
    runs = runs_of(HOSTILE)
    assert "purple note" in runs.columns and runs["run"][0] == "purple"
    assert list(runs["run"][1:]) == HOSTILE[1:]
    assert runs.with_column("kind", HOSTILE)["kind"][0] == "purple"


def test_words_are_marked_in_csv_and_numbers_are_not():
    frame = pd.DataFrame({"=head": HOSTILE[4:9], "number": [-1.5, 2.0, -3.0, 4.0, 5.0]})
    text = console.table_csv(Table(frame))
    heading, *rows = csv.reader(io.StringIO(text))
    assert heading == ["'=head", "number"]
    assert [row[0] for row in rows] == ["'=2+3", "\U0001f9ea", "漢字", "'@x", "'-y"]
    assert rows[0][1] == "-1.5"


def test_labels_are_shown_as_they_are():
    seen = io.StringIO()
    answer = Answer("labels", dict(t=Table(pd.DataFrame(dict(label=HOSTILE[1:])))), ["REVIEW: [/]"])
    screen = console.screen()
    screen.file = seen
    console.show(answer, console=screen)
    assert all(label in seen.getvalue() for label in HOSTILE[1:])
    assert json.loads(console.as_json(answer))["tables"]["t"][1]["label"] == "[/]"


def test_a_bar_takes_no_markup():
    seen = Console(file=io.StringIO(), force_terminal=True, width=120)
    with progress._bars(seen) as tell:
        tell("[/]: posterior", 1, 2)
    assert "[/]: posterior" in seen.file.getvalue()


FILE = '''"""A law\x1b[31m of N."""
from jax.numpy import log
from numpyro.distributions import LogNormal, Normal
from bayesfit.law import Law
import sys


def priors(ref):
    {priors}
    return dict(level=Normal(log(ref.loss), 1.0), slope=LogNormal(-2.5, 0.5))


def log_loss(p, runs):
    {log_loss}
    return p.level - p.slope * log(runs.N / 1e9)


{top}
law = Law(rows="final", inputs=("N",), priors=priors, log_loss=log_loss)
'''
WHOLE = dict(priors="pass", log_loss="pass", top="")


@pytest.mark.parametrize(
    ("part", "code", "said"),
    [
        ("top", "sys.exit(4)", "does not run: SystemExit: 4"),
        ("priors", "sys.exit(0)", "priors of the law file .* fails: SystemExit"),
        ("priors", "return 7", "priors of broken give no dict"),
        ("log_loss", "runs.depth", "log_loss of the law file .* fails: AttributeError"),
        ("log_loss", "[][1]", r"fails: IndexError: .* \(line 14\)"),
        ("log_loss", "return None", "no number for each run"),
        ("log_loss", "return p.level", r"of the shape \(\)"),
        ("log_loss", "if p.level > 0: return runs.N", "fails: TracerBool"),
        ("log_loss", "return log(-runs.N)", "no finite loss for these runs"),
    ],
)
def test_what_fails_in_a_law_file_is_one_sentence(part, code, said, tmp_path):
    (tmp_path / "broken.py").write_text(FILE.format(**WHOLE | {part: code}))
    with pytest.raises(bayesfit.InputError, match=said):
        bayesfit.fit(tmp_path / "broken.py", runs_of(list("abcdef")), likelihood="normal")


def test_what_a_law_says_of_itself_is_cleaned(tmp_path):
    (tmp_path / "plain.py").write_text(FILE.format(**WHOLE))
    law = models.load(tmp_path / "plain.py")
    assert law.doc == "A law of N." and models.is_as_filed(law)


@pytest.mark.parametrize(
    "name", ["https://x.org/runs.csv", "file:///tmp/runs.csv", "s3://b/r.json"]
)
def test_an_address_is_no_file(name):
    with pytest.raises(bayesfit.InputError, match="download it"):
        bayesfit.load(name)
