"""From the options of a command to a fit: opened, or made with the stages that are needed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource
from rich.console import Console

from bayesfit import likelihoods, stages
from bayesfit.artifacts import LAW
from bayesfit.data.rows import explained
from bayesfit.data.runs import Runs
from bayesfit.datasets import load as load_runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.fitting import fit, open_fit
from bayesfit.inference import devices
from bayesfit.law import Law
from bayesfit.models import load as load_law
from bayesfit.output import console, progress
from bayesfit.output.progress import Stage
from bayesfit.pooling import pooled
from bayesfit.questions import Question
from bayesfit.text import printable

QUICK = dict(chains=8, draws=200, bootstrap=200)
# Options that decide what is fitted; a fit that is opened has its own.
CHOICES = (
    *("table", "columns", "names", "where", "train", "group", "vary", "loss_step", "all_runs"),
)
SETTINGS = (
    "likelihood", "starts", "chains", "draws", "bootstrap", "target_accept", "seed",
    "most_runs",
)  # fmt: skip
OTHERS = ("model", "models", "priors", "quick", "device", "distributed")
Options = Mapping[str, Any]


class Task(NamedTuple):
    """What is to be fitted, and how.

    Attributes:
        law, runs, held_out: the law, the runs to be fitted, and those kept to score predictions.
        settings: arguments of `bayesfit.fitting.fit`.
        recorded: the same and the other options, for the record.
        data: hash of the table that the runs are from.
    """

    law: Law
    runs: Runs
    held_out: Runs | None
    settings: dict[str, Any]
    recorded: dict[str, Any]
    data: str

    @property
    def fitted_law(self) -> Law:
        """The law as it is fitted: pooled, if a group is named."""
        group, vary = self.settings["group"], self.settings["vary"]
        return self.law if group is None else pooled(self.law, group, vary)

    def fit(self, tell: Stage, **more: Any) -> Fit:
        """The fit, with those to the smaller runs."""
        found = self.sampled(tell, **more)
        found.smaller(tell)
        return found

    def sampled(self, tell: Stage, **more: Any) -> Fit:
        """The fit as soon as its posterior is there."""
        return fit(
            self.law, self.runs, held_out=self.held_out, progress=tell, **self.settings | more
        )

    def bound(self) -> stages.Task:
        """The same without a fit, for questions that look at no stage of one but the refits."""
        plain = dict(self.settings)
        kind, group, vary, priors = (
            plain.pop(x) for x in ("likelihood", "group", "vary", "priors")
        )
        settings = stages.Settings(**plain)
        kind = None if kind is None else likelihoods.load(kind)
        return stages.task(
            self.law, kind, self.runs, None, settings, group=group, vary=vary, replaced=priors
        )


def start(options: Options) -> None:
    """Take the device that is asked for, before jax computes anything."""
    devices.choose(options.get("device"), options.get("distributed", False))


def task(ctx: click.Context, options: Options, model: str | None = None) -> Task:
    """Everything that options of a command say of a fit, checked before the work starts.

    Args:
        model: the law, if not that of the options.

    Raises:
        InputError: something cannot be used.
    """
    law = law_of(model or options["model"])
    settings = {name: options[name] for name in SETTINGS if options.get(name) is not None}
    settings.setdefault("likelihood", None)
    likelihoods.load(settings["likelihood"] or law.likelihood)
    if options.get("quick"):
        settings |= {name: x for name, x in QUICK.items() if not given(ctx, name)}
    vary = options["vary"].split(",") if options.get("vary") else None
    settings |= dict(group=options.get("group"), vary=vary, priors=_priors(options))
    table = table_of(options.get("table") or law.default_data, options)
    runs, held_out = chosen(table, options), None
    if options.get("train"):  # of whole runs: a condition on D must not cut through curves
        runs, held_out = explained(runs, law.rows).split(options["train"])
    recorded = settings | {
        name: options.get(name) for name in ("train", "where", "columns", "names", "loss_step")
    }
    return Task(law, runs, held_out, settings, recorded, table.sha256)


def law_of(name: str) -> Law:
    """The law of that name or file; that a file runs is said before it does."""
    if name.endswith(".py"):
        say_that_it_runs(Path(name))
    return load_law(name)


def say_that_it_runs(path: Path) -> None:
    """A note on stderr about a file that is run as a program, which it is with all rights."""
    if os.path.isfile(path) and devices.is_first():
        click.echo(
            f"note: {printable(str(path))} is run as Python code: use files you trust", err=True
        )


def given(ctx: click.Context, name: str) -> bool:
    """Whether the user gave an option on the command line."""
    return ctx.get_parameter_source(name) not in (None, ParameterSource.DEFAULT)


def table_of(name: str, options: Options) -> Runs:
    """A table, its headings read as the options say."""
    columns = _pairs(options.get("columns"), "--map", "loss=eval/c4_loss")
    names = options.get("names")
    return load_runs(name, all_runs=options.get("all_runs", False), columns=columns, names=names)


def chosen(runs: Runs, options: Options) -> Runs:
    """The runs of a table that are wanted, as precise as the options say."""
    if options.get("where") is not None:
        runs = runs.where(options["where"])
    step = options.get("loss_step")
    return runs if step is None else runs.with_column("loss_step", step)


def _priors(options: Options) -> dict[str, str]:
    """Parameter -> text of its prior."""
    return _pairs(options.get("priors"), "--prior", "alpha=LogNormal(-1, 0.3)")


def _pairs(texts: Iterable[str] | None, option: str, example: str) -> dict[str, str]:
    """Name -> text, of an option that is given as NAME=TEXT, once for each name.

    Raises:
        InputError: one has no name or no text, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(f"cannot read {option} {text!r}: write it as {example}")
        if name in found:
            raise InputError(f"{option} says twice what {name} is: {found[name]} and {value}")
        found[name] = value
    return found


def check_source(ctx: click.Context, options: Options, has_results: bool, wanted: str) -> None:
    """Complain unless either a folder of results or a law is given.

    Args:
        wanted: the option that names the law.

    Raises:
        InputError: both or neither, or an option that would change a fit that is there already.
    """
    fitting = [name for name in (*OTHERS, *CHOICES, *SETTINGS) if given(ctx, name)]
    if has_results and fitting:
        spelled = _spelled(ctx, fitting[0])
        raise InputError(
            f"a folder of results is fitted already, and {spelled} would change nothing: leave it "
            f"out, or give --{wanted} and --data in place of the folder"
        )
    if not has_results and options.get(wanted) is None:
        raise InputError(f"name a folder that `bayesfit run` wrote, or --{wanted} and --data")


def _spelled(ctx: click.Context, name: str) -> str:
    """An option as the user types it."""
    return next(p.opts[0] for p in ctx.command.params if p.name == name)


def opened(folder: Path) -> Fit:
    """The fit in a folder of results."""
    for part in ("fit", "."):
        say_that_it_runs(folder / part / LAW)
    return open_fit(folder)


def needing(needed: Collection[str]) -> dict[str, Any]:
    """Arguments of `fit` that leave out the stages that nobody looks at."""
    less: dict[str, Any] = {}
    if "bootstrap" not in needed:
        less["bootstrap"] = 0
    if "refits" not in needed:
        less["refits"] = False
    return less


def fitted(
    ctx: click.Context,
    options: Options,
    question: Question,
    asked: Options,
    needed: Collection[str] | None = None,
) -> Fit:
    """The fit that a question is asked of: opened from a folder, or made on the spot.

    Args:
        asked: options of the question, which are looked at before the fit.
        needed: stages of the fit, if not those of the question.
    """
    check_source(ctx, options, options["results"] is not None, "model")
    if options["results"] is not None:
        start({})
        return opened(options["results"])
    start(options)
    wanted = task(ctx, options)
    question.check(wanted.fitted_law, wanted.runs, asked)
    opening(wanted, options)
    with progress.progress(quiet=not devices.is_first()) as tell:
        return wanted.fit(tell, **needing(needed or question.stages))


def opening(wanted: Task, options: Options) -> None:
    """Say what is about to be fitted, if people read it."""
    runs = explained(wanted.runs, wanted.law.rows)
    more = stages.of_many(runs, wanted.settings.get("most_runs", stages.MOST_RUNS))
    console.opening(screen(options), wanted.law.formula, replace(runs, notes=(*runs.notes, *more)))


def form(options: Options) -> str:
    """The format of the answer."""
    return "json" if options["as_json"] else options["form"]


def screen(options: Options) -> Console:
    """Where remarks beside the answer go: nowhere if stdout is for a program."""
    return console.screen(quiet=form(options) != "text" or not devices.is_first())
