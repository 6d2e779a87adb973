"""The stages of a fit, one function each: estimate, bootstrap, posterior, refits.

A stage depends on the task and on the stages before it, never on when they ran: that is what lets a
fit be interrupted after any of them and go on later with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral, Real
from typing import Any, NoReturn

import jax
import numpy as np

from bayesfit import likelihoods
from bayesfit.binding import bind, explained
from bayesfit.computing import program
from bayesfit.constants import LEAST_RUNS, MOST, MOST_RUNS
from bayesfit.data.runs import Runs, as_labels
from bayesfit.data.spread import ORDERS, spread
from bayesfit.errors import InputError
from bayesfit.extrapolation import refits as smaller
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference import bootstrap as pairs
from bayesfit.inference import cluster_bootstrap as clusters
from bayesfit.inference import mle
from bayesfit.inference.draws import Draws
from bayesfit.inference.mle import Minimum
from bayesfit.inference.nuts import TARGET_ACCEPT, sample
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.likelihoods._offsets import sizes
from bayesfit.pooling import pooled
from bayesfit.priors import Prior, overridden
from bayesfit.problem import Problem, described, described_law
from bayesfit.progress import Progress

Report = Callable[[str, int, int], None]  # (stage, done, total)
STAGES = ("estimate", "bootstrap", "posterior", "refits")
UNITS = 2  # sizes for each parameter of the law that a bootstrap of whole sizes needs
LIKELIHOOD_CELLS = 2**23  # draws x runs of pointwise likelihood that are kept


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Settings:
    """How a fit is made; the fields are the arguments of `bayesfit.fitting.fit`."""

    refits: bool = True
    delta: float = mle.DELTA
    starts: int | str = 128
    bootstrap: int = 1000
    chains: int = 16
    draws: int = 500
    target_accept: float = TARGET_ACCEPT
    seed: int = 0
    most_runs: int = MOST_RUNS

    def __post_init__(self) -> None:
        lowest = dict(seed=0, chains=1, draws=1, bootstrap=0, starts=1, most_runs=LEAST_RUNS)
        for name, least in lowest.items():
            if name != "starts" or self.starts != "grid":
                wanted = f"a whole number from {least} to {MOST[name]}"
                self._plain(name, Integral, int, wanted)
                if not least <= getattr(self, name) <= MOST[name]:
                    self._refuse(name, wanted)
        self._plain("target_accept", Real, float, "a share, such as 0.95")
        if not 0 < self.target_accept < 1:
            self._refuse("target_accept", "a share, such as 0.95")
        self._plain("delta", Real, float, "a number above zero")
        if not 0 < self.delta < np.inf:
            self._refuse("delta", "a number above zero")
        if not isinstance(self.refits, (bool, np.bool_)):
            self._refuse("refits", "True or False")
        object.__setattr__(self, "refits", bool(self.refits))

    def _plain(self, name: str, kind: type, plain: Callable[[Any], Any], wanted: str) -> None:
        """Turn a number, which may be numpy's, into one of Python; True is no number."""
        value = getattr(self, name)
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
            self._refuse(name, wanted)
        object.__setattr__(self, name, plain(value))

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        wanted += ", or 'grid'" if name == "starts" else ""
        raise InputError(f"{name} is {getattr(self, name)!r}: give {wanted}")


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be fitted to what, and how.

    Attributes:
        law, likelihood: as they are fitted, groups and replaced priors included.
        base: the law as it was given, before it was pooled and its priors were replaced.
        given, runs: the table as it came, and the rows of it that the law explains; of a large one,
            `Settings.most_runs` of them, spread evenly.
        held_out_given, held_out: the same of the runs kept from the fit; None without any.
        problem: law, likelihood and runs, bound.
        whole: law and all rows, for the MLE, with the same reference run; `problem` itself unless
            the table is large.
        settings: how.
        group, vary: the column over which the law is pooled, and which of its parameters differ.
    """

    law: Law
    base: Law
    likelihood: Likelihood
    given: Runs
    runs: Runs
    held_out_given: Runs | None
    held_out: Runs | None
    problem: Problem
    whole: Problem
    settings: Settings
    group: str | None
    vary: tuple[str, ...] | None

    @property
    def is_large(self) -> bool:
        """Whether the table has more runs than a posterior takes."""
        return self.whole is not self.problem

    def about(self, method: str) -> dict[str, Any]:
        """Provenance of draws."""
        names = list(map(str, self.runs["run"])) if "run" in self.runs.columns else []
        return dict(
            law=self.law.name,
            likelihood=self.likelihood.name,
            data=self.runs.name,
            data_sha256=self.runs.sha256,
            seed=self.settings.seed,
            labels=list(self.problem.labels),
            hidden=list(self.likelihood.hidden),
            runs=names,
            observable="log_loss" if self.law.is_of_loss else self.law.response,
            method=method,
        )


def task(
    law: Law,
    likelihood: Likelihood | None,
    given: Runs,
    held_out: Runs | None,
    settings: Settings,
    *,
    group: str | None = None,
    vary: Sequence[str] | None = None,
    replaced: Mapping[str, Prior] | None = None,
) -> Task:
    """Bind everything, so that what is wrong is said before any work.

    Args:
        replaced: priors that take the place of the law's (`bayesfit.priors`).

    Raises:
        InputError: the table lacks a column that the law reads, or has fewer runs than parameters.
    """
    if vary is not None and group is None:
        raise InputError("vary names what differs between groups: name their column with group")
    base, law = law, overridden(law.adapted(given.columns), replaced or {})
    law = law if group is None else pooled(law, group, vary)
    likelihood = likelihood or likelihoods.load(law.likelihood)
    every = explained(law, given)
    said, runs = of_many(every, settings.most_runs), _at_most(law, every, settings.most_runs)
    problem = whole = bind(law, runs, likelihood)
    if said:
        runs = replace(runs, notes=(*runs.notes, *said))
        # The MLE looks at nothing that a likelihood works out of a table, which takes its time.
        whole = bind(law, every, replace(likelihood, label=Likelihood.label))
        problem = replace(problem, ref=whole.ref)  # q means the same in both
    if group is not None and len(problem.labels) == len(runs):
        raise InputError(
            f"each run has a {group} of its own: group by a column whose labels several runs share"
        )
    kept = None
    if held_out is not None:  # of many the rest would be scored alike
        kept = _at_most(law, explained(law, held_out), settings.most_runs)
        problem.inputs(kept)
        kept.require([law.response])
    vary = None if vary is None else tuple(vary)
    return Task(
        law, base, likelihood, given, runs, held_out, kept, problem, whole, settings, group, vary
    )  # fmt: skip


def _at_most(law: Law, runs: Runs, most: int) -> Runs:
    """Of a large table so many runs, from the smallest to the largest of each group."""
    if len(runs) <= most:
        return runs
    names = [x for x in dict.fromkeys((*ORDERS, *law.inputs)) if x in runs.columns]
    group = as_labels(runs[law.group]) if law.group else None
    taken = np.zeros(len(runs), bool)
    taken[spread([runs[x].astype(float) for x in names], most, group)] = True
    return runs.subset(taken)


def of_many(runs: Runs, most: int) -> list[str]:
    """What a large table is said to have been taken as; nothing for another."""
    if len(runs) <= most:
        return []
    return [
        f"the MLE takes all {len(runs)} runs; posterior, checks and figures take {most} of them, "
        "spread evenly (--most-runs)"
    ]


def estimate(task: Task, report: Report = quiet) -> Minimum:
    """The Huber MLE from every start that won its heat."""
    problem, settings = task.problem, task.settings
    if settings.starts == "grid":
        starts = mle.published_grid(problem)
    else:
        starts = _points(task, int(settings.starts))[:, : problem.law_dimension]
    tell = partial(report, "estimate")
    found = mle.race(problem, starts, delta=settings.delta, progress=tell)
    if task.is_large:
        found = mle.carried_over(found, task.whole, delta=settings.delta)
    if not np.isfinite(found.objective).any():
        raise InputError(
            f"{task.law.name} gives no finite {task.law.response} for these runs, wherever its "
            "parameters start: look at its formula and its priors"
        )
    return found


def _points(task: Task, count: int) -> np.ndarray:
    return mle.starting_points(task.problem, count, task.settings.seed)


def bootstrap(task: Task, found: Minimum, report: Report = quiet) -> Draws | None:
    """Refits of the MLE on resampled runs, or on resampled units of the law's."""
    settings, best = task.settings, found.best()
    if not settings.bootstrap:
        return None
    count, seed, tell = settings.bootstrap, settings.seed, partial(report, "bootstrap")
    if task.law.unit:
        refits = clusters.refit(task.problem, task.given, best.q, count, settings.delta, seed, tell)
    else:
        refits = _resampled(task, best, tell)
    values = estimates(task.problem, refits.q)
    stats = {name: x for name, x in refits._asdict().items() if name != "q"}
    return Draws(
        values={name: x[None] for name, x in values.items()},
        stats={name: np.asarray(x)[None] for name, x in stats.items()},
        ref=_ref(task.problem),
        observed=task.law.link.of(task.runs[task.law.response]),
        attrs=task.about("bootstrap"),
    )


def _resampled(task: Task, best: Minimum, tell: Progress) -> Minimum:
    """Refits on resamples of all the runs."""
    settings, whole = task.settings, task.whole
    count, seed, unit = settings.bootstrap, settings.seed, resampled_as_one(whole)
    runs = int(np.count_nonzero(whole.weights))
    if task.is_large:
        own = np.arange(runs) if unit is None else unit
        return pairs.one_step(whole, best, count, seed, own, delta=settings.delta)
    resamples = pairs.resample(runs, count, seed, unit)
    return pairs.refit(whole, best.q, resamples, delta=settings.delta, seed=seed, progress=tell)


def resampled_as_one(problem: Problem) -> np.ndarray | None:
    """Which runs the bootstrap draws together: those of one size, where sizes repeat (runs,).

    Runs of one size share what is wrong with it. None where sizes are too few to be resampled, or
    where each is a run.
    """
    columns, runs = problem.columns, np.count_nonzero(problem.weights)
    if "N" not in columns or "D" not in columns:
        return None
    group = np.asarray(columns["group"])[:runs] if "group" in columns else None
    unit = sizes(np.asarray(columns["N"])[:runs], group)
    count = int(unit.max()) + 1
    return unit if UNITS * problem.law_dimension <= count < runs else None


def estimates(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """All that is worth keeping of refits of the MLE, which says nothing of what is random."""
    values = described_law(problem, q)
    return {name: x for name, x in values.items() if name not in problem.law.random}


def posterior(task: Task, found: Minimum, report: Report = quiet) -> Draws:
    """The posterior by NUTS, started around the MLE and a few prior draws."""
    problem, settings = task.problem, task.settings
    count = 8 if settings.starts == "grid" else max(8, int(settings.starts))
    points = _points(task, count)
    # Rounded: with another number of devices the estimate differs in its last digits.
    best = np.round(found.best().q, 6)
    at_mle = _completed(problem, best, points[0, problem.law_dimension :])
    walk = sample(
        problem,
        np.vstack([at_mle, points[:7]]),
        seed=settings.seed,
        chains=settings.chains,
        draws=settings.draws,
        target_accept=settings.target_accept,
        progress=partial(report, "posterior"),
    )
    chains, draws, dimension = walk.q.shape
    q, n = walk.q.reshape(-1, dimension), len(task.runs)
    pointwise = None
    if len(q) * n <= LIKELIHOOD_CELLS:
        pointwise = np.asarray(_log_likelihood(problem, q))[:, :n].reshape(chains, draws, n)
    flat = described(problem, q)
    return Draws(
        values={name: x.reshape(chains, draws, *x.shape[1:]) for name, x in flat.items()},
        stats=walk.stats,
        ref=_ref(problem),
        observed=task.law.link.of(task.runs[task.law.response]),
        log_likelihood=pointwise,
        attrs=task.about("nuts"),
    )


@program
def _log_likelihood(problem: Problem, q):
    return jax.vmap(problem.log_likelihood)(q)


def _completed(problem: Problem, q: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    return np.asarray(_complete(problem, q, likelihood))


@program
def _complete(problem: Problem, q, likelihood):
    return problem.complete(q, likelihood)


def _ref(problem: Problem) -> dict[str, float]:
    return {name: float(x) for name, x in problem.ref.items()}


def refits(task: Task, report: Report = quiet) -> list[Refit]:
    """Fits to the smaller runs, where the law has one surface to extrapolate."""
    ordered = smaller.ORDER in task.runs.columns
    if not task.settings.refits or not ordered or not smaller.applies(task.law):
        return []
    return smaller.refit_smaller(
        task.law,
        task.runs,
        task.likelihood,
        seed=task.settings.seed,
        progress=partial(report, "refits"),
    )
