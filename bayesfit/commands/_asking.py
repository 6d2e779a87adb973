"""What every command that asks one fit a question does: get the fit, ask, print, write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import click

from bayesfit import questions
from bayesfit.answers import Answer
from bayesfit.commands import _fitting as fits
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.inference.devices import is_first
from bayesfit.output import console, folder, place, progress
from bayesfit.prior_fit import from_priors
from bayesfit.questions._check import joined_with
from bayesfit.questions._laws import identified
from bayesfit.questions.backtest import backtest as backtested
from bayesfit.questions.predict import read_run
from bayesfit.text import printable


def ask(ctx: click.Context, name: str, options: Mapping[str, Any], **asked: Any) -> None:
    """Ask a question by its name.

    Args:
        options: those of `_options.asking`.
        asked: options of the question; None and empty ones are left to the question.

    Raises:
        InputError: something given cannot be used; nothing has been written then.
    """
    deliver(answered(ctx, name, options, asked)[1], options)


def ask_priors(
    ctx: click.Context, name: str, options: Mapping[str, Any], around: str, **asked: Any
) -> None:
    """Ask a law before any run.

    Args:
        around: the reference run, as N=1e8,D=2e9,loss=3.3.
        asked: options of the question; None and empty ones are left to the question.

    Raises:
        InputError: a table or results are given too, or something else that cannot be used.
    """
    given = [option for option in ("results", "table") if options[option] is not None]
    if given or options["model"] is None:
        raise InputError("--around stands for a fit: give it with --model, without data or results")
    check_out(options)
    fits.start(options)
    found = from_priors(
        fits.law_of(options["model"]),
        read_run(around),
        likelihood=options["likelihood"],
        seed=options["seed"],
    )
    deliver(found.ask(name, **_given(asked)), options)


def answered(
    ctx: click.Context,
    name: str,
    options: Mapping[str, Any],
    asked: Mapping[str, Any],
    needed: Collection[str] | None = None,
) -> tuple[Fit, Answer]:
    """The fit, and its answer to a question.

    Args:
        needed: stages of the fit, if not those of the question.
    """
    question = questions.load(name)
    check_out(options)
    chosen = _given(asked)
    fit = fits.fitted(ctx, options, question, chosen, needed)
    return fit, question.ask(fit, **chosen)


def backtest(ctx: click.Context, options: Mapping[str, Any], by: str) -> None:
    """A backtest; without a fit of all runs, which it does not look at."""
    if options["results"] is not None:
        return ask(ctx, "backtest", options, by=by)
    question = questions.load("backtest")
    fits.check_source(ctx, options, False, "model")
    check_out(options)
    fits.start(options)
    wanted = fits.task(ctx, options)
    question.check(wanted.law, wanted.runs, dict(by=by))
    fits.opening(wanted, options)
    with progress.progress(quiet=not is_first()) as tell:
        answer = backtested(wanted.bound(), by=by, progress=partial(tell, "refits"))
    deliver(answer, options)
    return None


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given; the others are left to the question."""
    return {key: x for key, x in asked.items() if x not in (None, "", ())}


def check_out(options: Mapping[str, Any]) -> None:
    """Complain about the output folder before the work starts."""
    if options["out"] is not None and is_first():
        place.check_writable(options["out"])


def look_over(first: Answer, runs: Runs, options: Mapping[str, Any]) -> None:
    """What a table holds, and then what it could say of each law, which takes longer.

    People read the former while they wait; a program gets both as one answer.
    """
    text = fits.form(options) == "text"
    if text and is_first():
        listed = {name: table for name, table in first.tables.items() if name != "laws"}
        console.show(replace(first, tables=listed))
    with progress.progress(quiet=not is_first()) as tell:
        of_laws = identified(runs, partial(tell, "laws"))
    whole = joined_with(first, of_laws)
    if text and is_first():
        console.show(of_laws)
        return keep(whole, options)
    return deliver(whole, options)


def deliver(answer: Answer, options: Mapping[str, Any]) -> None:
    """Print an answer, then write it where a folder is given."""
    if is_first():
        console.show(answer, fits.form(options))
    keep(answer, options)


def keep(answer: Answer, options: Mapping[str, Any]) -> None:
    """Write an answer where a folder is given."""
    if options["out"] is None or not is_first():
        return
    with place.replaced(options["out"]) as new, progress.progress() as tell:
        folder.write(answer, new, tell)
    fits.screen(options).print(
        f"\nTables and figures: {printable(str(options['out']))}", style="bold"
    )


def read_pairs(pairs: Iterable[str]) -> dict[str, Any]:
    """Options of a question from NAME=VALUE; a name that comes twice has a list of values.

    Raises:
        InputError: one has no name or no value.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (name.strip() and equals and text.strip()):
            raise InputError(f"cannot read {pair!r}: write an option as name=value")
        key, value = name.strip().replace("-", "_"), _value(text.strip())
        found[key] = [*_listed(found[key]), value] if key in found else value
    return found


def _value(text: str) -> Any:
    """A number, several with commas between, true or false; or else the text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        numbers = [_number(part) for part in text.split(",")]
    except ValueError:
        return text
    return numbers[0] if len(numbers) == 1 else numbers


def _number(text: str) -> int | float:
    """A whole number where it is written as one: some options count things."""
    return int(text) if text.strip().isdecimal() else float(text)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
