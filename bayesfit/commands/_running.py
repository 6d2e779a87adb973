"""What `bayesfit run` does: fit, print the numbers, check them, draw, and keep all in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import click

from bayesfit import artifacts, explorer, questions, report, stopping
from bayesfit.answers import Answer, plain
from bayesfit.commands import _fitting as fits
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.inference.devices import is_first
from bayesfit.output import console, folder, place, progress
from bayesfit.output.painters import Paint, painters
from bayesfit.questions.overview import looked_over, numbers
from bayesfit.text import printable

RESUME = "the same command with --resume goes on from here"


def run(
    ctx: click.Context,
    options: Mapping[str, Any],
    *,
    flops: Sequence[float],
    out: Path | None,
    resume: bool,
    figures: bool,
    command: str,
) -> None:
    """Everything behind `bayesfit run`; the options are those of the command line.

    Raises:
        InputError: something given cannot be used; nothing has been written then.
    """
    _check(options, resume)
    fits.start(options)
    wanted = fits.task(ctx, options)
    questions.load("overview").check(wanted.fitted_law, wanted.runs, dict(flops=flops))
    target = out or Path("results") / wanted.law.name / wanted.runs.name
    if is_first():
        place.check_writable(target, None if out else wanted.data)
    fits.opening(wanted, options)
    work = None if options["distributed"] else artifacts.Work(target, resume)
    if work is not None and resume:
        fits.screen(options).print(_resumed(work.folder), style="dim")
    with ExitStack() as until_written:
        if work is not None:
            until_written.enter_context(stopping.can_go_on(RESUME))
        with progress.progress(quiet=not is_first()) as tell:
            Thread(target=_imports, name="bayesfit imports", daemon=True).start()
            fitted = wanted.sampled(tell, folder=work and work.folder)
            first = numbers(fitted, flops=flops)
        text = is_first() and fits.form(options) == "text"
        if text:
            console.show(first)
        with progress.progress(quiet=not is_first()) as tell:
            fitted.smaller(tell)
            # They start while checks, which use one core, go on.
            some = painters() if figures and is_first() else painters(0)
            paint = until_written.enter_context(some)
            tell("checks", 0, 1)
            answer = looked_over(fitted, first)
        answer = answer if figures else replace(answer, figures={})
        if not is_first():
            return
        console.show(answer.after(first) if text else answer, fits.form(options))
        settings = wanted.recorded | dict(command=command, flops=list(flops))
        write(fitted, answer, settings, target, paint, wanted.data)
    if work is not None:
        work.done()
    seconds, page = sum(fitted.timings.values()), printable(str(target / "report.html"))
    fits.screen(options).print(f"\nFitted in {seconds:.1f} s. Report: {page}", style="bold")


def _imports() -> None:
    """Import what checks and figures need, while the arithmetic, which needs no Python, goes on."""
    import h5netcdf  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import scipy.stats  # noqa: F401


def _resumed(folder: Path) -> str:
    """What of an earlier run is there to go on from."""
    stages = ", ".join(artifacts.finished(folder))
    if not stages:
        return "Nothing to resume: the fit starts anew."
    return f"Finished before: {stages}; used if the law, the table and the settings are the same."


def _check(options: Mapping[str, Any], resume: bool) -> None:
    """Complain of options before anything is loaded."""
    if options["model"] is None:
        raise InputError("name a law with --model; `bayesfit models` lists them")
    if options["distributed"] and resume:
        raise InputError("--distributed keeps no stages to go on from: leave --resume out")


def write(
    fitted: Fit,
    answer: Answer,
    settings: Mapping[str, Any],
    target: Path,
    paint: Paint,
    data: str = "",
) -> None:
    """Tables, figures, the fit itself, the record and the report, all of them or none.

    Args:
        paint: who paints the figures.
        data: hash of the table that the fit is to.
    """
    started = perf_counter()
    with place.replaced(target, data) as new, progress.progress() as tell:
        given = folder.given(answer, paint, tell)
        folder.write_tables(answer, new)
        fitted.save(new / "fit")
        context = report.context(fitted, answer, settings)
        context["explorer"] = explorer.explored(fitted, answer.facts["asked"])
        pictures = folder.painted(given)
        folder.write_figures(pictures, new)
        page = report.render(context, {name: x.png for name, x in pictures.items()})
        (new / "report.html").write_text(page, encoding="utf-8")
        record = plain(dict(answer.facts) | dict(settings=dict(settings)))
        record["seconds"]["results"] = round(perf_counter() - started, 3)
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        (new / "run.json").write_text(text + "\n", encoding="utf-8")
