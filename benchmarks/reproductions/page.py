"""The page of reproductions: how many agree, and a table for each paper."""

from __future__ import annotations

import re

import pandas as pd

from bayesfit.formatting import number
from bayesfit.output.console import markdown_columns
from benchmarks.reproductions.rows import AGREE, DIGITS, NEAR, OFF, OPEN, THREE, VERDICTS

HEAD = """# Published numbers, regenerated

By `make reproductions`. Each row is a number that a paper prints and what this code makes of it: a
refit of public runs, or the paper's own arithmetic on other numbers that it prints. **{agree} of
{all} agree**, {exact} of them to the digits printed or within 0.1 %; {near} more are within 2 %,
{off} differ, and {open} are undecided. Each that does not agree says why.

Agreement is judged the same for all rows, in this order: *to the digits printed*; *within 0.1 %*;
*within what we know* (the range of ours, from the rounding of the constants it is made of, or the
95 % bootstrap band of a refit, holds the printed number), *undecided* if that range spans more than
a factor of ten; *within the paper's interval* (ours lies in it). A wide range agrees easily: look
at the difference beside it. *text* stands where the place in the paper was not noted.
`reproductions.csv` has all columns, and the date of each row.

![Ours over printed, one line a paper](forest.png)

Row by row: [forest_rows.svg](forest_rows.svg).
"""
FOOT = "Rows that need a table which is not at hand keep the value of the date in the CSV."


def by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Papers in the order in which they came out, each one's rows as its file has them."""
    years = table["citation"].map(lambda text: int(_first(r"\b(20\d\d)\b", text) or 0))
    order = table.assign(year=years).sort_values(["year", "paper"], kind="stable")
    return order.drop(columns="year").reset_index(drop=True)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""


def count(table: pd.DataFrame) -> str:
    """How many rows there are, and how many agree."""
    return f"{len(table)} rows, {table['verdict'].isin(AGREE).sum()} agree"


def page(table: pd.DataFrame) -> str:
    """README.md."""
    counts = table["verdict"].value_counts()
    head = HEAD.format(all=len(table), agree=table["verdict"].isin(AGREE).sum(),
                       exact=counts.reindex([DIGITS, THREE], fill_value=0).sum(),
                       near=counts.get(NEAR, 0), off=counts.get(OFF, 0),
                       open=counts.get(OPEN, 0))  # fmt: skip
    papers = [section(rows) for _, rows in table.groupby("citation", sort=False)]
    return "\n".join([head, summary(table), "", FOOT, "", *papers])


def summary(table: pd.DataFrame) -> str:
    """Verdicts of each paper, counted."""
    named = [(str(name), rows) for name, rows in table.groupby("citation", sort=False)]
    papers = [*named, ("all", table)]
    columns = [
        ("paper", [name for name, _ in papers]),
        ("rows", [str(len(rows)) for _, rows in papers]),
        ("agree", [str(rows["verdict"].isin(AGREE).sum()) for _, rows in papers]),
        *((verdict, [str((rows["verdict"] == verdict).sum()) for _, rows in papers])
          for verdict in VERDICTS),
    ]  # fmt: skip
    return markdown_columns(columns)


def section(rows: pd.DataFrame) -> str:
    """One paper."""
    first, data = rows.iloc[0], "; ".join(dict.fromkeys(rows["data"]))
    columns = [
        ("quantity", [*rows["quantity"]]),
        ("where", [*rows["where"]]),
        ("printed", [*rows["printed"]]),
        ("ours", [number(x, 5) for x in rows["ours"]]),
        ("range of ours", [spread(row) for row in rows.to_dict("records")]),
        ("off, %", [number(100 * x, 2) for x in rows["difference"]]),
        ("agrees", [*rows["verdict"]]),
        ("why not", [*rows["why"]]),
    ]
    opening = f"{count(rows)}: `{first['command']}`. From: {data}."
    return f"## {first['citation']}\n\n{opening}\n\n{markdown_columns(columns)}\n"


def spread(row: dict) -> str:
    """The range that ours may have, and what it comes from."""
    if not row["range"]:
        return ""
    return f"{number(row['low'], 4)} to {number(row['high'], 4)} ({row['range']})"
