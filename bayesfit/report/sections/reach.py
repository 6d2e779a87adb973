"""Whether less would do: the loss of smaller and larger budgets, and which reach a target."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section, about_budget

TEMPLATE = """\
{% from "macros.html" import table %}
<p>{{ reach | join(" ") }}</p>
{{ table(tables.budgets) }}
{% if tables.target %}{{ table(tables.target) }}{% endif %}
"""


def html(context: Context) -> str:
    """In words, and as a table."""
    budget = context["budget"]
    tables = dict(target=None) | budget["tables"]
    return fill(TEMPLATE, reach=budget["paragraphs"]["reach"], tables=tables)


section = Section("Would less do?", 12, html, about_budget)
