"""The one printer: an answer in four formats, within the width, whatever its labels are."""

import json
from dataclasses import replace
from io import StringIO
from time import sleep

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from bayesfit.answers import Answer, Table
from bayesfit.errors import InputError
from bayesfit.output import console, progress

LABEL = "[red]a|b*_$x$ :smile:"


@pytest.fixture
def answer():
    frame = pd.DataFrame(dict(run=[LABEL, "other"], N=[1e9, np.inf], loss=[2.345678901, np.nan]))
    many = [(f"column {i}", ["0.123", "4,567"]) for i in range(12)]
    return Answer(
        "A title",
        dict(
            runs=Table(frame, "Some runs", [("run", list(frame["run"])), ("N*", ["1B", "none"])]),
            wide=Table(pd.DataFrame(dict(x=[1.5])), "Wide", [("", ["p", "q"]), *many]),
            kept=Table(pd.DataFrame(dict(secret=[42])), columns=[]),
        ),
        ["REVIEW: look at this [bold]run[/bold].", "At 1e25: N* is 1B."],
        facts=dict(asked=[1e25], worst=float("inf"), unknown=float("nan")),
    )


def printed(answer, form="text", width=60):
    screen = Console(
        file=StringIO(),
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    console.show(answer, form, screen)
    return screen.file.getvalue()


def test_text_is_within_the_width_and_labels_are_no_markup(answer):
    text = printed(answer)
    assert max(map(len, text.splitlines())) <= 60
    assert LABEL in text and "[bold]run[/bold]" in text
    assert "REVIEW look at this" in text and "42" not in text
    assert text.count("p  ") > 1  # the wide table is split, and its first column repeated
    assert all(f"column {i}" in text for i in range(12))
    assert text.index("A title") < text.index("Some runs") < text.index("At 1e25")


def test_warnings_come_before_any_number_and_notes_below_their_table(answer):
    runs = replace(answer.tables["runs"], note="N* is a size|.")
    warned = replace(answer, tables=dict(runs=runs), warnings=["Far [out]."])
    text, paste = printed(warned), printed(warned, "markdown")
    assert text.index("A title") < text.index("Far [out].") < text.index("Some runs")
    assert text.index("1B") < text.index("N* is a size|.") < text.index("At 1e25")
    assert "**Far \\[out\\].**" in paste and "*N\\* is a size\\|.*" in paste
    assert paste.index("Far") < paste.index("Some runs")
    assert json.loads(printed(warned, "json"))["warnings"] == ["Far [out]."]
    page = warned._repr_html_()
    assert "<b>Far [out].</b>" in page and "N* is a size|." in page and "Far" in repr(warned)


def test_json_holds_every_number_in_full(answer):
    found = json.loads(printed(answer, "json"))
    assert found["title"] == "A title" and found["asked"] == [1e25]
    assert found["worst"] == "Infinity" and found["unknown"] is None
    assert found["tables"]["runs"][0] == dict(run=LABEL, N=1e9, loss=2.345678901)
    assert found["tables"]["runs"][1] == dict(run="other", N="Infinity", loss=None)
    assert found["tables"]["kept"] == [dict(secret=42)]
    assert found["sentences"] == answer.sentences


def test_markdown_has_tables_and_escapes(answer):
    text = printed(answer, "markdown")
    assert text.startswith("## A title\n") and "**Some runs**" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == "| run | N\\* |" and lines[1] == "| :-- | --: |"
    assert lines[2] == "| \\[red\\]a\\|b\\*\\_$x$ :smile: | 1B |"
    assert "- At 1e25: N\\* is 1B." in text


def test_csv_has_the_tables_in_full(answer):
    text = printed(answer, "csv")
    assert text.startswith("# runs\nrun,N,loss\n") and "# kept\nsecret\n42" in text
    alone = Answer("one", dict(kept=answer.tables["kept"]))
    assert printed(alone, "csv") == "secret\n42\n"


def test_an_unknown_format_is_named(answer):
    with pytest.raises(InputError, match="no format 'xml'; there are text"):
        console.show(answer, "xml")


def test_a_quiet_console_prints_nothing(answer):
    screen = Console(file=StringIO(), quiet=True)
    for form in console.FORMATS:
        console.show(answer, form, screen)
    assert screen.file.getvalue() == ""


def test_progress_without_a_terminal_is_a_line_every_few_seconds(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.05)
    with progress.progress() as tell:
        sleep(0.12)
        tell("posterior", 30, 300)
        sleep(0.12)
        tell("posterior", 300, 300)
        sleep(0.12)
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0].startswith("starting (") and "posterior: 30 of 300 (0 s)" in lines
    assert lines[-1] == "after posterior (0 s)"
    sleep(0.12)
    assert capsys.readouterr().err == ""  # it ends with the work


def test_quiet_progress_says_nothing(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.01)
    with progress.progress(quiet=True) as tell:
        tell("posterior", 1, 2)
        sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_of_a_name_and_a_long_explanation_the_explanation_is_folded():
    names, words = ("parameter", ["reducible"]), ("meaning", ["q tends to one " * 6])
    screen = Console(width=60, record=True, file=StringIO())
    screen.print(console.in_width([names, words], 60))
    lines = screen.export_text().splitlines()
    assert lines[0].split() == ["parameter", "meaning"] and lines[1].startswith("reducible  q")
    assert max(map(len, map(str.rstrip, lines))) <= 60
