"""A page for each law, made of its file: what it says, its parameters, priors, cost and traps.

What only a person can write, such as which mistake the paper's readers make, stands in
`docs/laws/notes/NAME.md`; a law without such a file has the words of its own docstring.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from bayesfit import datasets, discovery, likelihoods, models
from bayesfit.errors import InputError
from bayesfit.formatting import interval, like
from bayesfit.law import Law, cost_name
from bayesfit.report._maths import typeset
from docs._made import bands as measured
from docs._made import formulas, pictures

NOTES = Path(__file__).parents[1] / "laws" / "notes"
ROWS = dict(
    final="the last row of each training curve",
    curve="rows along the training curves, without warm-up, thinned to independent ones",
    envelope="the lower envelope of the training curves",
)
FAMILIES = {  # the order of the menu, and what each is called there
    "dense": "Dense models",
    "Kaplan": "Kaplan et al.",
    "experts": "Experts",
    "data": "Repeated and mixed data",
    "fine-tuning": "Fine-tuning",
    "shape": "Shape, vocabulary, streams",
    "downstream": "Downstream tasks",
    "curves": "One curve",
}


def by_family() -> dict[str, list[str]]:
    """Heading of the menu -> laws; a family without a heading here has its own name."""
    found: dict[str, list[str]] = {heading: [] for heading in FAMILIES.values()}
    for name in models.names():
        family = models.declared(name, "family")
        found.setdefault(FAMILIES.get(family, family), []).append(name)
    return {heading: names for heading, names in found.items() if names}


def index() -> str:
    """The page that lists all laws."""
    lines = [
        "# The laws",
        "",
        "Each page is made of the law's own file when the site is built: formula, parameters, "
        "priors as curves, published values, cost and traps. [Add your own](../extending/law.md).",
        "",
    ]
    for heading, names in by_family().items():
        lines += [f"## {heading}", "", "| law | formula | reads |", "|---|---|---|"]
        for name in names:
            title, formula = formulas.heading(models.describe(name))
            reads = ", ".join(f"`{x}`" for x in models.declared(name, "inputs") or ())
            reads = reads or "those of the table"
            lines.append(f"| [{title}]({name}.md)<br>`{name}` | {formula} | {reads} |")
        lines.append("")
    return "\n".join(lines)


def page(name: str, with_pictures: bool = True) -> str:
    """The page of one law as Markdown.

    Args:
        with_pictures: sample priors and search the estimate; without, headings and words only.
    """
    law = models.load(name)
    title, formula = formulas.heading(law.formula)
    parts = [
        f"# {title}",
        f'<div class="formula">{formula}</div>',
        words(law.doc.partition("\n")[2]),
        "## At a glance",
        _glance(law),
        *_usage(law),
        "## Parameters",
        _parameters(law, name, with_pictures),
        *_priors(law, name, with_pictures),
        *_traps(law, name),
        *measured.of_law(name),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


# ------------------------------------------------------------------------------------- words


def words(text: str) -> str:
    """Paragraphs of a docstring as HTML: formulas typeset, names in code, papers linked."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        is_formula = paragraph.startswith("    ")
        inside = Markup("").join(_spans(textwrap.dedent(paragraph).strip()))
        kind = ' class="formula"' if is_formula else ""
        found.append(f"<p{kind}>{inside}</p>")
    return "\n\n".join(found) if text.strip() else ""


def _spans(text: str) -> list[Markup]:
    """Code between backticks, links to arXiv, and formulas in the rest."""
    found = []
    for piece in re.split(r"(`[^`]+`|arXiv:\d{4}\.\d{4,5})", text):
        if piece.startswith("`"):
            found.append(Markup("<code>{}</code>").format(piece.strip("`")))
        elif piece.startswith("arXiv:"):
            link = '<a href="https://arxiv.org/abs/{}">{}</a>'
            found.append(Markup(link).format(piece.removeprefix("arXiv:"), piece))
        else:
            found.append(typeset(piece))
    return found


def _cell(text: str) -> str:
    return str(typeset(text)).replace("|", "&#124;")


# ------------------------------------------------------------------------------ at a glance, use


def _glance(law: Law) -> str:
    source = datasets.describe(law.default_data)
    kind = discovery.describe("likelihood", law.likelihood)
    rows = {
        "Reads": ", ".join(f"`{x}`" for x in law.inputs) or "what the table has",
        "Explains": f"`{law.response}`, on the scale of its {law.link.name}",
        "Rows": ROWS[law.rows],
        "Groups": f"a value for each `{law.group}`" if law.group else "",
        "Default data": f"`{law.default_data}`: {source.what}",
        "Likelihood": f"`{law.likelihood}`: {kind}",
        "Cost": f"{_cell(cost_name(law.cost))} FLOPs",
        "Best size": _best_size(law),
    }
    lines = [f"| {name} | {text} |" for name, text in rows.items() if text]
    return "\n".join(["| | |", "|---|---|", *lines])


def _best_size(law: Law) -> str:
    if not law.is_allocation:
        return "none: this law does not say how to spend a budget"
    how = "in closed form" if law.optimum is not None else "searched draw by draw"
    given = ", ".join(f"`--given {x}=...`" for x in law.given)
    return how + (f"; also needs {given}" if given else "")


def _usage(law: Law) -> list[str]:
    lines = [f"bayesfit run --model {law.name} --quick"]
    if law.is_allocation and not law.given:
        lines.append(f"bayesfit optimum --model {law.name} --flops 1e24")
    return ["```sh\n" + "\n".join(lines) + "\n```"]


# ------------------------------------------------------------------------------------ parameters


def _parameters(law: Law, name: str, with_pictures: bool) -> str:
    """The paper's parameters: meaning, what the priors allow, what papers print."""
    allowed = _allowed(name) if with_pictures else {}
    shown = [x for x in law.symbols if x in allowed or not allowed]
    shown = shown or list(allowed)
    sources = [p.source for p in law.published]
    head = ["parameter", "meaning", *(["prior, 80 %"] if allowed else []), *sources]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for x in shown:
        cells = [str(_symbol(x)), _cell(law.symbols.get(x, ""))]
        cells += [allowed[x]] if allowed else []
        cells += [_printed(p, x) for p in law.published]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _symbol(name: str) -> Markup:
    try:
        return formulas.math(name)
    except formulas.NotAFormula:
        return Markup("<code>{}</code>").format(name)


def _printed(published: Any, name: str) -> str:
    if name not in published.values:
        return ""
    error = published.errors.get(name)  # no digit of a paper is rounded away: optima need them
    text = f"{published.values[name]:.6g}" + (f" ± {error:.4g}" if error else "")
    return text.replace("e+", "e")


def _allowed(name: str) -> dict[str, str]:
    """Parameter -> the middle four fifths of its prior, at the default table's reference run."""
    try:
        found = pictures.allowed(name)
    except InputError:
        return {}
    return {x: interval(low, high, like(low, high)) for x, (low, high) in found.items()}


def _priors(law: Law, name: str, with_pictures: bool) -> list[str]:
    """The priors as the file states them, and what they look like as curves."""
    text = (
        textwrap.dedent(inspect.getsource(law.priors)) if law.priors.__name__ != "<lambda>" else ""
    )
    parts = ["## Priors", PRIORS]
    if text:
        parts.append(f"```python\n{text.rstrip()}\n```")
    if with_pictures and pictures.picture(name, "along"):
        parts += [
            _figure(name, "along", ALONG),
            "## On its default table",
            _figure(name, "runs", RUNS),
        ]
    return parts


PRIORS = (
    "Priors are on parameters at a reference run `ref`, the geometric mean of the runs, so that "
    "they mean the same for any tokenizer and size. Replace one by name: "
    "`--prior 'NAME=LogNormal(-1, 0.3)'`."
)
ALONG = (
    "Prior predictive curves: the response against each input, the others at the reference run. "
    "Lines are single prior draws, bands hold 80 and 95 % of them, grey marks the table's range; "
    "black lines are the law at published estimates, where a paper prints every parameter."
)
RUNS = (
    "Left: every run of the default table in the 80 and 95 % bands that the priors give it before "
    "any fit. Right: observed against the Huber estimate. Nothing here is a posterior: "
    "<code>bayesfit run</code> makes that."
)


def _figure(name: str, what: str, caption: str) -> str:
    alt = escape(caption.partition(":")[0])
    return (
        f'<figure class="chart" markdown="span">\n![{alt} of {name}]({name}-{what}.svg)\n'
        f"<figcaption>{caption}</figcaption>\n</figure>"
    )


# ----------------------------------------------------------------------------------------- traps


def _traps(law: Law, name: str) -> list[str]:
    """What the file declares that catches people, and what somebody wrote beside it."""
    lines = []
    if law.rows != "final":
        lines.append(
            f"It is fitted to {ROWS[law.rows]}: give a table of training curves with `run`."
        )
    if law.random:
        said = ", ".join(f"`{x}`" for x in law.random)
        lines.append(f"The Huber MLE knows no priors: it holds {said} at the middle of the prior.")
    if law.given:
        said = ", ".join(f"`{x}`" for x in law.given)
        lines.append(
            f"A planner does not choose {said}: say with `--given` what you will train with."
        )
    for x, least in law.least.items():
        lines.append(f"`{x}` is at least {least:g}.")
    if likelihoods.load(law.likelihood).bend is None and law.is_of_loss:
        lines.append(
            f"Its likelihood `{law.likelihood}` takes the law to be true: bands far beyond the "
            "data are too narrow. [Why](../concepts/misfit.md)."
        )
    note = NOTES / f"{name}.md"
    written = note.read_text(encoding="utf-8").strip() if note.exists() else ""
    body = "\n".join(f"* {line}" for line in lines)
    return ["## Traps", *filter(None, [written, body])] if body or written else []
