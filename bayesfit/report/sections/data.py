"""The table of runs: where it comes from, and what was left out, done or noticed."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
<p><b>{{ data.name }}</b>, {{ data.runs }} runs. {{ data.source }}.</p>
{% if kinds | selectattr(1) | list %}
<ul>
{% for kind, sentences in kinds %}
{% for sentence in sentences %}
<li><b>{{ kind }}</b>{{ sentence }}</li>
{% endfor %}
{% endfor %}
</ul>
{% endif %}
"""


def html(context: Context) -> str:
    """The source, and the table's own sentences."""
    data = context["data"]
    kinds = [("", data["left_out"]), ("Note: ", data["notes"]), ("Warning: ", data["warnings"])]
    return fill(TEMPLATE, data=data, kinds=kinds)


section = Section("The runs", 70, html)
