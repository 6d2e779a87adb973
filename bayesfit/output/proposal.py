"""A budget as files: the page for a committee, the same as Markdown and JSON, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayesfit import explorer, questions, report
from bayesfit.answers import Answer
from bayesfit.fitted import Fit
from bayesfit.output import console, folder, forms
from bayesfit.output.progress import Stage, silent
from bayesfit.prediction import rules

TERA = 1e12
SCHEMA = "budget.schema.json"
FIGURES = ("frontier", "loss_at_scale", "calibration")  # of the fit, beside those of the budget


def _start(answer: Answer) -> dict[str, Any]:
    """What the explorer opens with: the limits, the group and the machines of the answer."""
    planning, cluster = answer.facts["planning"], answer.facts["cluster"]
    limits = ("largest_N", "largest_D", "inference_tokens", "given")
    money = {name: cluster[name] for name in ("mfu", "price", "gpus")}
    start = dict(group=answer.facts["within"], peak=cluster["peak"] / TERA) | money
    return start | {name: planning[name] for name in limits if name in planning}


def write(
    fit: Fit,
    answer: Answer,
    place: Path,
    settings: Mapping[str, Any] | None = None,
    progress: Stage = silent,
    form: str = "",
) -> None:
    """Write `budget.html`, `budget.md`, `budget.json`, a CSV for each table, and figures.

    `budget.schema.json` goes with them: the JSON Schema of `budget.json`.

    Args:
        answer: of ``fit.ask("budget", ...)``.
        place: an empty folder, such as `bayesfit.output.place.replaced` makes.
        settings: what the user asked for, for the record; `command` is shown by itself.
        form: also `FORM.md`, the justification for an allocation body (`bayesfit.output.forms`).
    """
    overview = questions.ask(fit, "overview", flops=answer.facts["flops"])
    more = {name: overview.figures[name] for name in FIGURES if name in overview.figures}
    pictures = folder.draw(replace(answer, figures={**answer.figures, **more}), progress)
    folder.write_tables(answer, place)
    folder.write_figures(pictures, place)
    context = report.context(fit, overview, settings or {}, answer)
    rule = answer.facts["planning"]["rule"]
    cost = None if rule is None else rules.read(rule)
    context["explorer"] = explorer.explored(fit, [answer.facts["flops"]], cost, _start(answer))
    page = report.render(context, {name: x.png for name, x in pictures.items()})
    texts = dict(html=page, md=console.markdown(answer) + "\n", json=console.as_json(answer) + "\n")
    if form:
        (place / f"{form}.md").write_text(forms.filled(form, fit, answer), encoding="utf-8")
    (place / SCHEMA).write_bytes((Path(__file__).parent / SCHEMA).read_bytes())
    for ending, text in texts.items():
        (place / f"budget.{ending}").write_text(text, encoding="utf-8")
