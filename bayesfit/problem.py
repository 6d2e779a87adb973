"""Law + Noise + Runs, told as functions of one flat unconstrained vector q.

Both ways of fitting and every diagnostic are functions of a `Problem`. Its table is data, not part
of the compiled program, and is padded to a few standard lengths: a table with one more run reuses
the programs compiled for the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pandas as pd
from jax.scipy.special import logsumexp
from numpyro.distributions import Distribution, StudentT, biject_to

from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.inference import devices  # noqa: F401
from bayesfit.law import Law, Values, View
from bayesfit.likelihoods import _offsets as offsets
from bayesfit.likelihoods.noise import Noise, student_t

Array = jax.Array | np.ndarray
Table = Runs | pd.DataFrame | Mapping[str, Sequence]
# Columns that any table may have: standard error and rounding step of the loss (nats per token),
# relative standard error of N.
MEASURED = ("loss_se", "loss_step", "N_error")
WEIGHT = "counts_as"  # how many independent runs a row is worth, in tables made by `Law.prepare`


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("columns", "log_loss", "weights", "worth", "ref"),
    meta_fields=("law", "noise", "labels"),
)
@dataclass(frozen=True)
class Problem:
    """A law and a noise bound to a table of runs.

    Attributes:
        columns: input column -> array (n,), n the padded length; `group`, and `model` if runs of a
            model share an offset, as integer codes; and of MEASURED what the table has.
        log_loss: observed log loss (n,), nats per token before the log; or log of the law's other
            response.
        weights: 1 for a run, or what it counts as; 0 for padding (n,).
        worth: what each run counts in the posterior (`Noise.worth`), 0 for padding (n,).
        ref: geometric means of the inputs and of the loss over the runs.
        law, noise, labels: static; another law, or other groups, compile another program.
    """

    columns: dict[str, Array]
    log_loss: Array
    weights: Array
    worth: Array
    ref: dict[str, Array]
    law: Law
    noise: Noise
    labels: tuple[str, ...] = ()

    @property
    def reference_run(self) -> View:
        """What priors are told of the table: `ref`, and the number of groups."""
        return View(**self.ref, groups=len(self.labels) + 1)

    @property
    def random(self) -> np.ndarray:
        """Which parameters of the law the MLE holds at 0 (law_dimension,)."""
        parts = [np.full(_size(x), n in self.law.random) for n, x in self.law_priors().items()]
        return np.concatenate(parts)

    def inputs(self, runs: Table) -> dict[str, np.ndarray]:
        """The columns of other runs, as the law and the noise read them.

        Raises:
            InputError: a column is missing; the law needs a group, and one is not known.
        """
        found = {name: np.asarray(_column(runs, name, self.law)) for name in _named(self)}
        return found | codes(self.law, runs, self.labels)

    # -- coordinates ---------------------------------------------------------------------------

    def law_priors(self) -> dict[str, Distribution]:
        return self.law.priors(self.reference_run)

    def priors(self) -> dict[str, Distribution]:
        return self.law_priors() | self.noise.priors(self.reference_run)

    def constrain(self, q: Array, priors: dict[str, Distribution] | None = None) -> Values:
        """theta of q; give `law_priors()` for a q that has no noise parameters."""
        return {
            name: value for name, _, _, value, _ in self._coordinates(q, priors or self.priors())
        }

    def unconstrain(self, theta: Values, priors: dict[str, Distribution] | None = None) -> Array:
        """q of theta; the inverse of `constrain`."""
        priors = priors or self.priors()
        moves = self._moves(theta, priors)
        pieces = [
            _sheared(biject_to(prior.support).inv(jnp.asarray(theta[name])), moves.get(name, 0.0))
            for name, prior in priors.items()
        ]
        return jnp.concatenate([jnp.ravel(piece) for piece in pieces])

    def _coordinates(self, q: Array, priors: dict[str, Distribution]):
        """(name, prior, unconstrained, value, log growth) of each parameter, in the law's order."""
        pieces = list(_pieces(q, priors))
        values = {name: biject_to(prior.support)(piece) for name, prior, piece in pieces}
        for _ in range(2):  # a move may depend on a parameter that is moved, but no deeper
            moves = self._moves(values, priors)
            upright = {name: _upright(piece, moves.get(name, 0.0)) for name, _, piece in pieces}
            values = {name: biject_to(prior.support)(upright[name][0]) for name, prior, _ in pieces}
        for name, prior, _ in pieces:
            piece, growth = upright[name]
            yield name, prior, piece, values[name], growth

    def _moves(self, theta: Values, priors: dict[str, Distribution]) -> Values:
        """The law's shear; for a q of the law alone, which the MLE moves, not of what it holds."""
        moves = self.law.shear(View(**theta))
        held = self.law.random if len(priors) == len(self.law_priors()) else ()
        return {name: move for name, move in moves.items() if name not in held}

    def complete(self, q: Array, noise: Array) -> Array:
        """A q of the law alone told as one of the posterior, with noise parameters joined."""
        if not self.law.random:
            return jnp.concatenate([q, noise])
        own = self.law_priors()
        theta = self.constrain(jnp.concatenate([q, noise]))
        return self.unconstrain(theta | self.constrain(q, own))

    def textbook(self, theta: Values) -> Values:
        """The paper's parameters."""
        return self.law.textbook(View(**theta), self.reference_run)

    def describe(self, q: Array) -> Values:
        """Everything worth keeping of q: the paper's parameters, derived ones, theta, noise."""
        return self._describe(self.constrain(q))

    def describe_law(self, q: Array) -> Values:
        """The same for a q without noise parameters."""
        return self._describe(self.constrain(q, self.law_priors()))

    def _describe(self, theta: Values) -> Values:
        p = self.textbook(theta)
        return p | self.law.derived(View(**p)) | theta

    # -- functions of q ------------------------------------------------------------------------

    def predict(self, q: Array) -> Array:
        """Fitted log loss of every run (n,); q may carry noise parameters, which are ignored."""
        theta = self.constrain(q, self.law_priors() if len(q) == self.law_dimension else None)
        return self.law.log_loss(View(**self.textbook(theta)), View(**self.columns))

    def residuals(self, q: Array) -> Array:
        """Observed minus fitted log loss (n,)."""
        return self.log_loss - self.predict(q)

    def log_likelihood(self, q: Array) -> Array:
        """Pointwise log likelihood of the runs (n,), whatever their worth; 0 for padding.

        Where runs of a model share an offset it is that of each run given the others.
        """
        values = self._values(self.constrain(q))
        if self.noise.offset is None:
            return self._pointwise(values)
        return self.weights * offsets.leave_one_out(self._sharing(values), values.nu)

    def _fit(self, theta: Values) -> Array:
        """Log likelihood of all runs, each to the power that it is worth."""
        values = self._values(theta)
        if self.noise.offset is None:
            return jnp.sum(self.worth * self._pointwise(values))
        return jnp.sum(offsets.log_density(offsets.tell(self._sharing(values)), values.nu))

    def _values(self, theta: Values) -> View:
        return View(**theta | self.textbook(theta))

    def _pointwise(self, values: View) -> Array:
        residuals, scatter = self._scatter(values)
        if "loss_step" in self.columns:
            return self.weights * averaged(scatter.log_prob, residuals, self.columns["loss_step"])
        return self.weights * scatter.log_prob(residuals)

    def _scatter(self, values: View) -> tuple[Array, Distribution]:
        """Residuals of the runs (n,), and the distribution of what each has for itself."""
        residuals = self.log_loss - self.law.log_loss(values, View(**self.columns))
        runs = View(**self.columns, error_variance=self._error_variance(values))
        return residuals, self.noise.scatter(values, runs, self.reference_run)

    def _sharing(self, values: View) -> offsets.Residuals:
        """The runs, for `offsets`. Rounding is an error like others, of variance step**2 / 12."""
        residuals, scatter = self._scatter(values)
        assert self.noise.offset is not None and isinstance(scatter, StudentT)
        scale = jnp.sqrt(
            jnp.asarray(scatter.scale) ** 2 + self.columns.get("loss_step", 0.0) ** 2 / 12.0
        )
        worth = self.worth * self.weights
        common = self.noise.offset(values)
        return offsets.Residuals(residuals, scale, common, self.columns["model"], worth)

    def offsets_told(self, values: View, code: Array) -> offsets.Told:
        """What the runs tell of the offset of each model in `models_with`, for one draw."""
        runs = self._sharing(values)
        return offsets.tell(runs._replace(code=code[: len(runs.r)]), len(code))

    def models_with(self, runs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Which model each row of the problem, and then each of other runs, is of."""
        both = {n: np.concatenate([self.columns[n], runs[n]]) for n in ("N", "group") if n in runs}
        return offsets.models(both["N"], both.get("group"))

    def _error_variance(self, p: View) -> Array | float:
        """Variance of recorded log loss that is known beforehand, that of N told by the slope in N.

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
        total = jnp.zeros(())
        for _, prior, piece, value, growth in self._coordinates(q, self.priors()):
            total += jnp.sum(prior.log_prob(value)) + jnp.sum(growth)
            total += jnp.sum(biject_to(prior.support).log_abs_det_jacobian(piece, value))
        return total

    def log_density(self, q: Array) -> Array:
        """Log posterior density of q, up to a constant."""
        return self.log_prior(q) + self._fit(self.constrain(q))

    def draw_prior(self, key: Array, count: int) -> Array:
        """Prior draws of q (count, dimension)."""
        priors = self.priors()
        keys = jax.random.split(key, len(priors))
        theta = {n: p.sample(k, (count,)) for (n, p), k in zip(priors.items(), keys, strict=True)}
        return jax.vmap(self.unconstrain)(theta)

    def model(self) -> None:
        """The same posterior as a numpyro model, for whoever wants another of its samplers."""
        theta = {name: numpyro.sample(name, prior) for name, prior in self.priors().items()}
        numpyro.factor("runs", self._fit(theta))

    @property
    def law_dimension(self) -> int:
        return sum(_size(prior) for prior in self.law_priors().values())

    @property
    def dimension(self) -> int:
        return sum(_size(prior) for prior in self.priors().values())


def _size(prior: Distribution) -> int:
    return prod(prior.shape())


def _pieces(q: Array, priors: dict[str, Distribution]):
    """Name, prior and its stretch of q, in the order the law wrote them."""
    start = 0
    for name, prior in priors.items():
        size = _size(prior)
        yield name, prior, q[start : start + size].reshape(prior.shape())
        start += size


def _sheared(x: Array, move) -> Array:
    """An unconstrained parameter moved, and first stretched if `move` is (shift, stretch)."""
    shift, stretch = move if isinstance(move, tuple) else (move, 1.0)
    return x * stretch + shift


def _upright(q: Array, move) -> tuple[Array, Array | float]:
    """The inverse, and its log Jacobian."""
    if not isinstance(move, tuple):
        return q - move, 0.0
    shift, stretch = move
    return (q - shift) / stretch, -jnp.log(stretch)


def averaged(log_prob, residuals: Array, step: Array) -> Array:
    """Log density of residuals known to lie within half a step of what was recorded (n,).

    The mean of the density over the rounding interval, by Gauss and Legendre: what an interval
    censored likelihood is, whatever the distribution, up to the constant log step.
    """
    nodes, weights = np.polynomial.legendre.leggauss(5)
    each = [
        log_prob(residuals + 0.5 * x * step) + np.log(0.5 * w)
        for x, w in zip(nodes, weights, strict=True)
    ]
    return logsumexp(jnp.stack(each), axis=0)


def bind(
    law: Law,
    runs: Runs,
    noise: Noise = student_t,
    *,
    length: int | None = None,
    labels: Sequence[str] | None = None,
) -> Problem:
    """The problem of fitting `law` to `runs`, padded to `length` or the standard length.

    Args:
        labels: the groups there are, if some have no run in this table.

    Raises:
        InputError: a column that the law reads is missing, or there are fewer runs than parameters.
    """
    names = tuple(dict.fromkeys((*law.inputs, *noise.inputs)))
    runs.require((*names, law.response))
    labels = tuple(runs.labels(law.group) if labels is None else labels) if law.group else ()
    numbers = {name: runs[name] for name in (*names, law.response)}
    ref = {name: np.exp(np.mean(np.log(x))) for name, x in numbers.items()}
    columns = {name: runs[name] for name in names} | codes(law, runs, labels) | measured(law, runs)
    worth = noise.worth(View(**columns))
    if noise.offset is not None:
        columns["model"] = offsets.models(columns["N"], columns.get("group"))
    n, padded = len(runs), length or padded_length(len(runs))
    problem = Problem(
        columns={name: _fill(x, padded) for name, x in columns.items()},
        log_loss=_fill(np.log(runs[law.response]), padded),
        weights=np.pad(runs[WEIGHT] if WEIGHT in runs.columns else np.ones(n), (0, padded - n)),
        worth=np.pad(worth * np.ones(n), (0, padded - n)),
        ref=ref,
        law=law,
        noise=noise,
        labels=labels,
    )
    wanted = problem.law_dimension - int(problem.random.sum())
    if n < wanted:
        raise InputError(
            f"{law.name} has {wanted} parameters and {runs.name} only {n} runs; "
            "give it more runs or fit a smaller law (see `bayesfit models`)."
        )
    return problem


def codes(law: Law, runs: Table, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """The law's group column as integers; labels that are not known become a group not seen."""
    if not law.group:
        return {}
    code = {label: i for i, label in enumerate(labels)}
    found = as_labels(_column(runs, law.group, law))
    return {"group": np.array([code.get(label, len(labels)) for label in found])}


def measured(law: Law, runs: Runs) -> dict[str, np.ndarray]:
    """What the table says about its own precision, in log loss (errors of N are relative)."""
    found = {name: runs[name] for name in MEASURED if name in runs.columns and law.is_of_loss}
    runs.require(found)
    return {n: x if n == "N_error" else x / runs["loss"] for n, x in found.items()}


def _named(problem: Problem) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*problem.law.inputs, *problem.noise.inputs)))


def _column(runs: Table, name: str, law: Law):
    try:
        return runs[name]
    except KeyError:
        needed = ", ".join(filter(None, (*law.inputs, law.group)))
        raise InputError(f"{law.name} needs column {name}; give {needed}.") from None


def padded_length(n: int) -> int:
    """The standard length above n: steps of an eighth of a power of two, at least 32."""
    step = max(32, 2 ** max(0, n.bit_length() - 3))
    return -(-n // step) * step


def _fill(x: np.ndarray, length: int) -> np.ndarray:
    """Padding repeats the first run, so that every function stays finite there."""
    return np.concatenate([x, np.full(length - len(x), x[0])])
