"""What `bayesfit compare` does: open fits, or fit several laws to one table; compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bayesfit.commands import _fitting as fits
from bayesfit.commands._asking import check_out, deliver
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.inference.devices import is_first
from bayesfit.output import progress
from bayesfit.questions import load
from bayesfit.questions.compare import compare as compared


def compare(
    ctx: click.Context,
    results: Sequence[Path],
    models: str | None,
    flops: Sequence[float],
    options: Mapping[str, Any],
) -> None:
    """Everything behind `bayesfit compare`; a law that the table does not allow is left out.

    Raises:
        InputError: something given cannot be used, or fewer than two laws can be fitted.
    """
    fits.check_source(ctx, dict(options) | dict(models=models), bool(results), "models")
    if results:
        fits.start({})
        check_out(options)
        return deliver(compared([fits.opened(folder) for folder in results], flops), options)
    fits.start(options)
    assert models is not None
    first, *others = dict.fromkeys(models.split(","))
    if not others:
        raise InputError("a comparison needs two laws: name them with commas, --models a,b")
    wanted = {first: fits.task(ctx, options, first)}
    # All of them are fitted to one table; if none is named, to that of the first law.
    options = dict(options) | dict(table=options["table"] or wanted[first].law.default_data)
    wanted |= {name: fits.task(ctx, options, name) for name in others}
    runs = wanted[first].runs
    out = options["out"] or Path("results") / "compare" / runs.name
    options |= dict(out=out)
    check_out(options)
    fits.screen(options).print(f"{len(wanted)} laws side by side", style="bold")
    fits.opening(wanted[first], options)
    found, left_out = _fitted(wanted)
    answer = compared(found, flops)
    return deliver(replace(answer, sentences=[*answer.sentences, *left_out]), options)


def _fitted(wanted: Mapping[str, fits.Task]) -> tuple[dict[str, Fit], list[str]]:
    """Law -> fit, and sentences about the laws that could not be fitted.

    Args:
        wanted: what the user calls a law -> what is to be fitted.
    """
    found: dict[str, Fit] = {}
    left_out: list[str] = []
    less = fits.needing(load("compare").stages)
    for called, task in wanted.items():
        name = called if task.law.name in found else task.law.name
        try:
            with progress.progress(quiet=not is_first()) as tell:
                found[name] = task.fit(_prefixed(tell, name), **less)
        except InputError as error:
            left_out.append(f"{name} is left out: {error}")
    if len(found) < 2:
        raise InputError("; ".join(left_out or ["a comparison needs two laws: name more of them"]))
    return found, left_out


def _prefixed(tell: progress.Stage, name: str) -> progress.Stage:
    return lambda stage, done, total: tell(f"{name}: {stage}", done, total)
