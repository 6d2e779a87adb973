"""By how much a law itself is off: a smooth field over compute and tokens per parameter.

Whoever fits a law to many clean runs knows the parameters of a wrong law to nothing, and forecasts
with a confidence that no larger run bears out. What is wrong then is the law, and it is wrong alike
for neighbouring runs, so that many of them do not average it away. So the log loss is law + f, with
f a Student-t process of mean 0 over a plane of two coordinates x, in correlation lengths,

    x = (log10 C / 1.4, log10(D / N) / 0.7),    C = 6 N D,

for laws of N and D, with a scale that the law declares, FREEDOM degrees of freedom and the
correlation exp(-|x - x'|**2 / 2) (the model inadequacy of Kennedy & O'Hagan 2001,
doi:10.1111/1467-9868.00294). Tables differ in how far a law is off on them: given one of them f is
Gaussian, with a scale of its own about the declared one. That scale is integrated out where f is
sampled, for as a parameter it makes a funnel, and drawn where f is carried beyond the runs.

On the runs fitted f is the declared scale times `basis @ misfit`, with PIVOTS weights `misfit`,
jointly Student-t, which are sampled with the rest. The basis spans a pivoted Cholesky factor of the
correlation; what it misses of a run (less than LEFT of its variance, unless a table is very wide)
joins the run's own scatter (Snelson & Ghahramani 2006). Its columns are orthogonal: given the law
and its scatter, were all normal, each weight then has a posterior of its own, and the sampler moves
it in units of that.

Beyond the runs f is carried by Matheron's rule: a draw of the process before any run, at the
table's own scale, moved so that it passes through f at the pivots (Wilson et al. 2020,
arXiv:2002.09309). Far from all runs that is the process itself, with all of its doubt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import MultivariateStudentT

from bayesfit.computing import program
from bayesfit.law import Values, View
from bayesfit.likelihoods import Array, Likelihood, Plane

LENGTHS = (1.4, 0.7)  # decades of compute, and of tokens per parameter
PIVOTS, LEFT = 24, 1e-4
FREEDOM = 12.0  # 19 tables in 20 have a scale of .72 to 1.65 times the law's
TURN = 6.28125  # nearly 2 pi, in so few bits that a whole number of it is exact
SINE_TERMS = 11  # of the series, the first left out of which is below 1e-16 at a quarter turn
WAVES = 16  # of a draw of the process before any run; their frequencies differ between draws


def _of_size_and_tokens(runs: View, xp: Any) -> tuple[Array, Array]:
    log10_N, log10_D = xp.log10(runs.N), xp.log10(runs.D)
    return (log10_N + log10_D) / LENGTHS[0], (log10_D - log10_N) / LENGTHS[1]


COMPUTE_AND_RATIO = Plane(
    place=_of_size_and_tokens, inputs=("N", "D"), words="compute and tokens per parameter"
)


def bent(
    base: Likelihood, spread: Callable[[View], Array], plane: Plane = COMPUTE_AND_RATIO
) -> Likelihood:
    """A likelihood around a law that is off by the field.

    Args:
        spread: ``theta -> ()``, about how far the runs of `base` scatter.
        plane: what the field is over.
    """

    def priors(ref: View) -> Values:
        weights = MultivariateStudentT(
            FREEDOM,
            np.zeros(PIVOTS),
            np.eye(PIVOTS),
            validate_args=False,  # checks take a second
        )
        return base.priors(ref) | dict(misfit=weights)

    def left(theta: View, r: Array, runs: View, ref: View) -> tuple[Array, View]:
        """What the field leaves of the residuals; what its basis misses, the run keeps."""
        missed = ref.misfit**2 * runs.missed + runs.error_variance
        known = vars(runs) | dict(error_variance=missed)
        return r - ref.misfit * (runs.basis @ theta.misfit), View(**known)

    def log_density(theta: View, r: Array, runs: View, ref: View) -> Array:
        return base.log_density(theta, *left(theta, r, runs, ref), ref)

    def pointwise(theta: View, r: Array, runs: View, ref: View) -> Array:
        return base.pointwise(theta, *left(theta, r, runs, ref), ref)

    def draw(key: Array, theta: View, r: Array, runs: View, new: View, ref: View) -> Array:
        return base.draw(key, theta, *left(theta, r, runs, ref), new, ref)

    def reparametrize(theta: View, r: Array, runs: View, ref: View) -> Values:
        """Each weight less its mean given the law, over its sd: ridge regression on the basis."""
        precision = spread(theta) ** -2
        gain = 1.0 + ref.misfit**2 * precision * (runs.weight @ runs.basis**2)
        stretch = jnp.sqrt(gain)
        along = (runs.weight * r) @ runs.basis
        return dict(misfit=(-ref.misfit * precision * along / stretch, stretch))

    def label(runs: View, fitted: View | None = None) -> dict[str, np.ndarray]:
        return base.label(runs, fitted) | (_basis(runs, plane) if fitted is None else {})

    return replace(
        base,
        priors=priors,
        log_density=log_density,
        pointwise=pointwise,
        draw=draw,
        label=label,
        inputs=tuple(dict.fromkeys((*base.inputs, *plane.inputs))),
        hidden=("misfit",),
        reparametrize=reparametrize,
        bends=partial(bends, plane),
        bend=partial(bend, plane),
        plane=plane,
    )


def _basis(runs: View, plane: Plane) -> dict[str, np.ndarray]:
    """The basis at the runs fitted (runs, PIVOTS), the pivot that each run is, or -1 (runs,), and
    the share of its variance that the basis misses (runs,)."""
    c, r = plane.place(runs, np)
    n, left = len(c), np.ones(len(c))
    basis, pivot = np.zeros((n, PIVOTS)), np.full(n, -1)
    for k in range(min(PIVOTS, n)):
        i = int(np.argmax(left))
        if left[i] < LEFT:
            break
        column = np.exp(-0.5 * ((c - c[i]) ** 2 + (r - r[i]) ** 2)) - basis[:, :k] @ basis[i, :k]
        basis[:, k] = column / np.sqrt(left[i])
        left = np.maximum(left - basis[:, k] ** 2, 0.0)
        left[i], pivot[i] = 0.0, k
    _, turned = np.linalg.eigh(basis.T @ basis)
    return dict(basis=basis @ turned, pivot=pivot, missed=np.maximum(1.0 - (basis**2).sum(1), 0.0))


def bends(plane: Plane, key: Array, theta: View, runs: View, ref: View) -> Values:
    """What `bend` needs to have the field of one draw anywhere (`Likelihood.bends`)."""
    for_waves, for_heights, for_shifts, for_scale = jax.random.split(key, 4)
    freedom, seen = FREEDOM + PIVOTS, FREEDOM + jnp.sum(theta.misfit**2)
    scale = ref.misfit * jnp.sqrt(0.5 * seen / jax.random.gamma(for_scale, 0.5 * freedom))
    before = dict(
        misfit_wave=jax.random.normal(for_waves, (WAVES, 2)),
        # A normal sine and a normal cosine are one wave of Rayleigh height, shifted at random.
        misfit_height=scale / WAVES**0.5 * jax.random.rayleigh(for_heights, 1.0, (WAVES,)),
        misfit_shift=2.0 * jnp.pi * jax.random.uniform(for_shifts, (WAVES,)),
    )
    order = jnp.where(runs.weight > 0, jnp.where(runs.pivot >= 0, runs.pivot, PIVOTS), PIVOTS)
    rows = jnp.resize(jnp.argsort(order), (PIVOTS,))
    there = jnp.arange(PIVOTS) < jnp.sum(order < PIVOTS)
    c, r = (x[rows] for x in plane.place(runs, jnp))
    through = ref.misfit * runs.basis[rows] @ theta.misfit
    moved = jnp.where(there, through - _before(View(**before), c, r), 0.0)
    among = jnp.where(there[:, None] & there[None], _alike(c, r, c, r), jnp.eye(PIVOTS))
    factor = jax.scipy.linalg.cho_factor(among + 1e-10 * jnp.eye(PIVOTS), lower=True)
    pull = jnp.where(there, jax.scipy.linalg.cho_solve(factor, moved), 0.0)
    return before | dict(misfit_c=c, misfit_r=r, misfit_pull=pull)


def _alike(c: Array, r: Array, c_there: Array, r_there: Array) -> Array:
    """Correlation between places (...) and other places (there,), as (..., there)."""

    def to(c_one: Array, r_one: Array) -> Array:
        return jnp.exp(-0.5 * ((c - c_one) ** 2 + (r - r_one) ** 2))

    return jax.vmap(to, out_axes=-1)(c_there, r_there)


def _before(p: View, c: Array, r: Array) -> Array:
    """The process as it was before any run."""

    total = jnp.zeros(())
    for i in range(WAVES):  # number by number, XLA would not use the vectors of the processor
        at = p.misfit_wave[i, 0] * c + p.misfit_wave[i, 1] * r + p.misfit_shift[i]
        total = total + p.misfit_height[i] * bayesfit_cosine(at)
    return total


@program
def bayesfit_cosine(x: Array) -> Array:
    """cos x, off by less than 1e-15 + 1e-16 |x|, in a tenth of the time of the usual library.

    XLA calls that one number by number, which was most of the search for a bent law's optimum.
    This is cos x = 1 - 2 sin(x / 2)**2 after whole turns are taken off, by the series of the sine.
    Of this name the report's explorer knows that it is a cosine.
    """
    turns = jnp.round(x / (2.0 * math.pi))
    half = 0.5 * ((x - turns * TURN) - turns * (2.0 * math.pi - TURN))
    square, series = half * half, jnp.zeros_like(x)
    for k in reversed(range(SINE_TERMS)):
        series = series * square + (-1) ** k / math.factorial(2 * k + 1)
    return 1.0 - 2.0 * (half * series) ** 2


def bend(plane: Plane, p: View, runs: View) -> Array:
    """The field of one draw, elementwise over any runs; p has what `bends` gave."""
    c, r = jnp.broadcast_arrays(*plane.place(runs, jnp))
    alike = _alike(c, r, p.misfit_c, p.misfit_r)
    return _before(p, c, r) + alike @ p.misfit_pull
