"""The figures, each with its caption."""

from __future__ import annotations

from bayesfit.report._environment import fill
from bayesfit.report.sections import Context, Section

TEMPLATE = """\
{% for picture in pictures %}
<figure id="figure-{{ picture.name }}">
<h3>{{ loop.index }}. {{ picture.title }}</h3>
<div class="scroll" tabindex="0"><img src="{{ picture.source }}" alt="{{ picture.title }}"></div>
<figcaption>{{ picture.caption }}</figcaption>
</figure>
{% endfor %}
"""


def html(context: Context) -> str:
    """The images themselves, written into the page."""
    return fill(TEMPLATE, pictures=context["pictures"])


section = Section("Figures", 60, html, lambda context: bool(context["pictures"]))
