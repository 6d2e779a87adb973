"""What `bayesfit budget` does: ask, print, and write the page for a committee."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from bayesfit import questions
from bayesfit.commands import _fitting as fits
from bayesfit.commands._asking import answered
from bayesfit.inference.devices import is_first
from bayesfit.output import console, forms, place, progress, proposal
from bayesfit.text import printable


def budget(ctx: click.Context, options: Mapping[str, Any], **asked: Any) -> None:
    """Everything behind the command.

    Args:
        options: those of `_options.asking`.
        asked: options of the question; None and empty ones are left to it.

    Raises:
        InputError: something given cannot be used; nothing has been written then.
    """
    needed = None if options["out"] is None else questions.STAGES  # the page has checks and figures
    fit, answer = answered(ctx, "budget", options, asked, needed)
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
    page = printable(str(options["out"] / "budget.html"))
    fits.screen(options).print(f"\nPage: {page}", style="bold")
