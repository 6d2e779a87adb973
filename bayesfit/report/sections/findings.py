"""What the checks found, the gravest first."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
<ul class="checks">
{% for finding in findings %}
<li class="{{ finding.verdict | lower }}"><span class="badge">{{ finding.verdict }}</span>
<div><b>{{ finding.subject }}.</b> {{ finding.finding | code }}
{% if finding.advice %}
<i>{{ finding.advice | code }}</i>
{% endif %}
</div></li>
{% endfor %}
</ul>
"""


def html(context: Context) -> str:
    """A list with a badge for each verdict."""
    return fill(TEMPLATE, findings=context["findings"])


section = Section("What a reviewer would ask", 20, html, lambda context: bool(context["findings"]))
