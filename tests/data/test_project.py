"""A `bayesfit.toml` beside a table, or in the working folder, says what headings mean."""

import pytest

import bayesfit
from bayesfit.errors import InputError

TABLE = "millions,D,eval/c4_loss,val_loss\n1e8,2e9,3.4,3.1\n2e8,4e9,3.2,2.9\n"
SAID = '[columns]\nloss = "eval/c4_loss"\nN = "millions"\n'


@pytest.fixture
def table(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "there" / "runs.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize("place", ["here", "there"])
def test_it_is_read_and_said(table, tmp_path, place):
    (tmp_path / place / "bayesfit.toml").write_text(SAID)
    runs = bayesfit.read(table)
    assert (list(runs["loss"]), list(runs["N"])) == ([3.4, 3.2], [1e8, 2e8])
    assert "bayesfit.toml says that loss is 'eval/c4_loss', N is 'millions'" in runs.notes[0]


def test_the_one_beside_the_table_goes_first_and_what_is_given_before_both(table, tmp_path):
    (tmp_path / "here" / "bayesfit.toml").write_text(SAID)
    (tmp_path / "there" / "bayesfit.toml").write_text('[columns]\nN = "millions"\n')
    assert list(bayesfit.read(table)["loss"]) == [3.1, 2.9]
    (tmp_path / "there" / "bayesfit.toml").write_text(SAID)
    runs = bayesfit.read(table, columns={"loss": "val_loss"})
    assert list(runs["loss"]) == [3.1, 2.9] and "says that N is 'millions'" in runs.notes[0]
    runs = bayesfit.read(table, columns={"error": "eval/c4_loss"})
    assert list(runs["error"]) == [3.4, 3.2] and list(runs["loss"]) == [3.1, 2.9]


def test_headings_of_other_tables_are_passed_over_and_said(table, tmp_path):
    (tmp_path / "here" / "bayesfit.toml").write_text(SAID + 'B = "batch"\n')
    runs = bayesfit.read(table)
    assert any("also names 'batch', which this table has not" in note for note in runs.notes)


def test_a_folder_has_its_own(table):
    (table.parent / "bayesfit.toml").write_text(SAID)
    (table.parent / "more.csv").write_text(TABLE.replace("e8", "e9"))
    runs = bayesfit.read(table.parent)
    assert sorted(runs["N"]) == [1e8, 2e8, 1e9, 2e9] and 3.4 in runs["loss"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("[column]\nN = 'a'\n", "has to hold one table"),
        ("columns = 3\n", "has to hold one table"),
        ("[columns]\nN = true\n", "has to hold one table"),
        ("[columns\n", "cannot read .*bayesfit.toml: "),
        (b"\xff", "cannot read .*bayesfit.toml: "),
    ],
)
def test_one_that_cannot_be_used(table, text, said):
    content = text if isinstance(text, bytes) else text.encode()
    (table.parent / "bayesfit.toml").write_bytes(content)
    with pytest.raises(InputError, match=said):
        bayesfit.read(table)
