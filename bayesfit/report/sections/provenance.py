"""How the result was made: command, settings, versions, seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
{% if command %}<pre tabindex="0">{{ command }}</pre>{% endif %}
{% if made %}<p class="note">{{ made | join(", ") }}.</p>{% endif %}
<details class="provenance"><summary>Settings, versions, times and hashes</summary>
{{ tree(provenance) }}</details>
"""


def html(context: Context) -> str:
    """The command and everything that was recorded, nested as it is; findings stand above."""
    record = context["provenance"]
    return fill(TEMPLATE, command=context["command"], provenance=record, made=[*_in_short(record)])


def _in_short(record: Mapping[str, Any]) -> Iterator[str]:
    """Version, seed and data: what identifies the result on paper too."""
    if "bayesfit" in record:
        yield f"bayesfit {record['bayesfit']}"
    if "seed" in record:
        yield f"seed {record['seed']}"
    if "sha256" in record.get("data", {}):
        yield f"data with SHA-256 {record['data']['sha256'][:16]}…"


section = Section("How this was made", 90, html)
