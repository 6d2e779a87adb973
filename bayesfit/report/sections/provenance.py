"""How the result was made: command, settings, versions, seconds."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% macro tree(value) %}
{% if value is none or (value is sequence and not value) %}
none
{% elif value is mapping %}
<dl>
{% for key, inner in value.items() if key != "findings" %}
<dt>{{ key }}</dt><dd>{{ tree(inner) }}</dd>
{% endfor %}
</dl>
{% elif value is sequence and value is not string %}
{% for inner in value %}<div>{{ tree(inner) }}</div>{% endfor %}
{% else %}{{ value | value }}{% endif %}
{% endmacro %}
{% if command %}<pre>{{ command }}</pre>{% endif %}
<details class="provenance"><summary>Settings, versions, times and hashes</summary>
{{ tree(provenance) }}</details>
"""


def html(context: Context) -> str:
    """The command and everything that was recorded, nested as it is; findings stand above."""
    return fill(TEMPLATE, command=context["command"], provenance=context["provenance"])


section = Section("How this was made", 90, html)
