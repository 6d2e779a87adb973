"""Regenerate published numbers and say which agree: `make reproductions`.

`ARGS="--papers hoffmann,kaplan"` works out some papers and leaves the rows of the others. Rows
whose table is not on this machine keep their last value, with the date on which it was measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from time import perf_counter

import pandas as pd

from bayesfit import figures
from bayesfit.computing import in_double
from bayesfit.errors import InputError
from bayesfit.inference import devices
from benchmarks.reproductions import forest, page
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import Absent

FOLDER = Path(__file__).parents[2] / "results" / "reproductions"
PAPERS = Path(__file__).with_name("papers")
COLUMNS = (
    "paper", "citation", "where", "quantity", "printed", "ours", "low", "high", "range",
    "theirs_low", "theirs_high", "difference", "verdict", "why", "data", "made_by", "command",
    "measured",
)  # fmt: skip
DIGITS = 7  # significant ones that are kept: more than any paper prints


def papers() -> list[str]:
    """Every paper there is a file for."""
    return sorted(path.stem for path in PAPERS.glob("*.py") if not path.stem.startswith("_"))


@in_double
def rows_of(paper: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """A paper's rows, one each, and which parts lack their table, with what is missing.

    Raises:
        InputError: there is no such paper.
    """
    if paper not in papers():
        raise InputError(f"there is no paper {paper!r}; there are {', '.join(papers())}")
    module, found, absent = import_module(f"benchmarks.reproductions.papers.{paper}"), [], {}
    for part in module.PARTS:
        try:
            rows = list(part())
        except Absent as error:
            absent[f"{paper}.{part.__name__}"] = str(error)
            continue
        about = dict(paper=paper, citation=module.CITATION, made_by=f"{paper}.{part.__name__}")
        found += [as_line(row) | about for row in rows]
    return pd.DataFrame(found, columns=list(COLUMNS)), absent


def as_line(row: Row) -> dict[str, object]:
    """A row as the CSV has it."""
    low, high = row.known or (None, None)
    theirs_low, theirs_high = row.theirs or (None, None)
    numbers = dict(ours=row.ours, low=low, high=high, theirs_low=theirs_low,
                   theirs_high=theirs_high, difference=row.difference)  # fmt: skip
    kept = {name: None if x is None else float(f"{x:.{DIGITS}g}") for name, x in numbers.items()}
    text = {
        name: getattr(row, name) for name in ("where", "quantity", "printed", "verdict", "data")
    }
    return text | kept | dict(range=row.known_by, why=row.reason, command="", measured="")


def measured(paper: str, before: pd.DataFrame) -> pd.DataFrame:
    """A paper's rows of today, and those from before of parts whose table is not here."""
    rows, absent = rows_of(paper)
    command = f'make reproductions ARGS="--papers {paper}"'
    parts = [rows.assign(command=command, measured=date.today().isoformat())]
    for part, missing in absent.items():
        parts.append(before[before["made_by"] == part])
        print(f"{part}: {missing}; {len(parts[-1])} rows kept as they were", flush=True)
    return pd.concat([x for x in parts if len(x)] or parts[:1])


def read(folder: Path = FOLDER) -> pd.DataFrame:
    """The rows that were written last."""
    path = folder / "reproductions.csv"
    if not path.exists():
        return pd.DataFrame(columns=list(COLUMNS))
    numbers = ["ours", "low", "high", "theirs_low", "theirs_high", "difference"]
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})


def write(table: pd.DataFrame, folder: Path = FOLDER) -> None:
    """The CSV, the page and the two forms of the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "reproductions.csv", index=False)
    (folder / "README.md").write_text(page.page(table), encoding="utf-8")
    drawn = forest.papers(table)
    (folder / "forest.png").write_bytes(figures.png(drawn))
    (folder / "forest.svg").write_bytes(figures.svg(drawn))
    (folder / "forest_rows.svg").write_bytes(figures.svg(forest.rows(table)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Work out the papers asked for, write, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--papers", default=",".join(papers()), help="names, with commas between")
    asked = parser.parse_args(arguments).papers.split(",")
    devices.choose(None)
    table = read()
    table = table[table["paper"].isin(papers())]  # the file of one may be gone
    for paper in asked:
        began = perf_counter()
        rows = measured(paper, table)
        table = pd.concat([table[table["paper"] != paper], rows])
        print(f"{paper}: {page.count(rows)}, {perf_counter() - began:.0f} s", flush=True)
    table = page.by_year(table)
    write(table)
    print(f"all: {page.count(table)}; wrote {FOLDER}")


if __name__ == "__main__":
    main()
