"""The compute justification that an allocation body asks for, in its own order of sections.

A form is filled with what the question `budget` answers. What only the applicant knows is left to
be written, and says so. A form of yours is one more file in this folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from bayesfit import findings
from bayesfit.answers import Answer, Table
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, flops, number
from bayesfit.output.console import as_markdown, markdown_table

SCALES = (1, 2)  # times the accelerators, for throughput
SEVERAL = 1024  # accelerators, where the applicant named no number


def names() -> list[str]:
    """The forms there are."""
    here = files("bayesfit.output.forms").iterdir()
    return sorted(x.name.removesuffix(".md") for x in here if x.name.endswith(".md"))


def filled(name: str, fit: Fit, answer: Answer) -> str:
    """A form as Markdown.

    Args:
        answer: of ``fit.ask("budget", ...)``.

    Raises:
        InputError: there is no such form.
    """
    if name not in names():
        raise InputError(f"there is no form {name!r}; there are {', '.join(names())}")
    facts, tables = answer.facts, answer.tables
    of = "" if facts["within"] is None else f" for {facts['within']}"
    return (
        _environment()
        .get_template(f"{name}.md")
        .render(
            title=as_markdown(f"{flops(facts['flops'])} training FLOPs{of}"),
            runs=len(fit.runs),
            data=fit.runs.source,
            largest=flops(float(fit.runs["C"].max())),
            formula=fit.law.formula,
            warnings=answer.warnings,
            choices=tables["choices"],
            budgets=tables["budgets"],
            costs=tables["spending"],
            scales=_scales(answer),
            checks=_checks(fit.about_budget(facts["flops"])),
            **facts["paragraphs"],
        )
    )


def _checks(fit: Fit) -> list[str]:
    """What the checks of the fit want somebody to look at."""
    found = [x for x in findings.review(fit) if x.verdict != "PASS"]
    return [f"{x.verdict}: {x.finding}" for x in found] or ["Every check of the fit passed."]


def _scales(answer: Answer) -> Table:
    """Days and tokens a second on two numbers of accelerators, at the same utilisation."""
    spent = answer.tables["spending"].frame.set_index("quantity")["amount"]
    D = float(answer.tables["choices"].frame["D"].iloc[0])
    first = round(spent["hours"] / spent["days"] / 24) if "days" in spent else SEVERAL
    gpus = [scale * first for scale in SCALES]
    days = [spent["hours"] / 24 / x for x in gpus]
    assumed = "" if "days" in spent else " (assumed: choose with --gpus)"
    columns = [
        (f"accelerators{assumed}", [f"{x:,}" for x in gpus]),
        ("days", [number(x) for x in days]),
        ("tokens a second", [count(D / x / 86400) for x in days]),
        ("of one accelerator", [count(D / x / 86400 / y) for x, y in zip(days, gpus, strict=True)]),
    ]
    return Table(pd.DataFrame(), columns=columns)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bayesfit.output", "forms"), undefined=StrictUndefined
    )
    environment.filters |= dict(bullets=_bullets, table=markdown_table, text=as_markdown)
    return environment


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {as_markdown(sentence)}" for sentence in sentences)
