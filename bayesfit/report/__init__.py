"""The report: one HTML file that opens offline, prints on A4, and can go into a proposal.

It lays out tables and figures that already exist, and computes nothing: every number in it stands
in the tables beside it on disk. Numbers are said by `bayesfit.formatting`, captions by
`bayesfit.report.captions`, the page by `report.html` and `report.css`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bayesfit import formatting as words
from bayesfit.report.captions import CAPTIONS, Caption

Row = Mapping[str, Any]


def render(context: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The report as the text of an HTML file.

    Args:
        context: plain data:

            * ``title``, ``command``;
            * ``law``: name, doc, formula;
            * ``data``: name, source, runs (how many), left_out, notes, warnings, simulated, and if
              known largest_flops;
            * ``findings``: verdict (PASS, REVIEW or FAIL), subject, finding, advice;
            * ``exponents``: name, meaning, mle, published (source, value, error), and bands
              ``posterior_median``, ``posterior_lo80`` ..., ``bootstrap_median`` ...;
            * ``optima``: C and bands ``N``, ``N_lo95`` ... of N, D, tokens_per_parameter and loss;
              empty for a law that has no size to choose;
            * ``asked``, optional: budgets that the user named, which the answer then speaks of;
            * ``holdout``, optional: run, N, D, actual, bands ``observed`` ..., inside80, inside95;
            * ``provenance``: any nesting of dicts, lists and plain values.
        figures: name -> PNG or SVG, in the order in which to show them.
    """
    page = _environment().get_template("report.html")
    return page.render(
        optional(context),
        answers=answers(context.get("optima") or (), context.get("asked") or ()),
        verdicts=verdicts(context.get("findings") or ()),
        sources=published_sources(context.get("exponents") or ()),
        pictures=[picture(name, image) for name, image in figures.items()],
    )


def optional(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with what may be left out filled in as nothing."""
    return dict(command="", findings=(), exponents=(), optima=(), holdout=(), provenance={}) | dict(
        context
    )


def answers(optima: Sequence[Row], asked: Sequence[float]) -> list[Row]:
    """The rows that open the report: budgets asked for, or else three that span the table."""
    wanted = [row for row in optima if any(abs(row["C"] / C - 1) < 1e-6 for C in asked)]
    if wanted or len(optima) <= 3:
        return wanted or list(optima)
    return [optima[0], optima[len(optima) // 2], optima[-1]]


def verdicts(findings: Sequence[Row]) -> dict[str, int]:
    """How many checks failed, want a review, and passed."""
    return {
        verdict: sum(finding["verdict"] == verdict for finding in findings)
        for verdict in ("FAIL", "REVIEW", "PASS")
    }


def published_sources(exponents: Sequence[Row]) -> list[str]:
    """The papers quoted beside our estimates, in the order of the law file."""
    return list(dict.fromkeys(p["source"] for row in exponents for p in row["published"]))


def picture(name: str, image: bytes) -> dict[str, Any]:
    """A figure with its caption, its image written into the page itself."""
    kind = "png" if image.startswith(b"\x89PNG") else "svg+xml"
    caption = CAPTIONS.get(name, Caption(name.replace("_", " "), ""))
    return dict(
        name=name, caption=caption, source=f"data:image/{kind};base64,{b64encode(image).decode()}"
    )


def say_value(value: Any) -> str:
    """A value of the provenance as text; numbers keep the digits that identify them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # names come from the user's table
        undefined=StrictUndefined,  # a misspelt key is an error, never an empty cell
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= dict(
        count=words.count,
        flops=words.flops,
        number=words.number,
        percent=words.percent,
        symbol=words.symbol,
        value=say_value,
    )
    environment.globals |= dict(
        like=words.like, interval=words.interval, count=words.count, number=words.number
    )
    return environment
