"""A fit: what was found, and the questions that it can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import artifacts, discovery
from bayesfit.bands import band
from bayesfit.constants import QUESTION_DRAWS, TARGET
from bayesfit.data.runs import Runs, as_inputs, as_labels
from bayesfit.errors import InputError
from bayesfit.extrapolation import backtest
from bayesfit.extrapolation.refits import Refit
from bayesfit.formatting import estimate as in_words
from bayesfit.inference.draws import Draws, by_element
from bayesfit.inference.mle import Minimum
from bayesfit.later import Later
from bayesfit.law import Law, within
from bayesfit.likelihoods import Likelihood
from bayesfit.prediction import arviz, optimum, sensitivity, surface
from bayesfit.prediction.bending import bent
from bayesfit.problem import Problem, residuals_of
from bayesfit.stages import Task

EXACT = 1e-6  # of the response, on the scale of the link: what is no scatter


@dataclass(frozen=True)
class Fit:
    """A law fitted to runs.

    Attributes:
        law, likelihood, runs: what was fitted to what.
        held_out: runs that were kept from the fit, to be predicted; None without any.
        problem: law, likelihood and runs, bound.
        mle: where each start that won its heat ended; `mle.best()` is the estimate.
        estimate: parameters at the MLE (the law's in every coordinate).
        posterior: NUTS draws.
        bootstrap: refits of the MLE to resampled runs; None if the fit was made without.
        smaller: makes `refits`, the first time; it takes where to report progress.
        task: everything that was asked for, the table as it was given included.
        timings, compiling: seconds of each stage, and those of them spent on compilation.
        about: the budget that checks speak of, FLOPs (`about_budget`).
    """

    law: Law
    likelihood: Likelihood
    runs: Runs
    held_out: Runs | None
    problem: Problem
    mle: Minimum
    estimate: Mapping[str, np.ndarray]
    posterior: Draws
    bootstrap: Draws | None
    smaller: Later[Sequence[Refit]]
    task: Task
    timings: Mapping[str, float]
    compiling: Mapping[str, float]
    about: float = TARGET

    def __repr__(self) -> str:
        return f"<Fit of {self.law.name} to {self.runs.name}: {'; '.join(self._said())}>"

    def _repr_html_(self) -> str:
        table = self.exponents()
        shown = [name for name in table if str(name).startswith(("mle", "posterior_"))]
        head = f"<h4>{escape(self.law.name)} fitted to {escape(self.runs.name)}</h4>"
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self._said())
        return head + said + table[shown].to_html(float_format="{:.4g}".format)

    def _said(self) -> Iterable[str]:
        """How many runs and draws, and the exponents."""
        chains, draws = next(iter(self.posterior.values.values())).shape[:2]
        yield f"{len(self.runs)} runs"
        yield f"{chains} chains of {draws} draws"
        roles = ("growth_N", "exponent_N", "exponent_D", "irreducible")
        names = dict.fromkeys(filter(None, (self.law.roles.get(role) for role in roles)))
        for name in names:
            found = self.posterior.flat.get(name)
            if found is not None and found.ndim == 1:
                ends = band(found)
                bounds = (float(ends[level]) for level in ("median", "lo80", "hi80"))
                yield f"{name} = {in_words(*bounds)}"

    def about_budget(self, flops: float) -> Fit:
        """The same fit, whose checks speak of a budget; what was worked out of it is kept."""
        again = replace(self, about=flops)
        kept = {n: x for n, x in vars(self).items() if n not in self.__dataclass_fields__}
        vars(again).update(kept)
        return again

    @property
    def labels(self) -> tuple[str, ...]:
        """The groups of a law that has them, in the order of its vector parameters."""
        return self.problem.labels

    @property
    def refits(self) -> Sequence[Refit]:
        """Fits to the smaller runs, which show how such fits extrapolate.

        They are made when somebody first looks (`bayesfit.extrapolation.refits`).
        """
        return self.smaller()

    @property
    def settings(self) -> dict[str, Any]:
        """How the fit was made, as plain values."""
        task = self.task
        asked = dict(law=self.law.name, likelihood=self.likelihood.name, group=task.group)
        asked |= dict(vary=task.vary, priors=dict(self.law.overrides))
        return asked | asdict(task.settings)

    @property
    def seed(self) -> int:
        """That of every random number."""
        return self.task.settings.seed

    @property
    def delta(self) -> float:
        """Huber's threshold of the MLE, in log loss."""
        return self.task.settings.delta

    # -- questions -----------------------------------------------------------------------------

    def optimum(
        self,
        flops: float | Sequence[float],
        *,
        by: str = "posterior",
        draws: bool = False,
        **plan: Any,
    ) -> Any:
        """The best model for each budget: N*, D*, tokens per parameter, and two losses.

        A law with groups has rows for each of them, and for a group not seen.

        Args:
            flops: one budget in FLOPs, or several.
            by: "posterior", or one of the two that doubt neither law nor scatter: "bootstrap", and
                "MLE", whose bands have no width.
            draws: return the draws themselves, an `xarray.Dataset` over (draw, C), for a law whose
                optimum is one for all groups.
            plan: `cost`, `given`, `largest_N`, `largest_D`, `sizes`, `inference_tokens`
                (`bayesfit.prediction.planning.Plan`).

        Returns:
            One row a budget with bands: `loss` is the lowest loss of each draw, `loss_at_N` that of
            building the row's N*; `without_optimum` the share of draws that have none.

        Raises:
            InputError: a budget or constraint is not a number above zero; the law has no optimum;
                the fit was made without a bootstrap.
        """
        law, values = self._drawn_by(by)
        if not draws:
            return optimum.table(law, values, flops, self.labels, **plan)
        if optimum.by_group(law, values, plan):
            raise InputError("the optimum differs between groups: ask fit.within(label)")
        found = optimum.optima(law, values, flops, **plan)
        return arviz.dataset(found, "C", optimum.budgets(flops))

    def predict(self, runs: Any, *, draws: bool = False) -> Any:
        """The loss of runs, of the surface and as observed with scatter.

        A run of a group that was not fitted is predicted as one of a group not seen.

        Args:
            runs: a table (DataFrame, Runs, dict of columns); a dict of numbers is one run.
            draws: return the draws themselves, an `xarray.Dataset` over (draw, run).

        Returns:
            One row a run with bands (`bayesfit.bands`).

        Raises:
            InputError: an input of the law is missing, or is not a number above zero.
        """
        columns = self.problem.inputs(as_inputs(runs))
        law, values = self.drawn()
        if not draws:
            return surface.predictions(law, self.problem, values, columns, self.seed)
        fitted = surface.log_surface(law, values, columns)
        observed = surface.log_observed(self.problem, values, fitted, columns, self.seed)
        inverse = self.law.link.inverse
        found = {self.law.response: inverse(fitted), "observed": inverse(observed)}
        return arviz.dataset(found, "run", np.arange(fitted.shape[1]))

    def drawn(self, count: int | None = QUESTION_DRAWS) -> tuple[Law, dict[str, np.ndarray]]:
        """The law and at most `count` draws of it (or all) that questions are answered with.

        Where the likelihood takes the law to be off, they are bent by that (`prediction.bending`).
        """
        if count not in self._drawn:  # several questions are asked of the same draws
            values = self.posterior.flat if count is None else self.posterior.thin(count)
            self._drawn[count] = bent(self.law, self.problem, values, self.seed)
        law, values = self._drawn[count]
        return law, dict(values)

    @cached_property
    def _drawn(self) -> dict[int | None, tuple[Law, dict[str, np.ndarray]]]:
        return {}

    def _drawn_by(self, way: str) -> tuple[Law, dict[str, np.ndarray]]:
        if way == "posterior":
            return self.drawn()
        if way.upper() == "MLE":
            return self.law, {name: np.asarray(x)[None] for name, x in self.estimate.items()}
        if way != "bootstrap":
            raise InputError(f"by is posterior, bootstrap or MLE, not {way!r}")
        if self.bootstrap is None:
            raise InputError("this fit was made without a bootstrap: fit again with bootstrap=1000")
        return self.law, self.bootstrap.flat

    def exponents(self) -> pd.DataFrame:
        """Every parameter: bands of posterior and bootstrap, the MLE, published values."""
        sources = {"posterior": self.posterior, "bootstrap": self.bootstrap}
        tables = {
            f"{source}_{column}": values
            for source, draws in sources.items()
            if draws is not None
            for column, values in draws.summary().items()
        }
        estimate = dict(by_element(self.estimate, self.labels, axis=0))
        table = pd.DataFrame({"mle": pd.Series(estimate, dtype=float)} | tables)
        for published in self.law.published:
            table[published.source] = pd.Series(dict(published.values))
        # The paper's parameters in the law's order, then the reference run's and the likelihood's.
        names = dict.fromkeys((*self.law.symbols, *self.problem.shapes, *table.index))
        order = {name: i for i, name in enumerate(names)}
        shown = [row for row in table.index if row.partition("[")[0] in order]
        shown = sorted(shown, key=lambda row: order[row.partition("[")[0]])
        return table.loc[shown].rename_axis("parameter")

    def prior_sensitivity(self, flops: float = TARGET) -> pd.DataFrame:
        """How much parameters, N* and the loss at a budget hang on the priors.

        Args:
            flops: the budget of `N` and of `loss_at_N`, for a law that has a best size.

        Returns:
            One row an answer (`bayesfit.prediction.sensitivity.table`); N in logs.
        """
        law, values = self.drawn()
        known = law.symbols or self.problem.law_shapes
        names = [name for name in known if name in values and values[name].ndim == 1]
        answers = {name: values[name] for name in names}
        if law.is_allocation and not law.given and not optimum.by_group(law, values):
            N = optimum.optima(law, values, [flops])["N"]
            answers["log_N"] = np.log(N[:, 0])
            middle = np.quantile(N, 0.5, method="nearest")
            if law.has_surface and np.isfinite(middle):
                answers["loss_at_N"] = optimum.loss_of_size(law, values, [middle], [flops])[:, 0]
        priors = sensitivity.log_priors(self.problem, values)
        return sensitivity.table(priors, sensitivity.log_likelihood(self.problem, values), answers)

    def ask(self, question: str, **options: Any) -> Any:
        """The answer to a question by its name (`bayesfit.questions`)."""
        return discovery.load("question", question).ask(self, **options)

    @property
    def plot(self) -> Any:
        """Its figures: `fit.plot.frontier(ax=..., flops=1e25)`."""
        return discovery.service("figures").Plots(self)

    @cached_property
    def holdouts(self) -> pd.DataFrame:
        """Each run that a refit held out, with its scores (`bayesfit.extrapolation.backtest`)."""
        return backtest.score(self.law, self.runs, self.refits, seed=self.seed)

    @cached_property
    def convergence(self) -> pd.DataFrame:
        """R-hat and effective sample sizes of the posterior, one row a parameter."""
        return self.posterior.convergence()

    @cached_property
    def loo(self) -> pd.DataFrame:
        """elpd and Pareto k of each run left out (`Draws.loo`); empty if there are too many."""
        if self.posterior.log_likelihood is None:
            return pd.DataFrame()
        density, k = self.posterior.loo()
        return pd.DataFrame(dict(elpd=density, pareto_k=k))

    @cached_property
    def without_scatter(self) -> bool:
        """Whether every run lies on the MLE to a millionth, as computed losses do."""
        residuals = residuals_of(self.problem, self.mle.best().q)[: len(self.runs)]
        many = len(residuals) > self.problem.law_dimension
        return many and bool(np.abs(residuals).max() < EXACT)

    # -- groups --------------------------------------------------------------------------------

    def within(self, label: str) -> Fit:
        """The fit as it stands for one group: its runs, and its law; draws stay those of all.

        Raises:
            InputError: no run is of that group.
        """
        code = self._code(label)
        own = np.array(as_labels(self.runs[self.law.group])) == label
        held = self.held_out
        if held is not None:
            theirs = np.array(as_labels(held[self.law.group])) == label
            held = held.subset(theirs) if theirs.any() else None
        return replace(self, law=within(self.law, code), runs=self.runs.subset(own), held_out=held)

    def numbers(self, label: str) -> Fit:
        """The same fit with every vector parameter at one of its groups: to show, not to ask."""
        code, bootstrap = self._code(label), self.bootstrap
        return replace(
            self,
            estimate={n: x[code] if np.ndim(x) else x for n, x in self.estimate.items()},
            posterior=self.posterior.of_group(code),
            bootstrap=None if bootstrap is None else bootstrap.of_group(code),
        )

    def _code(self, label: str) -> int:
        if label not in self.labels:
            raise InputError(f"no group is called {label!r}; there are {', '.join(self.labels)}")
        return self.labels.index(label)

    # -- elsewhere -----------------------------------------------------------------------------

    def prior_predictive(self, runs: Any = None, *, count: int = 500) -> Any:
        """What the priors alone predict, an `xarray.Dataset` over (draw, run).

        Args:
            runs: a table; the runs fitted if omitted.
            count: prior draws.
        """
        columns = self.problem.inputs(self.runs if runs is None else as_inputs(runs))
        return arviz.prior_predictive(self.problem, columns, count, self.seed)

    def to_arviz(self) -> Any:
        """An `arviz.InferenceData` (arviz 0.x) or an `xarray.DataTree` (1.x).

        It has posterior, prior, both predictive groups, pointwise log likelihood, log priors,
        sampler statistics and observed data, with the names of the runs as coordinates.
        """
        return arviz.whole(self.problem, self.posterior, self.runs, self.seed)

    def save(self, folder: str | Path) -> None:
        """Write everything to a folder, for `bayesfit.open`."""
        folder = Path(folder)
        artifacts.write_task(folder, self.task)
        parts = dict(estimate=self.mle, bootstrap=self.bootstrap, posterior=self.posterior)
        for stage, result in (parts | dict(refits=list(self.refits))).items():
            seconds = (self.timings.get(stage, 0.0), self.compiling.get(stage, 0.0))
            artifacts.write_stage(folder, stage, result, seconds)
        artifacts.write_answers(
            folder, holdouts=self.holdouts, convergence=self.convergence, loo=self.loo
        )
        artifacts.write_record(folder, complete=True)
