"""Time, energy, money and memory of a budget."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section, about_budget

TEMPLATE = """\
{% from "macros.html" import table %}
<p>{{ spending | join(" ") }}</p>
{{ table(cells) }}
"""


def html(context: Context) -> str:
    """In words, and as a table."""
    budget = context["budget"]
    spending, cells = budget["paragraphs"]["spending"], budget["tables"]["spending"]
    return fill(TEMPLATE, spending=spending, cells=cells)


section = Section("Time, energy and money", 14, html, about_budget)
