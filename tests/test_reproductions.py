"""Reproductions of published numbers: each row is whole, and the code gives what is committed."""

import math

import pytest

from bayesfit.datasets.source import Source
from bayesfit.errors import InputError
from benchmarks.reproductions import page, rows, run, tables
from benchmarks.reproductions.rows import Row

WANTED = {  # papers that have to be there
    "besiroglu", "clark", "gadre", "henighan", "hoffmann", "kaplan", "krajewski", "ludziejewski",
    "luo", "mccandlish", "muennighoff", "pearce_song", "porian", "sardana", "scalebench", "skaling",
    "tao", "zhang",
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    """The rows that are committed."""
    return run.read()


def test_every_paper_has_rows_of_its_own(table):
    assert set(table["paper"]) == set(run.papers()) >= WANTED
    assert len(table) >= 120
    assert not table.duplicated(["paper", "where", "quantity"]).any()


def test_a_row_says_where_its_numbers_are_from(table):
    for name in ("citation", "where", "quantity", "printed", "data", "made_by", "command"):
        assert (table[name] != "").all(), name
    assert table["citation"].str.contains(r"\b20\d\d\b.*arXiv:\d{4}\.\d{5}", regex=True).all()
    assert table["measured"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_a_row_that_does_not_agree_says_why(table):
    assert set(table["verdict"]) <= set(rows.VERDICTS)
    agrees = table["verdict"].isin(rows.AGREE)
    assert (table["why"][~agrees] != "").all() and (table["why"][agrees] == "").all()
    assert table["verdict"].isin(rows.AGREE).mean() > 0.6


def test_the_page_is_made_of_the_table(table):
    assert (run.FOLDER / "README.md").read_text(encoding="utf-8") == page.page(table)


def found_again(ours, committed, close):
    """Each row of today beside the committed one."""
    kept = committed.set_index(["where", "quantity"])
    for row in ours.to_dict("records"):
        before = kept.loc[(row["where"], row["quantity"])]
        label = f"{row['paper']}: {row['quantity']}"
        assert row["ours"] == pytest.approx(before["ours"], rel=close), label
        assert (row["printed"], row["verdict"]) == (before["printed"], before["verdict"]), label


@pytest.mark.parametrize("paper", ["sardana", "deepseek"])
def test_a_paper_gives_what_is_committed(paper, table):
    ours, absent = run.rows_of(paper)
    committed = table[table["paper"] == paper]
    assert not absent and len(ours) == len(committed)
    found_again(ours, committed, 1e-5)


@pytest.mark.slow
def test_all_that_needs_no_other_table_gives_what_is_committed(table, tmp_path, monkeypatch):
    """Nothing is fetched: papers' own constants, and the tables that the package ships."""

    def offline(self):
        raise InputError("nothing is fetched here")

    monkeypatch.setattr(Source, "_fetched", offline)
    monkeypatch.setenv("BAYESFIT_DATA", str(tmp_path))
    monkeypatch.setattr(tables, "DATA", tmp_path / "nowhere")
    count = 0
    for paper in run.papers():
        ours, absent = run.rows_of(paper)
        committed = table[table["paper"] == paper]
        kept = committed["made_by"].isin(absent)
        assert len(ours) == (~kept).sum()
        found_again(ours, committed, 2e-3)
        count += len(ours)
    assert count > 150


def test_rows_of_a_table_that_is_not_here_are_kept(table, monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "DATA", tmp_path / "nowhere")
    kept = run.measured("zhang", table)
    assert kept.equals(table[table["paper"] == "zhang"])


def row(printed, ours, **more):
    return Row("table 1", "a", printed, ours, **more)


def test_agreement_is_judged_in_one_order():
    known = dict(known=(1.9, 2.2), known_by=rows.BOOTSTRAP)
    assert row("2.0", 2.04).verdict == rows.DIGITS
    assert row("2.0", 1.949, why="it does").verdict == rows.OFF
    assert row("2.000", 2.0015).verdict == rows.THREE
    assert row("2.0", 2.15, **known).verdict == rows.KNOWN
    assert row("2.30", 2.15, **known, why="it does").verdict == rows.OFF
    wide = dict(known=(0.5, 5.5), known_by=rows.BOOTSTRAP)
    assert row("2.0", 2.15, **wide).verdict == rows.OPEN and not row("2.0", 2.15, **wide).agrees
    assert row("2.0", 2.15, **wide).reason == "ours may be anything within a factor of 11"
    either = row("2.0", 2.15, **wide | dict(known=(-1.0, 3.0)))
    assert either.verdict == rows.OPEN and either.reason == "ours may be of either sign"
    bound = row("2.0", 2.15, **wide | dict(known=(1e-6, 3.0)))
    assert bound.reason == "ours may be anything within 6 powers of ten"
    assert rows.open_by(0.0, 3.0) == "anything down to 0"
    assert rows.open_by(0.01, 3.04) == "anything within a factor of 300"
    within = row("2.0", 2.15, theirs=(1.8, 2.3), why="not asked")
    assert within.verdict == rows.THEIRS and within.reason == ""
    assert row("2.00", 2.03, why="it does").verdict == rows.NEAR
    assert row("-2.00", -2.03, why="it does").difference == pytest.approx(0.015)
    with pytest.raises(InputError, match="say `why`"):
        row("2.0", 2.2)
    with pytest.raises(InputError, match="no number"):
        row("2.0", math.nan)
    with pytest.raises(InputError, match="what it comes from"):
        row("2.0", 2.0, known=(1.0, 3.0))


@pytest.mark.parametrize(
    "text, unit", [("0.50", 0.01), ("9.90e20", 1e18), ("5e3", 1e3), ("300e9", 1e9), ("7", 1.0)]
)
def test_the_last_digit_that_is_printed(text, unit):
    assert rows.last_digit(text) == pytest.approx(unit)


def test_rounding_moves_all_constants_together():
    found = rows.by_rounding(
        lambda x: x["a"] * x["b"], dict(a=2.0, b=3.0, c=1.0), dict(a=0.5, b=0.1)
    )
    assert found["ours"] == 6.0 and found["known"] == pytest.approx((1.5 * 2.9, 2.5 * 3.1))


def test_constants_are_those_of_the_law():
    values, half = rows.rounded("kaplan_nd")
    assert half["alpha_D"] == pytest.approx(0.0005) and half["N_c"] == pytest.approx(0.05e13)
    assert values["alpha_D"] == 0.103
    assert rows.rounded("chinchilla_approach3", A="406.40")[1]["A"] == pytest.approx(0.005)
    with pytest.raises(InputError, match="publishes another A"):
        rows.rounded("chinchilla_approach3", A="406.50")


def test_no_such_paper():
    with pytest.raises(InputError, match="no paper 'newton'"):
        run.rows_of("newton")
