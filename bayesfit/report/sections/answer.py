"""The answer in words: how large a model on how many tokens, how sure, and at what loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isinf
from typing import Any

from markupsafe import Markup

from bayesfit.constants import BEYOND, UNSEEN
from bayesfit.formatting import count, flops, like, number, percent
from bayesfit.report._environment import between, fill
from bayesfit.report.sections import Context, Section

Row = Mapping[str, Any]

TEMPLATE = """\
{% if verdicts.FAIL %}
<p class="stop"><b>Do not use these numbers yet:</b> {{ verdicts.FAIL }} of the checks below
failed.</p>
{% endif %}
{% for sentences in answers %}
<p>{{ sentences | join(" ") }}</p>
{% else %}
<p>This law has no size to choose for a budget; its results stand in the tables below.</p>
{% endfor %}
<p class="note">{{ notes | join(" ") }}</p>
"""


def html(context: Context) -> str:
    """One paragraph a budget, or a group; then what the bands rest on."""
    answers = [[*sentences(row, context)] for row in chosen(context["optima"], context["asked"])]
    verdicts = counted(context["findings"])
    notes = [*_notes(context, verdicts)]
    return fill(TEMPLATE, answers=answers, verdicts=verdicts, notes=notes)


def chosen(optima: Sequence[Row], asked: Sequence[float]) -> list[Row]:
    """The rows to speak of: budgets asked for, or else three that span the table.

    Of a law with groups, every group at one budget: the largest asked for, or else of the table.
    """
    wanted = [row for row in optima if any(abs(row["C"] / C - 1) < 1e-6 for C in asked)]
    if any("group" in row for row in optima):
        largest = max(row["C"] for row in wanted or optima)
        return [row for row in optima if row["C"] == largest]
    if wanted or len(optima) <= 3:
        return wanted or list(optima)
    return [optima[0], optima[len(optima) // 2], optima[-1]]


def counted(findings: Sequence[Row]) -> dict[str, int]:
    """How many checks failed, want a review, and passed."""
    return {
        verdict: sum(finding["verdict"] == verdict for finding in findings)
        for verdict in ("FAIL", "REVIEW", "PASS")
    }


def sentences(row: Row, context: Context) -> Iterator[Markup]:
    """What one row of the optima comes to."""
    budget, missing = Markup("<b>{} FLOPs</b>").format(flops(row["C"])), _missing(row)
    start = Markup("With {}{},").format(budget, _of_group(row, context))
    if isinf(row["N"]):
        yield Markup("{} this fit has no best size: {} of the draws have none.").format(
            start, missing
        )
    else:
        yield Markup("{} train <b>{} parameters</b> on <b>{} tokens</b> {}").format(
            start, count(row["N"]), count(row["D"]), _expected(row)
        )
        yield from _bands(row)
        if missing:
            yield Markup("{} of the draws have no best size and count as infinite.").format(missing)
    yield from _extrapolated(row, context)


def _missing(row: Row) -> str:
    """The share of draws without a best size; empty if all have one."""
    share = row.get("without_optimum", 0)
    return percent(share) if share > 0 else ""


def _extrapolated(row: Row, context: Context) -> Iterator[Markup]:
    """How far the budget lies beyond the runs."""
    largest = row.get("largest_flops", context["data"].get("largest_flops"))
    if largest and row["C"] > BEYOND * largest:
        yield Markup("This budget is {} times that of the largest run {}fitted.").format(
            number(row["C"] / largest, 2), "of its group " if _is_seen(row) else ""
        )


def _is_seen(row: Row) -> bool:
    return row.get("group", UNSEEN) != UNSEEN


def _of_group(row: Row, context: Context) -> str:
    """Which group a row is about."""
    if "group" not in row:
        return ""
    column = context["law"]["group"] or "group"
    return f" for {column} {row['group']}" if _is_seen(row) else f" for any other {column}"


def _expected(row: Row) -> Markup:
    """Tokens per parameter, and the loss of building this very size."""
    ratio = Markup("({} tokens per parameter)").format(number(row["tokens_per_parameter"]))
    if not _has_loss(row):
        return ratio + "."
    say = like(row["loss_at_N_lo80"], row["loss_at_N_hi80"])
    return Markup("{} and expect a loss of <b>{}</b>.").format(ratio, say(row["loss_at_N"]))


def _has_loss(row: Row) -> bool:
    return "loss_at_N" in row and row["loss_at_N"] == row["loss_at_N"]


def _bands(row: Row) -> Iterator[Markup]:
    """The 80 % and 95 % bands of the best size, and of the loss of the size recommended."""
    sizes = _both(row, "N", count)
    yield Markup("The 80 % band of the best size is {}, the 95 % band {}.").format(*sizes)
    if _has_loss(row):
        losses = _both(row, "loss_at_N", like(row["loss_at_N_lo80"], row["loss_at_N_hi80"]))
        yield Markup("For the loss of the size named they are {} and {}.").format(*losses)


def _both(row: Row, name: str, say: Callable[[float], str]) -> list[str]:
    return [between(row[f"{name}_lo{level}"], row[f"{name}_hi{level}"], say) for level in (80, 95)]


def _notes(context: Context, verdicts: Mapping[str, int]) -> Iterator[str]:
    yield "Bands are of the posterior: they are right as far as the likelihood is."
    if context["measured"]:
        yield context["measured"]
    held = context["coverage"]
    if held:
        yield (
            f"On these runs: in {held['refits']} refits on the smaller runs, "
            f"{percent(held['inside80'])} of {held['runs']} held-out losses fell inside their 80 % "
            f"band and {percent(held['inside95'])} inside their 95 % band."
        )
    elif context["optima"]:
        yield "How often they hold beyond the data has not been measured here."
    if context["findings"]:
        wanted = verdicts["REVIEW"]
        yield (
            f"Of {len(context['findings'])} checks, {verdicts['PASS']} passed, {wanted} "
            f"want{'s' if wanted == 1 else ''} a look and {verdicts['FAIL']} failed."
        )


section = Section("The answer", 10, html, lambda context: context["budget"] is None)
