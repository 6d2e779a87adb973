"""Other budgets, limits and sizes, worked out in the reader's browser from posterior draws."""

from __future__ import annotations

from markupsafe import Markup

from bayesfit import explorer
from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% macro setting(id, label, hint="") %}
<div class="setting"><label for="explorer-{{ id }}">{{ label }}</label>
<input type="text" id="explorer-{{ id }}-text" aria-label="{{ label }}, as a number" \
autocomplete="off" spellcheck="false">
<input type="range" id="explorer-{{ id }}" min="0" step="1">
{% if hint %}<small>{{ hint }}</small>{% endif %}
</div>
{% endmacro %}
<noscript><p class="note">This section is worked out in the browser and needs JavaScript; the rest
of the page does not.</p></noscript>
<div id="explorer-body" hidden>
<p class="note">
{% if lattice %}
This law could not be translated for the browser: {{ data.reason }}. So its bands were worked out
beforehand, for {{ lattice.C | length }} budgets and no limits; <code>bayesfit optimum</code> knows
those too.
{% else %}
Worked out in this page from {{ data.draws }} of {{ "{:,}".format(data.of) }} posterior draws,
chosen to stand for all at {{ start | flops }} FLOPs: their bands are nearly those in the tables.
{% endif %}
{% if budget %}
The best size here is the median over the draws; the plan of the answer above is the size that loses
least on average.
{% endif %}
{{ "Sizes are for %s as set." | format(given | join(", ")) if given }}
Cost: {{ cost }} FLOPs. {{ measured }}</p>
<div class="explorer">
<p id="explorer-said" role="status"></p>
<fieldset class="limits"><legend>Budget and limits</legend>
{% if groups | length > 1 %}
<div class="setting"><label for="explorer-group">{{ group }}</label>
<select id="explorer-group">
{% for label in groups %}<option>{{ label }}</option>{% endfor %}
</select></div>
{% endif %}
{{ setting("C", "Budget, FLOPs") }}
{% if not lattice %}
{{ setting("largest_D", "Tokens at most") }}
{{ setting("largest_N", "Parameters at most") }}
{% if loss %}
{{ setting("inference_tokens", "Tokens served over its life",
  "2 N FLOPs each, out of the budget") }}
{% endif %}
{% for name in given %}{{ setting("g%d" % loop.index0, name) }}{% endfor %}
{% if loss %}
{{ setting("size", "A size of your own, parameters", "at the left end: the best size") }}
{% endif %}
{% endif %}
</fieldset>
<div class="found">
<div class="scroll" tabindex="0"><table id="explorer-table">
<thead><tr><th>quantity</th><th>median</th><th>80 % band</th><th>95 % band</th></tr></thead>
<tbody></tbody></table></div>
<p id="explorer-money"></p>
<figure>
<div id="explorer-chart" class="chart"></div>
<figcaption>
{% if lattice %}
The best size at each budget: median, 80 % and 95 % bands; dashed: the budget chosen.
{% else %}
What each size loses against the best one, at this budget: median, 80 % and 95 % bands. Below: the
best size with its bands; dashed: the size in the table.
{% endif %}
</figcaption>
</figure>
<p class="buttons"><button type="button" id="explorer-csv">CSV of what is on view</button>
<button type="button" id="explorer-again">Start again</button>
<small>The address of this page holds these settings.</small></p>
</div>
<fieldset class="money"><legend>Money and time</legend>
{{ setting("peak", "Peak of one GPU, TFLOP/s", "989: an H100 in bf16") }}
{{ setting("mfu", "Share of the peak that training uses (MFU)") }}
{{ setting("price", "Dollars a GPU-hour") }}
{{ setting("gpus", "GPUs") }}
</fieldset>
</div>
<script type="application/json" id="explorer-data">{{ data | tojson }}</script>
</div>
"""


def html(context: Context) -> str:
    """Settings, an empty table and chart, and the data for the script that fills them."""
    data, law = context["explorer"]["data"], context["law"]
    variants = data["variants"]
    return fill(
        TEMPLATE,
        data=data,
        lattice=variants[0].get("lattice"),
        loss=variants[0].get("loss"),
        given=[x["name"] for x in data["ranges"]["given"]],
        start=data["ranges"]["budget"]["value"],
        groups=[x["label"] for x in variants],
        group=law["group"] or "group",
        budget=context["budget"],
        cost=context["explorer"].get("cost") or law["cost"] or "6 N D",
        measured=context["measured"],
    )


def script(context: Context) -> Markup:
    """What the page runs: our own text, and functions made of numbers alone."""
    return Markup(explorer.script(context["explorer"]["code"]))


section = Section(
    title="Try other budgets",
    order=45,
    html=html,
    applies=lambda context: bool(context["explorer"]),
    script=script,
)
