"""Numbers that pages print as evidence are those of the records in benchmarks/."""

import re

import pytest

from docs._made import bands

from .pages import DOCS, README, ROOT

OURS, BELIEVED, HUBER = "misfit, leave one sweep out", "believed", "Huber + residual noise"
COLUMNS = {  # page -> (law, method) of each column of its table of coverage
    README: [("kaplan_chinchilla", x) for x in (OURS, BELIEVED, HUBER)],
    DOCS / "calibration.md": [
        ("kaplan_chinchilla", OURS),
        ("chinchilla_approach3", OURS),
        ("kaplan_chinchilla", BELIEVED),
        ("kaplan_chinchilla", HUBER),
    ],
}
SHARES = {  # row -> the columns of the record
    "losses in 80/95 % bands, by splits": ("splits 80", "splits 95"),
    "by sweeps": ("sweeps 80", "sweeps 95"),
    "the worst sweep": ("worst 80", "worst 95"),
    "the fifth of the splits that was surest": ("surest fifth 80", "surest fifth 95"),
}
PROFILES = "N* of 35 held-out isoFLOP profiles in its bands"
WIDTH = re.compile(r"^\| (?:median )?width of the 95 % band, of the loss \| (.*) \|$", re.M)

pages = pytest.mark.parametrize("page", COLUMNS, ids=lambda page: page.name)


def cells(text: str, row: str) -> list[str] | None:
    """What stands in a row of a page's table, without its first cell; None if it has no such."""
    found = re.search(rf"^\| {re.escape(row)} \|(.*)\|$", text, flags=re.M)
    return None if found is None else [cell.strip() for cell in found[1].split("|")]


def numbers(cell: str) -> list[float]:
    return [float(x) for x in re.findall(r"\d*\.?\d+", cell)]


def recorded(law: str, method: str, which: int = 0) -> dict[str, str]:
    return list(bands.rows(bands.sections()[law], method))[which]


@pages
def test_coverage(page):
    """Within one per cent: a share that ends in a five is rounded by a digit not printed."""
    text = page.read_text(encoding="utf-8")
    seen = 0
    for row, names in SHARES.items():
        for cell, (law, method) in zip(cells(text, row) or (), COLUMNS[page], strict=False):
            wanted = [100 * float(recorded(law, method)[name]) for name in names]
            assert numbers(cell) == pytest.approx(wanted, abs=1), (row, law, method)
            seen += 1
    assert seen >= 2 * len(COLUMNS[page])


@pages
def test_widths(page):
    (found,) = WIDTH.findall(page.read_text(encoding="utf-8"))
    wanted = [100 * float(recorded(*column)["width95"]) for column in COLUMNS[page]]
    assert numbers(found) == pytest.approx(wanted, abs=0.051)


def test_profiles():
    row = cells((DOCS / "calibration.md").read_text(encoding="utf-8"), PROFILES)
    for cell, column in zip(row, COLUMNS[DOCS / "calibration.md"][:3], strict=False):
        record = recorded(*column, which=1)
        wanted = [100 * float(record[name]) for name in ("inside80", "inside95")]
        assert numbers(cell) == pytest.approx(wanted, abs=1)
    assert record["profiles"] in PROFILES


def test_decisions():
    """The rules of `make decisions`, as the notes have them."""
    notes = (ROOT / "benchmarks" / "NOTES.md").read_text(encoding="utf-8")
    text = (DOCS / "calibration.md").read_text(encoding="utf-8")
    for rule in ("least expected loss", "median N*", "20 tokens per parameter", "N* of the MLE"):
        mean, *_, worst = cells(notes, rule)
        here = cells(text, rule) or cells(text, f"{rule} (`bayesfit budget`)")
        assert numbers(here[0]) == pytest.approx(numbers(mean), abs=0.006)
        assert here[1] == worst
