"""How the templates of the report are filled: escaping, and words for numbers.

Every section carries its own template, a string for `fill`. What all of them may use are the
filters and functions of `bayesfit.formatting`, and the macros `band` and `within` of `macros.html`:
`{% from "macros.html" import within %}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from math import isinf
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from bayesfit import formatting as words
from bayesfit.report._maths import typeset

NONE = "none"  # what stands where an optimum is infinite


def fill(text: str, **values: Any) -> str:
    """A template filled; whatever is not markup already is escaped.

    Raises:
        jinja2.UndefinedError: the template names something that is not there.
    """
    return _template(text).render(values)


def page(**values: Any) -> str:
    """The frame of the page, `report.html`, filled."""
    return _environment().get_template("report.html").render(values)


def middle(x: float, say: Callable[[float], str]) -> str:
    """A median; where it is infinite, there is none."""
    return NONE if isinf(x) else say(x)


def between(low: float, high: float, say: Callable[[float], str]) -> str:
    """An interval; one without an upper end in words."""
    if isinf(low):
        return NONE
    if isinf(high):
        return f"{say(low)} or more, without limit"
    return words.interval(low, high, say)


def say_value(value: Any) -> str:
    """A value of the provenance as text; numbers keep the digits that identify them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def code(text: str) -> Markup:
    """A sentence for the screen in HTML: what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


@cache
def _template(text: str) -> Template:
    return _environment().from_string(text)


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
        code=code,
        count=words.count,
        flops=words.flops,
        number=words.number,
        percent=words.percent,
        symbol=words.symbol,
        typeset=typeset,
        value=say_value,
    )
    environment.globals |= dict(
        between=between,
        count=words.count,
        infinite=isinf,
        like=words.like,
        middle=middle,
        number=words.number,
    )
    return environment
