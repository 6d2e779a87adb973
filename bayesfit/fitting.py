"""Fit a law to runs both ways, stage by stage; and reopen a fit.

runs = bayesfit.load("pile")
fit = bayesfit.fit("chinchilla_approach3", runs)
fit.optimum(1e25)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

from bayesfit import artifacts, datasets, likelihoods, stages
from bayesfit.computing import in_double, make_room, seconds_compiling
from bayesfit.constants import MOST_RUNS
from bayesfit.errors import InputError
from bayesfit.extrapolation.refits import Refit
from bayesfit.fitted import Fit
from bayesfit.inference.draws import Draws
from bayesfit.inference.mle import DELTA, Minimum
from bayesfit.inference.nuts import TARGET_ACCEPT
from bayesfit.later import Later
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.models import load as load_law
from bayesfit.priors import Prior
from bayesfit.stages import STAGES, Report, Settings, Task, quiet


@in_double
def fit(
    law: str | Path | Law,
    runs: Any,
    *,
    held_out: Any = None,
    group: str | None = None,
    vary: Sequence[str] | None = None,
    priors: Mapping[str, Prior] | None = None,
    likelihood: str | Likelihood | None = None,
    refits: bool = True,
    delta: float = DELTA,
    starts: int | str = 128,
    bootstrap: int = 1000,
    chains: int = 16,
    draws: int = 500,
    target_accept: float = TARGET_ACCEPT,
    seed: int = 0,
    most_runs: int = MOST_RUNS,
    folder: str | Path | None = None,
    progress: Report = quiet,
) -> Fit:
    """Fit `law` to `runs` by the Huber MLE with a bootstrap, and by a NUTS posterior.

    Args:
        law: a name (see `bayesfit models`), the path of a law file, or a `Law`.
        runs: a table: Runs, a pandas or polars DataFrame, a dict of columns, a path, or the name of
            a built-in one.
        held_out: another table, whose runs are kept from the fit and predicted.
        group: a column of labels over which the law's parameters are pooled (`bayesfit.pooling`).
        vary: which of its parameters differ between groups; all if omitted.
        priors: parameter at the reference run -> another prior for it (`bayesfit.priors`).
        likelihood: of the posterior (`bayesfit.likelihoods`); the law's own if omitted.
        refits: whether the smaller runs may be fitted too, once somebody looks at how such fits
            extrapolate (`Fit.holdouts`).
        delta: Huber's threshold of the MLE, in log loss.
        starts: how many prior draws the MLE starts from, or "grid" for the law's published grid.
        bootstrap: number of resamples; 0 for none.
        chains: of NUTS.
        draws: of each chain, after warm-up.
        target_accept: mean acceptance that the sampler's step sizes aim at.
        seed: of every random number.
        most_runs: of a larger table the MLE takes all runs, and the posterior, checks and figures
            this many, spread evenly from the smallest to the largest.
        folder: where each stage is kept as soon as it is finished; that of the refits, once they
            are looked at. Stages of the same task that are there already are read, not computed
            again.
        progress: called with (stage, done, total) as work goes on.

    Raises:
        InputError: the table lacks a column that the law reads, or has fewer runs than parameters;
            or an argument cannot be used.

    Examples:
        >>> fit = bayesfit.fit("chinchilla_approach3", "pile")
        >>> fit
        <Fit of chinchilla_approach3 to pile: 29 runs; ...>
        >>> {"mle", "posterior_lo80", "posterior_hi80"} <= set(fit.exponents().columns)
        True
    """
    make_room()
    found = law if isinstance(law, Law) else load_law(law)
    kind = likelihoods.load(likelihood) if isinstance(likelihood, str) else likelihood
    settings = Settings(
        refits=refits, delta=delta, starts=starts,
        bootstrap=bootstrap, chains=chains, draws=draws, target_accept=target_accept, seed=seed,
        most_runs=most_runs,
    )  # fmt: skip
    given = datasets.as_runs(runs)
    kept = None if held_out is None else datasets.as_runs(held_out)
    task = stages.task(found, kind, given, kept, settings, group=group, vary=vary, replaced=priors)
    keep = _Keep(None if folder is None else Path(folder).absolute(), task)
    mle = keep.stage("estimate", partial(stages.estimate, task), progress)
    resampled = keep.stage("bootstrap", partial(stages.bootstrap, task, mle), progress)
    posterior = keep.stage("posterior", partial(stages.posterior, task, mle), progress)
    smaller = keep.later("refits", partial(stages.refits, task), progress)
    return _assembled(task, mle, resampled, posterior, smaller, keep.seconds, keep.compiling)


def _assembled(
    task: Task,
    mle: Minimum,
    bootstrap: Draws | None,
    posterior: Draws,
    smaller: Later[Sequence[Refit]],
    timings: Mapping[str, float],
    compiling: Mapping[str, float],
) -> Fit:
    best = stages.estimates(task.problem, mle.best().q[None])
    return Fit(
        law=task.law,
        likelihood=task.likelihood,
        runs=task.runs,
        held_out=task.held_out,
        problem=task.problem,
        mle=mle,
        estimate={name: x[0] for name, x in best.items()},
        posterior=posterior,
        bootstrap=bootstrap,
        smaller=smaller,
        task=task,
        timings=timings,
        compiling=compiling,
    )


class _Keep:
    """Runs each stage once: reads it from the folder if it is there, keeps it if there is one."""

    def __init__(self, folder: Path | None, task: Task) -> None:
        self.folder, self.task = folder, task
        self.seconds: dict[str, float] = {}
        self.compiling: dict[str, float] = {}
        if folder is not None:
            with _writing(folder):
                artifacts.write_task(folder, task)

    def stage(self, name: str, compute: Callable[[Report], Any], progress: Report) -> Any:
        """The result of a stage."""
        assert name in STAGES
        if self.folder is not None:
            before = artifacts.finished(self.folder).get(name)
            if before is not None:
                self.seconds[name], self.compiling[name] = before
                return artifacts.read_stage(self.folder, name, self.task)
        progress(name, 0, 1)
        began, compiled = perf_counter(), seconds_compiling()
        result = compute(progress)
        self.seconds[name] = perf_counter() - began
        self.compiling[name] = seconds_compiling() - compiled
        if self.folder is not None:
            spent = (self.seconds[name], self.compiling[name])
            with _writing(self.folder):
                artifacts.write_stage(self.folder, name, result, spent)
        return result

    def later(self, name: str, compute: Callable[[Report], Any], progress: Report) -> Later[Any]:
        """A stage for when somebody looks at its result, who may say where progress goes."""

        @in_double
        def made(report: Report = progress) -> Any:
            if self.folder is not None and not artifacts.holds(self.folder, self.task):
                self.folder = None  # it is gone by now, or another fit's
            return self.stage(name, compute, report)

        return Later(made)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """InputError for a disk that takes no more, and whatever else a folder may refuse."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"the fit cannot be kept in {folder} ({error.strerror}): make room, or choose another "
            "folder"
        ) from error


@in_double
def open_fit(
    folder: str | PathLike[str], law: Law | None = None, likelihood: Likelihood | None = None
) -> Fit:
    """A fit that was saved, or a results folder of `bayesfit run`; nothing is fitted.

    Args:
        folder: of `Fit.save`, or of `bayesfit run`.
        law: that of the fit, if it was made in Python and has no file.
        likelihood: that of the fit, likewise.

    Raises:
        InputError: the folder holds no whole fit, or one that was changed since.

    Examples:
        >>> bayesfit.fit("chinchilla_approach3", "pile").save("results/first")
        >>> bayesfit.open("results/first").law
        <Law chinchilla_approach3: Chinchilla, approach 3: L(N, D) = E + ...>
    """
    place = Path(folder)
    place = place / "fit" if os.path.exists(place / "fit" / artifacts.RECORD) else place
    task = artifacts.read_task(place, law, likelihood)
    record = artifacts.record(place)
    if not record.get("complete") or set(STAGES) - set(record.get("stages") or ()):
        raise InputError(
            f"{folder} holds a fit that was never finished: go on with --resume, or in Python by "
            "the same fit with its folder, and save that"
        )
    mle, bootstrap, posterior, refits = (
        artifacts.read_stage(place, stage, task) for stage in STAGES
    )
    spent = artifacts.finished(place)
    fit = _assembled(
        task, mle, bootstrap, posterior, Later(lambda *_: refits),
        timings={stage: x[0] for stage, x in spent.items()},
        compiling={stage: x[1] for stage, x in spent.items()},
    )  # fmt: skip
    fit.__dict__.update(artifacts.read_answers(place))  # what else was worked out of it already
    return fit
