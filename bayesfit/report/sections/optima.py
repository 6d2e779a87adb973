"""The best model for each budget, with bands."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% from "macros.html" import band, within %}
<p class="note">Each column's interval is by itself: a larger N* goes with a smaller D*.
{% if "loss_at_N" in optima[0] %}
The loss at N* is that of building the size in this row.
{% endif %}
{% if missing %}
"none" stands where the loss has no lowest point over the sizes that spend a budget.
{% endif %}
</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>FLOPs</th>{% if grouped %}<th class="left">{{ group }}</th>{% endif %}
<th>N*, parameters</th><th>D*, tokens</th><th>D* / N*</th>
{% if "loss_at_N" in optima[0] %}<th>loss at N*, nats per token</th>{% endif %}
{% if missing %}<th>draws without N*</th>{% endif %}</tr></thead>
<tbody>
{% for row in optima %}
<tr><th>{{ row.C | flops }}</th>{% if grouped %}<td class="left">{{ row.group }}</td>{% endif %}
<td>{{ band(row, "N", count) }}</td>
<td>{{ band(row, "D", count) }}</td>
<td>{{ band(row, "tokens_per_parameter", number) }}</td>
{% if "loss_at_N" in row %}<td>{{ within(row, "loss_at_N") }}</td>{% endif %}
{% if missing %}<td>{{ row.without_optimum | percent }}</td>{% endif %}</tr>
{% endfor %}
</tbody></table></div>
{% if ways %}
<p class="note">The same by the bootstrap and the MLE of the Huber fit, which take the law to be
true and runs to be independent. Where they are much narrower than the posterior, they leave out
those doubts; where N* itself is elsewhere, look at the checks above.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>FLOPs</th>{% if grouped %}<th class="left">{{ group }}</th>{% endif %}
<th class="left">by</th><th>N*, parameters</th><th>D*, tokens</th></tr></thead>
<tbody>
{% for row in ways %}
<tr><th>{{ row.C | flops }}</th>{% if grouped %}<td class="left">{{ row.group }}</td>{% endif %}
<td class="left">{{ row.by }}</td>
{% for name in ("N", "D") %}
<td>{% if row.by == "MLE" %}<b>{{ middle(row[name], count) }}</b>
{% else %}{{ band(row, name, count) }}{% endif %}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody></table></div>
{% endif %}
"""


def html(context: Context) -> str:
    """One row a budget, or a budget and a group."""
    rows = context["optima"]
    return fill(
        TEMPLATE,
        optima=rows,
        ways=context["ways"],
        grouped="group" in rows[0],
        group=context["law"]["group"] or "group",
        missing=any(row.get("without_optimum", 0) > 0 for row in rows),
    )


def applies(context: Context) -> bool:
    """Whether there are budgets to show; a page about one budget has its own table."""
    return bool(context["optima"]) and context["budget"] is None


section = Section("Best models for a budget", 40, html, applies)
