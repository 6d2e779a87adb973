"""Law + Likelihood + Runs, as functions of one flat unconstrained vector q.

Both ways of fitting and every diagnostic are functions of a `Problem`. Its table is data, not part
of the compiled program, and is padded to a few standard lengths: a table with one more run reuses
the programs compiled for the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro.distributions import Distribution, biject_to

from bayesfit import coordinates
from bayesfit.computing import program
from bayesfit.coordinates import Array
from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.law import Law, Values, View
from bayesfit.likelihoods import Likelihood

Table = Runs | Mapping[str, Any]  # columns of equal length


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("columns", "response", "weights", "ref"),
    meta_fields=("law", "likelihood", "labels"),
)
@dataclass(frozen=True)
class Problem:
    """A law and a likelihood bound to a table of runs.

    Attributes:
        columns: input column -> array (n,), n the padded length; `group` as integer codes; what the
            likelihood worked out of the table; and of `binding.MEASURED` what the table has.
        response: what was observed, on the scale of the law's link (n,): log loss for most.
        weights: 1 for a run, or what it counts as; 0 for padding (n,).
        ref: geometric means of the inputs and of the response over the runs (the mean on the scale
            of the link, for a response that has another one); and `Law.misfit`.
        law, likelihood, labels: static; another law, or other groups, compile another program.
    """

    columns: dict[str, Array]
    response: Array
    weights: Array
    ref: dict[str, Array]
    law: Law
    likelihood: Likelihood
    labels: tuple[str, ...] = ()

    @property
    def reference_run(self) -> View:
        """What priors know: `ref`, and the number of groups."""
        return View(**self.ref, groups=len(self.labels) + 1)

    @property
    def random(self) -> np.ndarray:
        """Which parameters of the law the MLE holds at 0 (law_dimension,)."""
        return self._of(self.law.random, self.law_shapes)

    @property
    def hidden(self) -> np.ndarray:
        """Which numbers of q are of hidden parameters of the likelihood (dimension,)."""
        return self._of(self.likelihood.hidden, self.shapes)

    def _of(self, some: Collection[str], shapes: Mapping[str, tuple[int, ...]]) -> np.ndarray:
        return np.concatenate([np.full(prod(x), name in some) for name, x in shapes.items()])

    def inputs(self, runs: Table) -> dict[str, np.ndarray]:
        """The columns of other runs, as the law and the likelihood read them.

        Raises:
            InputError: a column is missing; the law needs a group, and one is not known.
        """
        names = dict.fromkeys((*self.law.inputs, *self.likelihood.inputs))
        found = {n: _numbers(_column(runs, n, self.law), n, self.law) for n in names}
        return found | codes(self.law, runs, self.labels)

    # -- coordinates ---------------------------------------------------------------------------

    def law_priors(self) -> dict[str, Distribution]:
        """Priors of the law's parameters at the reference run."""
        priors = self.law.priors(self.reference_run)
        if not isinstance(priors, Mapping):
            raise InputError(f"priors of {self.law.name} give no dict: name each parameter's prior")
        return priors

    def priors(self) -> dict[str, Distribution]:
        """Those and the likelihood's."""
        return self.law_priors() | self.likelihood.priors(self.reference_run)

    @cached_property
    def law_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of the law, in the order of q."""
        return _shapes(self.law_priors)

    @cached_property
    def likelihood_shapes(self) -> dict[str, tuple[int, ...]]:
        """The same of the likelihood's parameters."""
        return _shapes(lambda: self.likelihood.priors(self.reference_run))

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Those and the likelihood's."""
        return self.law_shapes | self.likelihood_shapes

    def constrain(self, q: Array) -> Values:
        """theta of q (dimension,)."""
        return coordinates.constrain(self.law, q, self.priors(), last=self._last)

    def unconstrain(self, theta: Values) -> Array:
        """q of theta; the inverse of `constrain`."""
        return coordinates.unconstrain(self.law, theta, self.priors(), last=self._last)

    def _last(self, theta: Values) -> Values:
        """How the likelihood moves its own parameters, given all others."""
        return {} if self.likelihood.reparametrize is None else self._moves(self._seen(theta))

    def _moves(self, seen: tuple[View, Array, View]) -> Values:
        """The same, given what is observed with the others."""
        moves = self.likelihood.reparametrize
        return {} if moves is None else moves(*seen, self.reference_run)

    def constrain_law(self, q: Array) -> Values:
        """theta of a q of the law alone (law_dimension,), as the MLE moves it."""
        return coordinates.constrain(self.law, q, self.law_priors(), self.law.random)

    def unconstrain_law(self, theta: Values) -> Array:
        """The inverse of `constrain_law`."""
        return coordinates.unconstrain(self.law, theta, self.law_priors(), self.law.random)

    def complete(self, q: Array, likelihood: Array) -> Array:
        """A q of the law alone as one of the posterior, with the likelihood's parameters joined."""
        joined = jnp.concatenate([q, likelihood])
        if not self.law.random:
            return joined
        return self.unconstrain(self.constrain(joined) | self.constrain_law(q))

    def textbook(self, theta: Values) -> Values:
        """The paper's parameters."""
        return self.law.textbook(View(**theta), self.reference_run)

    def describe(self, q: Array) -> Values:
        """All that is worth keeping of q: the paper's parameters, derived ones, theta."""
        return self._describe(self.constrain(q))

    def describe_law(self, q: Array) -> Values:
        """The same for a q of the law alone."""
        return self._describe(self.constrain_law(q))

    def _describe(self, theta: Values) -> Values:
        p = self.textbook(theta)
        return p | self.law.derived(View(**p)) | theta

    # -- functions of q ------------------------------------------------------------------------

    def predict(self, q: Array) -> Array:
        """Fitted response of every run on the scale of the link (n,); q may be of the law alone."""
        theta = self.constrain_law(q) if len(q) == self.law_dimension else self.constrain(q)
        return self.law.log_loss(View(**self.textbook(theta)), View(**self.columns))

    def residuals(self, q: Array) -> Array:
        """Observed minus fitted (n,)."""
        return self.response - self.predict(q)

    def log_likelihood(self, q: Array) -> Array:
        """What each run adds to the joint log density (n,) (`Likelihood.pointwise`)."""
        return self.likelihood.pointwise(*self._seen(self.constrain(q)), self.reference_run)

    def observed(self, values: View) -> tuple[View, Array, View]:
        """What a likelihood is given: parameters, residuals and columns of the runs fitted.

        Args:
            values: theta and the paper's parameters, of one draw.
        """
        runs = View(
            **self.columns,
            weight=self.weights,
            error_variance=self._error_variance(values),
        )
        return values, self.response - self.law.log_loss(values, View(**self.columns)), runs

    def log_likelihood_of(self, theta: Values) -> Array:
        """Joint log density of all runs."""
        return self.likelihood.log_density(*self._seen(theta), self.reference_run)

    def _seen(self, theta: Values) -> tuple[View, Array, View]:
        """`observed`, of theta alone."""
        return self.observed(View(**theta | self.textbook(theta)))

    def _error_variance(self, p: View) -> Array | float:
        """Variance of the response that is known beforehand; that of N by the law's slope in N.

        First order in the error of N (effective variance; Orear 1982), so no latent N per run.
        """
        variance = self.columns.get("loss_se", 0.0) ** 2
        if "N_error" not in self.columns or "N" not in self.columns:
            return variance
        N = self.columns["N"]

        def at(N):
            return self.law.log_loss(p, View(**{**self.columns, "N": N}))

        _, per_log_N = jax.jvp(at, (N,), (N,))
        return variance + (per_log_N * self.columns["N_error"]) ** 2

    def log_prior(self, q: Array) -> Array:
        """Log prior density of q, the Jacobian of the bijections included."""
        return coordinates.log_prior(self.law, q, self.priors(), self._last)

    def log_density(self, q: Array) -> Array:
        """Log posterior density of q, up to a constant.

        The law is evaluated once: its residuals say where the likelihood's parameters are, and what
        the runs say of all. A gradient would go back through each evaluation by itself.
        """
        seen: list[tuple[View, Array, View]] = []

        def last(theta: Values) -> Values:
            seen.append(self._seen(theta))
            return self._moves(seen[0])

        pieces = list(coordinates.pieces(self.law, q, self.priors(), last=last))
        ((values, r, runs),) = seen  # but for what is moved last, which no residual depends on
        values = View(**vars(values) | {name: value for name, _, _, value, _ in pieces})
        likelihood = self.likelihood.log_density(values, r, runs, self.reference_run)
        return coordinates.log_prior_of(pieces) + likelihood

    def draw_prior(self, key: Array, count: int, held: Collection[str] = ()) -> Array:
        """Prior draws of q (count, dimension); what is `held` stays in the middle of its prior."""
        priors = self.priors()
        keys = jax.random.split(key, len(priors))
        theta = {
            name: middle(prior, count) if name in held else draws(prior, key, count)
            for (name, prior), key in zip(priors.items(), keys, strict=True)
        }
        return jax.vmap(self.unconstrain)(theta)

    def model(self) -> None:
        """The same posterior as a numpyro model, for whoever wants another of its samplers."""
        theta = {name: numpyro.sample(name, prior) for name, prior in self.priors().items()}
        numpyro.factor("runs", self.log_likelihood_of(theta))

    @property
    def law_dimension(self) -> int:
        """Numbers in a q of the law alone."""
        return coordinates.dimension(self.law_shapes)

    @property
    def dimension(self) -> int:
        """Numbers in a q."""
        return coordinates.dimension(self.shapes)


def _shapes(priors: Callable[[], Mapping[str, Distribution]]) -> dict[str, tuple[int, ...]]:
    """Traced only: distributions that are made one by one compile dozens of small programs."""
    found: dict[str, tuple[int, ...]] = {}

    def look() -> None:
        found.update((name, tuple(prior.shape())) for name, prior in priors().items())

    jax.eval_shape(look)
    return found


def middle(prior: Distribution, count: int) -> Array:
    """Nought on the prior's own unbounded scale, as often as there would be draws (count, ...)."""
    value = biject_to(prior.support)(jnp.zeros(prior.shape()))
    return jnp.broadcast_to(value, (count, *value.shape))


def draws(prior: Distribution, key: Any, count: int) -> Any:
    """Draws of a prior (count, ...)."""
    if not prior.event_dim:
        return prior.sample(key, (count,))
    return jax.vmap(prior.sample)(jax.random.split(key, count))  # numpyro's own way promotes ranks


def codes(law: Law, runs: Table, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """The law's group column as integers; labels that are not known become a group not seen."""
    if not law.group:
        return {}
    code = {label: i for i, label in enumerate(labels)}
    found = as_labels(_column(runs, law.group, law))
    return {"group": np.array([code.get(label, len(labels)) for label in found])}


def _column(runs: Table, name: str, law: Law) -> Any:
    try:
        return runs[name]
    except (KeyError, InputError):
        needed = ", ".join(filter(None, (*law.inputs, law.group)))
        raise InputError(f"{law.name} needs column {name}; give {needed}.") from None


def _numbers(values: Any, name: str, law: Law) -> np.ndarray:
    """An input of a prediction as numbers that the law reads."""
    try:
        numbers = np.atleast_1d(np.asarray(values, float))
    except (TypeError, ValueError):
        raise InputError(f"{name} holds {str(values)[:60]!r}, which is not a number") from None
    fine = law.reads(name, numbers)
    if not fine.all():
        raise InputError(f"{name} is {numbers[~fine][0]:g}: give {law.wanted(name)}")
    return numbers


def described(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """`Problem.describe` of each q (draws, dimension), as arrays (draws, ...)."""
    return {name: np.asarray(x) for name, x in _described(problem, np.asarray(q)).items()}


def described_law(problem: Problem, q: np.ndarray) -> dict[str, np.ndarray]:
    """`Problem.describe_law` of each q (draws, law_dimension), as arrays (draws, ...)."""
    return {name: np.asarray(x) for name, x in _described_law(problem, np.asarray(q)).items()}


@program
def _described(problem: Problem, q):
    return jax.vmap(problem.describe)(q)


@program
def _described_law(problem: Problem, q):
    return jax.vmap(problem.describe_law)(q)


def prior_draws(problem: Problem, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Draws of everything in `Problem.describe` from the prior alone (count, ...)."""
    return {name: np.asarray(x) for name, x in _prior_draws(problem, count, seed).items()}


@program(static_argnums=1, hasty=True)
def _prior_draws(problem: Problem, count: int, seed):
    return jax.vmap(problem.describe)(problem.draw_prior(jax.random.key(seed), count))


def residuals_of(problem: Problem, q: np.ndarray) -> np.ndarray:
    """Observed minus fitted response of one q, padding included (n,)."""
    return np.asarray(_residuals(problem, np.asarray(q)))


@program
def _residuals(problem: Problem, q):
    return problem.residuals(q)


def slopes_of(problem: Problem, q: np.ndarray) -> np.ndarray:
    """Slopes of the fitted response of every run in q of the law, padding included (n, dim)."""
    return np.asarray(_slopes(problem, np.asarray(q)))


@program
def _slopes(problem: Problem, q):
    return jax.jacfwd(problem.predict)(q)
