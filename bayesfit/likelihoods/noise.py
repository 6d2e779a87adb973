"""How observed log loss scatters around a law.

A noise is, like a law, priors and a pure function. Scatter is measured in log loss, so a scale of
0.01 means that a run lands within about 1 % of the surface. Student-t is the default: tables of
training runs have a few bad rows, and a normal likelihood lets them drag the exponents.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpyro.distributions as dist
from jax import nn, random
from jax.numpy import exp, log, log1p, log2, logaddexp, shape, sqrt, where

from bayesfit.errors import InputError
from bayesfit.law import Values, View


def _at_its_word(runs: View) -> np.ndarray:
    return np.array(1.0)


@dataclass(frozen=True, eq=False)
class Noise:
    """Scatter of log loss.

    Attributes:
        name: what `--likelihood` calls it.
        priors: ``ref -> {name: numpyro distribution}`` of its own parameters.
        scatter: ``(theta, runs, ref) -> numpyro distribution`` of (observed - fitted) log loss.
            ``runs.error_variance`` is what the table itself knows of the error of each.
        inputs: columns that the scatter depends on.
        offset: ``theta -> scale`` of the offset that runs of one model share (`bayesfit.likelihoods._offsets`),
            if they do; `scatter` is then a Student-t, of what each run has for itself.
        worth: ``runs -> (runs,)``, the power to which each run's likelihood is raised; 1 if a run
            is taken at its word.
        symbols: parameter -> the words printed beside it.
    """

    name: str
    priors: Callable[[View], Values]
    scatter: Callable[[View, View, View], dist.Distribution]
    inputs: tuple[str, ...] = ()
    offset: Callable[[View], Any] | None = None
    worth: Callable[[View], np.ndarray] = _at_its_word
    symbols: Mapping[str, str] = field(default_factory=dict)


SIGMA, NU = "scatter of log loss", "degrees of freedom of the scatter"


def _sigma() -> dist.Distribution:
    """Seeds differ by about 0.1 % to 2 %, digitised tables by more: 90 % in 0.2 % to 4 %."""
    return dist.LogNormal(log(0.01), 1.0)


def _with_errors(scale, runs: View):
    """A scale of scatter joined by the standard errors that a table brings along."""
    return sqrt(scale**2 + runs.error_variance)


student_t = Noise(
    "student_t",
    priors=lambda ref: dict(sigma=_sigma(), nu=dist.Gamma(2.0, 0.1)),
    scatter=lambda theta, runs, ref: dist.StudentT(theta.nu, 0.0, _with_errors(theta.sigma, runs)),
    symbols=dict(sigma=SIGMA, nu=NU),
)

rough_t = Noise(  # for columns that scatter by tens of per cent, as best sizes do
    "rough_t",
    priors=lambda ref: dict(sigma=dist.LogNormal(log(0.15), 0.8), nu=dist.Gamma(2.0, 0.1)),
    scatter=student_t.scatter,
    symbols=dict(sigma="scatter of the log of the response", nu=NU),
)

normal = Noise(
    "normal",
    priors=lambda ref: dict(sigma=_sigma()),
    scatter=lambda theta, runs, ref: dist.Normal(0.0, _with_errors(theta.sigma, runs)),
    symbols=dict(sigma=SIGMA),
)


BAD = 10.0  # how much further bad runs scatter


class Contaminated(dist.Distribution):
    """A normal distribution, but for a share of bad runs, whose scale is BAD times as large."""

    def __init__(self, scale, bad):
        self.scale, self.bad = scale, bad
        super().__init__(batch_shape=shape(scale))

    @property
    def support(self):
        return dist.constraints.real

    def log_prob(self, value, intermediates=None):
        del intermediates
        good, bad = (dist.Normal(0.0, k * self.scale).log_prob(value) for k in (1.0, BAD))
        return logaddexp(log1p(-self.bad) + good, log(self.bad) + bad)

    def sample(self, key: Any, sample_shape=()):
        which, place = random.split(key)
        size = sample_shape + self.batch_shape
        wild = random.bernoulli(which, self.bad, size)
        return random.normal(place, size) * self.scale * where(wild, BAD, 1.0)


contaminated = Noise(  # for tables where most runs are clean and a few are simply wrong
    "contaminated",
    priors=lambda ref: dict(sigma=_sigma(), bad=dist.Beta(1.0, 19.0)),
    scatter=lambda theta, runs, ref: Contaminated(_with_errors(theta.sigma, runs), theta.bad),
    symbols=dict(sigma=SIGMA, bad=f"share of bad runs, which scatter {BAD:.0f} times as far"),
)


def _above_two(prior: dist.Distribution) -> dist.Distribution:
    """Degrees of freedom with a finite variance: bands for large runs hang on their tails."""
    shift = dist.transforms.AffineTransform(2.0, 1.0, domain=dist.constraints.positive)
    return dist.TransformedDistribution(prior, shift)


def _graded(theta: View, runs: View, ref: View) -> dist.Distribution:
    starved = nn.relu(log2(STARVED * runs.N / runs.D))
    larger = log(runs.N * runs.D / (ref.N * ref.D))
    scale = theta.sigma * exp(theta.sigma_starved * starved + theta.sigma_C * larger)
    return dist.StudentT(theta.nu, 0.0, _with_errors(scale, runs))


STARVED = 2.0  # tokens per parameter below which scatter grows

graded_t = Noise(  # the digitised Chinchilla runs scatter by .017 at D/N < 2 and .004 at 10 to 40
    "graded_t",
    priors=lambda ref: dict(
        sigma=_sigma(),
        nu=_above_two(dist.Gamma(2.0, 0.1)),
        sigma_starved=dist.Normal(0.0, 0.3),  # log scale per halving of D/N below STARVED
        sigma_C=dist.Normal(0.0, 0.1),  # log scale per e-fold of C
    ),
    scatter=_graded,
    inputs=("N", "D"),
    symbols=dict(
        sigma=f"{SIGMA} at the reference run",
        nu=NU,
        sigma_starved=f"log of its growth per halving of D/N below {STARVED:.0f}",
        sigma_C="log of its growth per e-fold of C",
    ),
)


# Over a decade of compute a law drifts as far as the mean of so many runs scatters. The log score
# of public sweeps hardly differs from 15 to 25 (`benchmarks/DRIFT.md`); 25 has the narrowest bands.
DRIFT = 25.0


def discounted(runs: View, drift: float = DRIFT) -> np.ndarray:
    """What a run says of its group's frontier, as a share of what a run there says (runs,).

    If the law drifts with compute like a random walk, m runs a decade that lie x decades below the
    largest budget know the law there with variance scatter**2 / m + x step**2, so each of them is
    worth 1 / (1 + x m / `drift`), with `drift` = scatter**2 / step**2. Twice as many runs are then
    worth less than twice as much. Discounting as in power priors (Ibrahim & Chen 2000).
    """
    decades = np.log10(runs.N * runs.D)
    group, worth = getattr(runs, "group", np.zeros(len(decades))), np.ones(len(decades))
    for each in (group == code for code in np.unique(group)):
        below = decades[each].max() - decades[each]
        worth[each] = 1 / (1 + below * each.sum() / max(below.max(), 1.0) / drift)
    return worth


shared_t = replace(  # for extrapolation: what small runs share must not pass for many witnesses
    graded_t,
    name="shared_t",
    # Shapes and recipes of one size differ by about 0.3 %: 90 % in 0.08 % to 1.1 %.
    priors=lambda ref: (
        graded_t.priors(ref)
        | dict(
            sigma_model=dist.LogNormal(log(0.003), 0.8),
            # Chosen on the splits of `benchmarks/bands.py`, where discounted fits lean below 0;
            # fits to all runs alike lean either way, so the sweeps settle little.
            sigma_C=dist.Normal(-0.05, 0.1),
        )
    ),
    offset=lambda theta: theta.sigma_model,
    worth=discounted,
    symbols=dict(graded_t.symbols) | dict(sigma_model="scatter of models, which their runs share"),
)

CHOICES = (student_t, graded_t, shared_t, normal, contaminated, rough_t)
KINDS = {kind.name: kind for kind in CHOICES}


def load(name: str) -> Noise:
    """The noise of that name.

    Raises:
        InputError: there is none.
    """
    if name not in KINDS:
        near = difflib.get_close_matches(name, KINDS, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(KINDS)}."
        raise InputError(f"There is no likelihood {name!r}; {hint}")
    return KINDS[name]
