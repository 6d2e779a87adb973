"""The law: its file's own words, and how it was fitted."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
<p class="doc">{{ head | typeset }}{{ rest }}</p>
<ul>
{% if law.rows %}<li><b>Fitted to</b> {{ law.rows }}.</li>{% endif %}
{% if law.cost %}<li><b>Cost</b> of training: {{ law.cost }} FLOPs.</li>{% endif %}
{% if law.likelihood %}<li><b>Likelihood</b> {{ law.likelihood }}</li>{% endif %}
{% for name, prior in law.overrides.items() %}
<li><b>Prior replaced:</b> {{ name }} ~ {{ prior }}.</li>
{% endfor %}
</ul>
"""


def html(context: Context) -> str:
    """The documentation, then likelihood, cost and replaced priors."""
    head, line, rest = context["law"]["doc"].partition("\n")
    return fill(TEMPLATE, law=context["law"], head=head, rest=line + rest)


section = Section("The law", 80, html)
