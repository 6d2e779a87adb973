"""Fit a law to runs both ways, and ask the fit questions.

runs = bayesfit.load("pile")
fit = bayesfit.fit("chinchilla_approach3", runs)
fit.optimum(flops=[1e24, 1e25])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter

import jax
import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.extrapolation import backtest as rollouts
from bayesfit.extrapolation import refits as ladder
from bayesfit.extrapolation.refits import Rung
from bayesfit.inference import bootstrap as pairs
from bayesfit.inference import cluster_bootstrap as units
from bayesfit.inference import mle
from bayesfit.inference.devices import seconds_compiling
from bayesfit.inference.draws import Draws, by_element
from bayesfit.inference.nuts import sample
from bayesfit.law import Law, within
from bayesfit.likelihoods import noise
from bayesfit.likelihoods.noise import Noise
from bayesfit.models import load as load_law
from bayesfit.pooling import pooled
from bayesfit.prediction import optimum, shortfall
from bayesfit.prediction import surface as predict
from bayesfit.prediction.shortfall import Kappa
from bayesfit.problem import Problem, Table, bind

Stage = Callable[[str, int, int], None]  # (stage, done, total)
QUESTION_DRAWS = 4000  # draws that questions are answered with
LIKELIHOOD_CELLS = 2**23  # draws x runs of pointwise likelihood that are kept


@dataclass(frozen=True)
class Fit:
    """A law fitted to runs.

    Attributes:
        law, noise, runs: what was fitted to what.
        problem: the same, bound.
        mle: where each start that won its heat ended; `mle.best()` is the estimate.
        estimate: parameters at the MLE (the law's in every coordinate; no noise).
        posterior: NUTS draws.
        bootstrap: pairs-bootstrap refits of the MLE.
        rungs: fits to the smaller runs, which tell how such fits extrapolate (`bayesfit.extrapolation.refits`).
        discrepancy: where the shortfall beyond the data was learned ("inner", "reference", "none").
        kappa: that shortfall, which the bands carry; None without one.
        timings, compiling: seconds of each stage, and those of them spent on compilation.
    """

    law: Law
    noise: Noise
    runs: Runs
    problem: Problem
    mle: mle.Minimum
    estimate: Mapping[str, np.ndarray]
    posterior: Draws
    bootstrap: Draws
    rungs: Sequence[Rung]
    discrepancy: str
    kappa: Kappa | None
    timings: Mapping[str, float]
    compiling: Mapping[str, float]

    @property
    def labels(self) -> tuple[str, ...]:
        """The groups of a law that has them, in the order of its vector parameters."""
        return self.problem.labels

    def optimum(self, flops: Sequence[float]) -> pd.DataFrame:
        """Bands of N*, D*, tokens per parameter and loss, one row a budget in FLOPs.

        A law with groups has rows for each of them, and for a group not seen.
        """
        return optimum.table(self.law, self.posterior.thin(QUESTION_DRAWS), flops, self.labels)

    def predict(self, runs: Table) -> pd.DataFrame:
        """Bands of the loss of runs, of the surface and as observed with scatter.

        A run of a group that was not fitted is predicted as one of a group not seen; one of a size
        that was has, as observed, the offset of that model, if the likelihood knows any.

        Raises:
            InputError: an input of the law is missing.
        """
        values = self.posterior.thin(QUESTION_DRAWS)
        return predict.predictions(self.problem, values, self.problem.inputs(runs))

    def exponents(self) -> pd.DataFrame:
        """Every parameter: bands of posterior and bootstrap, the MLE, published values."""
        sources = {"posterior": self.posterior, "bootstrap": self.bootstrap}
        tables = {
            f"{source}_{column}": values
            for source, draws in sources.items()
            for column, values in draws.summary().items()
        }
        estimate = dict(by_element(self.estimate, self.labels, axis=0))
        table = pd.DataFrame({"mle": pd.Series(estimate, dtype=float)} | tables)
        for published in self.law.published:
            table[published.source] = pd.Series(dict(published.values))
        # The paper's parameters in the law's order, then those of the reference run and the noise.
        names = dict.fromkeys((*self.law.symbols, "kappa", *self.problem.priors(), *table.index))
        names.pop("frontier", None)  # where the data end, not a parameter
        order = {name: i for i, name in enumerate(names)}
        shown = [row for row in table.index if row.partition("[")[0] in order]
        shown = sorted(shown, key=lambda row: order[row.partition("[")[0]])
        return table.loc[shown].rename_axis("parameter")

    def within(self, label: str) -> Fit:
        """The fit as it stands for one group: its runs, and its law; draws stay those of all.

        Raises:
            InputError: no run is of that group.
        """
        if label not in self.labels:
            raise InputError(f"no group is called {label!r}; there are {', '.join(self.labels)}")
        code = self.labels.index(label)
        own = np.array(as_labels(self.runs[self.law.group])) == label
        return replace(
            self,
            law=within(self.law, code),
            runs=self.runs.subset(own),
        )

    def numbers(self, label: str) -> Fit:
        """The same fit with every vector parameter at one of its groups: to show, not to ask."""
        code = self.labels.index(label)
        return replace(
            self,
            estimate={n: x[code] if np.ndim(x) else x for n, x in self.estimate.items()},
            posterior=self.posterior.of_group(code),
            bootstrap=self.bootstrap.of_group(code),
        )

    @cached_property
    def rollouts(self) -> pd.DataFrame:
        """Each held-out run of the ladder with its scores: fits below a budget, asked above it."""
        return rollouts.score(self.law, self.runs, self.noise, self.rungs, kind=self.discrepancy)

    @cached_property
    def convergence(self) -> pd.DataFrame:
        """R-hat and effective sample sizes of the posterior, one row a parameter."""
        return self.posterior.convergence()

    def save(self, path: str | Path) -> None:
        """Write the posterior draws as netCDF; `Draws.load` reads them."""
        self.posterior.save(path)


def fit(
    law: str | Law,
    runs: Runs,
    *,
    group: str | None = None,
    vary: Sequence[str] | None = None,
    likelihood: str | Noise | None = None,
    discrepancy: str | None = None,
    backtest: bool = True,
    delta: float = mle.DELTA,
    starts: int | str = 128,
    bootstrap: int = 1000,
    chains: int = 16,
    draws: int = 500,
    seed: int = 0,
    progress: Stage = lambda stage, done, total: None,
) -> Fit:
    """Fit `law` to `runs` by the Huber MLE with a pairs bootstrap, and by a NUTS posterior.

    Args:
        law: a name (see `bayesfit models`), the path of a law file, or a `Law`.
        group: a column of labels over which the law's parameters are pooled
            (`bayesfit.pooling`).
        vary: which of its parameters differ between groups; all if omitted.
        likelihood: the posterior's noise (`bayesfit.likelihoods.noise`); the law's own if omitted.
        discrepancy: where the shortfall beyond the data is learned: "inner" (public sweeps and the
            table's own smaller runs), "reference" (public sweeps only) or "none"; the law's own if
            omitted.
        backtest: also fit the smaller runs, to tell how such fits extrapolate (`Fit.rollouts`);
            "inner" needs it.
        delta: Huber's threshold of the MLE, in log loss.
        starts: how many prior draws the MLE starts from, or "grid" for the law's published grid.
        bootstrap: number of resamples.
        chains, draws: NUTS chains, and draws of each after warm-up.
        progress: called with (stage, done, total) as work goes on.

    Raises:
        InputError: the table lacks a column that the law reads, or has fewer runs than parameters.
    """
    law = load_law(law) if isinstance(law, str) else law
    law = law if group is None else pooled(law, group, vary)
    given, runs = runs, law.table(runs)
    likelihood = likelihood or law.noise
    kind = noise.load(likelihood) if isinstance(likelihood, str) else likelihood
    discrepancy = discrepancy or law.discrepancy
    shortfall.check(discrepancy, backtest)
    problem = bind(law, runs, kind)
    clock = _Clock()
    points = np.asarray(mle.starting_points(problem, 8 if starts == "grid" else int(starts), seed))
    grid = mle.published_grid(problem) if starts == "grid" else points[:, : problem.law_dimension]
    found = mle.race(problem, grid, delta=delta, progress=partial(progress, "MLE"))
    best = found.best()
    clock.lap("mle")
    tell = partial(progress, "bootstrap")
    if law.unit:
        refits = units.refit(problem, given, best.q, bootstrap, delta, seed, tell)
    else:
        resamples = pairs.resample(len(runs), bootstrap, seed)
        refits = pairs.refit(problem, best.q, resamples, delta=delta, seed=seed, progress=tell)
    clock.lap("bootstrap")
    at_mle = np.asarray(problem.complete(best.q, points[0, problem.law_dimension :]))
    walk = sample(
        problem,
        np.vstack([at_mle, points[:7]]),
        seed=seed,
        chains=chains,
        draws=draws,
        progress=partial(progress, "NUTS"),
    )
    clock.lap("nuts")
    rungs: list[Rung] = []
    if not shortfall.applies(law):
        discrepancy = "none"
    elif backtest:
        rungs = ladder.climb(law, runs, kind, seed=seed, progress=partial(progress, "ladder"))
    log_loss, known = np.log(runs[law.response]), np.ones(len(runs), bool)
    kappa = shortfall.posterior(discrepancy, ladder.kappas(rungs, log_loss, known), law.name)
    clock.lap("ladder")
    about = dict(law=law.name, noise=kind.name, data=runs.name, data_sha256=runs.sha256, seed=seed)
    about |= dict(labels=list(problem.labels))
    fitted = Fit(
        law=law,
        noise=kind,
        runs=runs,
        problem=problem,
        mle=found,
        estimate={name: x[0] for name, x in _estimates(problem, best.q[None]).items()},
        posterior=_posterior_draws(problem, runs, walk, kappa, about),
        bootstrap=_bootstrap_draws(problem, refits, about),
        rungs=rungs,
        discrepancy=discrepancy,
        kappa=kappa,
        timings=clock.laps,
        compiling=clock.compiling,
    )
    clock.lap("bookkeeping")
    return fitted


class _Clock:
    """Seconds of each stage, and how many of them went into compilation."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.compiling: dict[str, float] = {}
        self._last = perf_counter(), seconds_compiling()

    def lap(self, name: str) -> None:
        now, compiled = perf_counter(), seconds_compiling()
        self.laps[name] = now - self._last[0]
        self.compiling[name] = compiled - self._last[1]
        self._last = now, compiled


@jax.jit
def _log_likelihood_jit(problem: Problem, q):
    return jax.vmap(problem.log_likelihood)(q)


def _ref(problem: Problem) -> dict[str, float]:
    return {name: float(x) for name, x in problem.ref.items()}


def _posterior_draws(problem: Problem, runs: Runs, walk, kappa: Kappa | None, about) -> Draws:
    chains, draws, dimension = walk.q.shape
    q, n = walk.q.reshape(-1, dimension), len(runs)
    pointwise = None
    if len(q) * n <= LIKELIHOOD_CELLS:
        pointwise = np.asarray(_log_likelihood_jit(problem, q))[:, :n].reshape(chains, draws, n)
    flat = ladder.describe(problem, q)
    values = {name: x.reshape(chains, draws, *x.shape[1:]) for name, x in flat.items()}
    if kappa is not None:
        surface = predict.log_surface(problem.law, flat, problem.inputs(runs))
        values = shortfall.with_kappa(values, surface, kappa, about["seed"])
    return Draws(
        values=values,
        stats=walk.stats,
        ref=_ref(problem),
        observed=np.log(runs[problem.law.response]),
        log_likelihood=pointwise,
        attrs=dict(about) | dict(method="nuts"),
    )


def _estimates(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """Everything worth keeping of refits of the MLE, which says nothing of what is random."""
    values = ladder.describe_law(problem, q)
    return {name: x for name, x in values.items() if name not in problem.law.random}


def _bootstrap_draws(problem: Problem, refits: mle.Minimum, about: Mapping) -> Draws:
    values = _estimates(problem, refits.q)
    stats = refits._asdict()
    stats.pop("q")
    return Draws(
        values={name: x[None] for name, x in values.items()},
        stats={name: x[None] for name, x in stats.items()},
        ref=_ref(problem),
        observed=np.asarray(problem.log_loss)[np.asarray(problem.weights) > 0],
        attrs=dict(about) | dict(method="bootstrap"),
    )
