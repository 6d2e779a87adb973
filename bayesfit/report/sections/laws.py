"""Whether other laws agree: what each says of the budget, and how far they lie apart."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% from "macros.html" import table %}
<p>{{ laws | join(" ") }}</p>
{{ table(cells) }}
"""


def html(context: Context) -> str:
    """In words, and as a table."""
    budget = context["budget"]
    return fill(TEMPLATE, laws=budget["paragraphs"]["laws"], cells=budget["tables"]["laws"])


def applies(context: Context) -> bool:
    """Whether the budget was asked of several laws."""
    return context["budget"] is not None and "laws" in context["budget"]["tables"]


section = Section("Do other laws agree?", 11, html, applies)
