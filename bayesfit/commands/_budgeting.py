"""What `bayesfit budget` does: ask, print, and write the page for a committee."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from bayesfit import questions
from bayesfit.commands import _fitting as fits
from bayesfit.commands._asking import check_out
from bayesfit.inference.devices import is_first
from bayesfit.output import console, place, progress, proposal
from bayesfit.report import forms


def budget(ctx: click.Context, options: Mapping[str, Any], **asked: Any) -> None:
    """Everything behind the command.

    Args:
        options: those of `_options.asking`.
        asked: options of the question; None and empty ones are left to it.

    Raises:
        InputError: something given cannot be used; nothing has been written then.
    """
    question = questions.load("budget")
    check_out(options)
    stages = question.stages if options["out"] is None else questions.STAGES
    chosen = {key: x for key, x in asked.items() if x not in (None, "", ())}
    fit = fits.fitted(ctx, options, question, chosen, stages)
    answer = question.ask(fit, **chosen)
    if not is_first():
        return
    form = fits.form(options)
    if form in forms.names():
        click.echo(forms.filled(form, fit, answer))
    else:
        console.show(answer, form)
    if options["out"] is None:
        return
    settings = dict(command=" ".join(["bayesfit", *sys.argv[1:]]))
    with place.replaced(options["out"]) as new, progress.progress() as tell:
        proposal.write(fit, answer, new, settings, tell, form * (form in forms.names()))
    fits.screen(options).print(f"\nPage: {options['out'] / 'budget.html'}", style="bold")
