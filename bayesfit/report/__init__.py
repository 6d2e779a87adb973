"""The report: one HTML file that opens offline, prints on A4, and can go into a proposal.

It lays out tables and figures that already exist, and computes nothing: every number in it stands
in the tables beside it on disk. The page is `report.html` and `report.css`; each of its sections is
a file in `sections/`, or in the sub-folder `sections/` of a folder in BAYESFIT_PLUGINS.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from bayesfit import discovery
from bayesfit.report._context import context
from bayesfit.report._environment import page

__all__ = ["context", "picture", "render"]


COPY = Path(__file__).parent / "copy.js"  # what a page with tables runs
KICKER = "Scaling-law fit: how large a model for the compute, and how sure"
KICKER_OF_BUDGET = "Compute budget: what to build, how sure, at what cost, would less do"


class Part(NamedTuple):
    """A section as it stands in the page: its file's name, heading and HTML."""

    name: str
    title: str
    html: Markup


class Script(NamedTuple):
    """What a page runs."""

    text: Markup

    @property
    def allowed(self) -> str:
        """As the page's Content-Security-Policy names it."""
        return f"'sha256-{b64encode(sha256(self.text.encode()).digest()).decode()}'"


def render(context: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The report as the text of an HTML file.

    Args:
        context: plain data (`bayesfit.report.context` makes it from a fit):

            * ``title``, ``command``;
            * ``law``: name, doc, formula, and if known likelihood, cost, rows, overrides, response,
              group (the column that its groups are read from);
            * ``data``: name, source, runs (how many), left_out, notes, warnings, simulated, and if
              known largest_flops;
            * ``findings``: verdict (PASS, REVIEW or FAIL), subject, finding, advice;
            * ``exponents``: name, meaning, mle, published (source, value, error), and bands
              ``posterior_median``, ``posterior_lo80`` ..., ``bootstrap_median`` ...;
            * ``optima``: C, bands ``N``, ``N_lo95`` ... of N, D, tokens_per_parameter, loss (the
              lowest) and loss_at_N, without_optimum (the share of draws), and group where the law
              has groups; empty for a law that has no size to choose;
            * ``asked``, optional: budgets that the user named, which the answer is then about;
            * ``ways``, optional: rows as those of ``optima``, and `by`: posterior, bootstrap, MLE;
            * ``measured``, optional: how bands of this law held on other sweeps, a sentence;
            * ``coverage``, optional: refits, runs, inside80 and inside95, of the refits on the
              smaller runs;
            * ``holdout``, optional: run, N, D, actual, bands ``observed`` ..., inside80, inside95;
            * ``budget``, optional: what the page is about, if it is one budget: flops, paragraphs
              (build, trust, reach, spending: sentences) and tables (heads, and rows of cells);
            * ``explorer``, optional: what `bayesfit.explorer.explored` makes of a fit;
            * ``provenance``: any nesting of dicts, lists and plain values.
        figures: name -> PNG or SVG, in the order in which to show them.
    """
    pictures = [picture(name, image, *_captioned(name)) for name, image in figures.items()]
    full = complete(context) | dict(pictures=pictures)
    named = sorted(discovery.every("section"), key=lambda named: named[1].order)
    there = [(name, section) for name, section in named if section.applies(full)]
    parts = [Part(name, section.title, Markup(section.html(full))) for name, section in there]
    texts = [COPY.read_text(encoding="utf-8")] if any("<table" in x.html for x in parts) else []
    texts += [section.script(full) for _, section in there]
    scripts = [Script(Markup(text)) for text in texts if text]
    kicker = KICKER if full["budget"] is None else KICKER_OF_BUDGET
    about = {name: full[name] for name in ("title", "law", "data")}
    return page(**about, kicker=kicker, parts=parts, scripts=scripts)


def complete(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with what may be left out filled in as nothing."""
    nothing = dict(command="", findings=(), exponents=(), optima=(), holdout=(), provenance={})
    law = dict(group="", response="loss", likelihood="", cost="", rows="", overrides={})
    law |= context["law"]
    return (
        nothing
        | dict(asked=(), ways=(), measured="", coverage=None, budget=None, explorer=None)
        | dict(context)
        | dict(law=law)
    )


def picture(name: str, image: bytes, title: str, caption: str) -> dict[str, str]:
    """A figure with its heading and its caption, its image written into the page itself."""
    kind = "png" if image.startswith(b"\x89PNG") else "svg+xml"
    source = f"data:image/{kind};base64,{b64encode(image).decode()}"
    return dict(name=name, title=title, caption=caption, source=source)


def _captioned(name: str) -> tuple[str, str]:
    """Title and caption of a figure from its file; its bare name where there is none."""
    if name not in discovery.names("plot"):
        return name.replace("_", " "), ""
    plot = discovery.load("plot", name)
    return plot.title, plot.caption
