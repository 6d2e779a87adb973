"""Parameters: posterior, bootstrap, MLE and published values side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% from "macros.html" import within %}
<p class="note">Median; below it the 80 % interval and, paler, the 95 % interval. Posterior and
bootstrap see the same runs; published values were mostly found on others (± standard error).</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>parameter</th><th class="left">meaning</th><th>posterior</th>
{% if bootstrap %}<th>bootstrap</th>{% endif %}<th>MLE</th>
{% for source in sources %}<th>{{ source }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in exponents %}
<tr><th>{{ row.name | typeset }}</th><td class="left">{{ row.meaning | typeset }}</td>
<td>{{ within(row, "posterior") }}</td>
{% if bootstrap %}<td>{{ within(row, "bootstrap") }}</td>{% endif %}
<td>{{ row.mle | number(4) }}</td>
{% for source in sources %}
<td>{% for p in row.published if p.source == source %}{{ p.value | number(4) }}
{%- if p.error %}<small>± {{ p.error | number(2) }}</small>{% endif %}{% else %}–{% endfor %}</td>
{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
"""


def html(context: Context) -> str:
    """One row a parameter, one column a source."""
    rows = context["exponents"]
    bootstrap = any("bootstrap_median" in row for row in rows)
    return fill(TEMPLATE, exponents=rows, sources=published_sources(rows), bootstrap=bootstrap)


def published_sources(exponents: Sequence[Any]) -> list[str]:
    """The papers quoted beside our estimates, in the order of the law file."""
    return list(dict.fromkeys(p["source"] for row in exponents for p in row["published"]))


section = Section("Parameters", 30, html, lambda context: bool(context["exponents"]))
