"""The answer of a page about one budget: what to build, how sure, and what else could be built."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section, about_budget
from bayesfit.report.sections.answer import counted

TEMPLATE = """\
{% from "macros.html" import table %}
{% if verdicts.FAIL %}
<p class="stop"><b>Do not use these numbers yet:</b> {{ verdicts.FAIL }} of the checks below
failed.</p>
{% endif %}
{% for sentence in warnings %}
<p class="warning">
{% if loop.first %}<b>{{ sentence }}</b>{% else %}{{ sentence | code }}{% endif %}
</p>
{% endfor %}
<p><b>{{ build[0] }}</b></p>
<ul>
{% for sentence in build[1:] %}
<li>{{ sentence }}</li>
{% endfor %}
</ul>
<p class="note">{{ trust | join(" ") }}
{% if verdicts.REVIEW %}
{{ verdicts.REVIEW }} of the checks below want{{ "s" if verdicts.REVIEW == 1 }} a look.
{% endif %}
</p>
{{ table(choices) }}
"""


def html(context: Context) -> str:
    """The size to build, in words; the plans beside it, in a table."""
    budget = context["budget"]
    return fill(
        TEMPLATE,
        **budget["paragraphs"],
        warnings=budget["warnings"],
        choices=budget["tables"]["choices"],
        verdicts=counted(context["findings"]),
    )


section = Section("The answer", 5, html, about_budget)
