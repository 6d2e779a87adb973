"""Runs that were kept from the fit, and how it predicted them."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% from "macros.html" import within %}
<p class="note">{{ holdout | selectattr("inside80") | list | length }} of {{ holdout | length }}
lie inside their 80 % interval, {{ holdout | selectattr("inside95") | list | length }} inside 95 %:
a direct test of the extrapolation.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th class="left">run</th><th>N</th><th>D</th><th>actual {{ response }}</th>
<th>predicted</th><th>off by</th><th>inside</th></tr></thead>
<tbody>
{% for row in holdout %}
<tr><th class="left">{{ row.get("run", loop.index) }}</th>
<td>{% if "N" in row %}{{ row.N | count }}{% endif %}</td>
<td>{% if "D" in row %}{{ row.D | count }}{% endif %}</td>
<td>{{ row.actual | number(4) }}</td><td>{{ within(row, "observed") }}</td>
<td>{{ (row.observed / row.actual - 1) | percent }}</td>
<td>{{ "80 %" if row.inside80 else "95 %" if row.inside95 else "neither" }}</td></tr>
{% endfor %}
</tbody></table></div>
"""


def html(context: Context) -> str:
    """One row a run."""
    return fill(TEMPLATE, holdout=context["holdout"], response=context["law"]["response"])


section = Section("Runs kept from the fit", 50, html, lambda context: bool(context["holdout"]))
