"""Law + Noise + Runs, told as functions of one flat unconstrained vector q.

Both ways of fitting and every diagnostic are functions of a `Problem`. Its table is data, not part
of the compiled program, and is padded to a few standard lengths: a table with one more run reuses
the programs compiled for the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro.distributions import Distribution, biject_to

from bayesfit import devices  # noqa: F401  (float64 and the cache, before anything is traced)
from bayesfit.errors import InputError
from bayesfit.law import Law, Values, View
from bayesfit.noise import Noise, student_t
from bayesfit.runs import Runs

Array = jax.Array | np.ndarray


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("columns", "log_loss", "weights", "ref"),
    meta_fields=("law", "noise"),
)
@dataclass(frozen=True)
class Problem:
    """A law and a noise bound to a table of runs.

    Attributes:
        columns: input column -> array (n,), n the padded length.
        log_loss: observed log loss (n,), nats per token before the log.
        weights: 1 for a run, 0 for padding (n,).
        ref: geometric means of the inputs and of the loss over the runs.
        law, noise: static; another law compiles another program.
    """

    columns: dict[str, Array]
    log_loss: Array
    weights: Array
    ref: dict[str, Array]
    law: Law
    noise: Noise

    # -- coordinates ---------------------------------------------------------------------------

    def law_priors(self) -> dict[str, Distribution]:
        return self.law.priors(View(**self.ref))

    def priors(self) -> dict[str, Distribution]:
        return self.law_priors() | self.noise.priors(View(**self.ref))

    def constrain(self, q: Array, priors: dict[str, Distribution] | None = None) -> Values:
        """theta of q; give `law_priors()` for a q that has no noise parameters."""
        return {name: value for name, _, _, value in self._coordinates(q, priors or self.priors())}

    def unconstrain(self, theta: Values, priors: dict[str, Distribution] | None = None) -> Array:
        """q of theta; the inverse of `constrain`."""
        priors = priors or self.priors()
        shifts = self.law.shear(View(**theta))
        pieces = [
            biject_to(prior.support).inv(jnp.asarray(theta[name])) + shifts.get(name, 0.0)
            for name, prior in priors.items()
        ]
        return jnp.concatenate([jnp.ravel(piece) for piece in pieces])

    def _coordinates(self, q: Array, priors: dict[str, Distribution]):
        """(name, prior, unconstrained, value) of each parameter, in the law's order."""
        pieces = list(_pieces(q, priors))
        upright = {name: biject_to(prior.support)(piece) for name, prior, piece in pieces}
        shifts = self.law.shear(View(**upright))  # reads only parameters that it does not shift
        for name, prior, piece in pieces:
            piece = piece - shifts.get(name, 0.0)
            yield name, prior, piece, biject_to(prior.support)(piece)

    def textbook(self, theta: Values) -> Values:
        """The paper's parameters."""
        return self.law.textbook(View(**theta), View(**self.ref))

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
        theta = self.constrain(q, self.law_priors())
        return self.law.log_loss(View(**self.textbook(theta)), View(**self.columns))

    def residuals(self, q: Array) -> Array:
        """Observed minus fitted log loss (n,)."""
        return self.log_loss - self.predict(q)

    def log_likelihood(self, q: Array) -> Array:
        """Pointwise log likelihood of the runs (n,), 0 for padding."""
        scatter = self.noise.scatter(
            View(**self.constrain(q)), View(**self.columns), View(**self.ref)
        )
        return self.weights * scatter.log_prob(self.residuals(q))

    def log_prior(self, q: Array) -> Array:
        """Log prior density of q, the Jacobian of the bijections included."""
        total = jnp.zeros(())
        for _, prior, piece, value in self._coordinates(q, self.priors()):
            total += jnp.sum(prior.log_prob(value))
            total += jnp.sum(biject_to(prior.support).log_abs_det_jacobian(piece, value))
        return total

    def log_density(self, q: Array) -> Array:
        """Log posterior density of q, up to a constant."""
        return self.log_prior(q) + jnp.sum(self.log_likelihood(q))

    def draw_prior(self, key: Array, count: int) -> Array:
        """Prior draws of q (count, dimension)."""
        priors = self.priors()
        keys = jax.random.split(key, len(priors))
        theta = {n: p.sample(k, (count,)) for (n, p), k in zip(priors.items(), keys, strict=True)}
        return jax.vmap(self.unconstrain)(theta)

    def model(self) -> None:
        """The same posterior as a numpyro model, for whoever wants another of its samplers."""
        theta = {name: numpyro.sample(name, prior) for name, prior in self.priors().items()}
        runs = View(**self.columns)
        residuals = self.log_loss - self.law.log_loss(View(**self.textbook(theta)), runs)
        scatter = self.noise.scatter(View(**theta), runs, View(**self.ref)).log_prob(residuals)
        numpyro.factor("runs", jnp.sum(self.weights * scatter))

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


def bind(law: Law, runs: Runs, noise: Noise = student_t, *, length: int | None = None) -> Problem:
    """The problem of fitting `law` to `runs`, padded to `length` or the standard length.

    Raises:
        InputError: a column that the law reads is missing, or there are fewer runs than parameters.
    """
    inputs = tuple(dict.fromkeys((*law.inputs, *noise.inputs)))
    runs.require((*inputs, "loss"))
    columns = {name: runs[name] for name in (*inputs, "loss")}
    ref = {name: np.exp(np.mean(np.log(x))) for name, x in columns.items()}
    n, padded = len(runs), length or padded_length(len(runs))
    filled = {name: _fill(x, padded) for name, x in columns.items()}
    problem = Problem(
        columns={name: filled[name] for name in inputs},
        log_loss=np.log(filled["loss"]),
        weights=np.asarray(np.arange(padded) < n, float),
        ref=ref,
        law=law,
        noise=noise,
    )
    if n < problem.law_dimension:
        raise InputError(
            f"{law.name} has {problem.law_dimension} parameters and {runs.name} only {n} runs; "
            "give it more runs or fit a smaller law (see `bayesfit models`)."
        )
    return problem


def padded_length(n: int) -> int:
    """The standard length above n: steps of an eighth of a power of two, at least 32."""
    step = max(32, 2 ** max(0, n.bit_length() - 3))
    return -(-n // step) * step


def _fill(x: np.ndarray, length: int) -> np.ndarray:
    """Padding repeats the first run, so that every function stays finite there."""
    return np.concatenate([x, np.full(length - len(x), x[0])])
