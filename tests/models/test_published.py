"""Priors have room for what papers publish of their own laws."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.distributions import biject_to
from scipy.optimize import least_squares

from bayesfit import models
from bayesfit.binding import bind, explained
from bayesfit.computing import in_double
from bayesfit.datasets import load
from bayesfit.law import View

FURTHEST = 3.5  # standard deviations of the prior; the furthest of all laws is 2.8
SAME = 0.001  # of the response on the scale of its link, rms over the runs: the same surface
DRAWS = 4000
# Estimates that are not whole are of one line (approaches 1 and 2) or of one group.
WHOLE = [
    pytest.param(name, i, id=f"{name} {i}")
    for name in models.names()
    for i, published in enumerate(models.load(name).published)
    if set(published.values) >= set(models.load(name).symbols)
]


def standardised(prior, key):
    """From standard deviations off the middle of a prior, on its unbounded scale, to a value."""
    onto = biject_to(prior.support)
    draws = onto.inv(prior.sample(key, (DRAWS,)))
    low, middle, high = jnp.quantile(draws, jnp.array([0.16, 0.5, 0.84]), axis=0)
    return lambda z: onto(middle + z * (high - low) / 2)


@pytest.mark.parametrize("name, i", WHOLE)
@in_double
def test_the_prior_has_room_for_the_published_surface(name, i):
    """The same losses on the default table, from a point well within the prior.

    A prior that leaves it out fits neither the paper's runs nor any like them, and does not say so.
    """
    law = models.load(name)
    problem = bind(law, explained(law, load(law.default_data)))
    runs, seen = View(**problem.columns), np.asarray(problem.weights) > 0
    wanted = law.log_loss(View(**law.published[i].values), runs)[seen]
    middle = np.asarray(law.link.inverse(np.asarray(wanted.mean())))
    problem = replace(problem, ref=problem.ref | {law.response: middle})
    priors = problem.law_priors()
    keys = jax.random.split(jax.random.key(0), len(priors))
    values = {n: standardised(priors[n], key) for n, key in zip(priors, keys, strict=True)}

    def off(z, tolerance):
        theta = {n: value(x) for (n, value), x in zip(values.items(), z, strict=True)}
        found = law.log_loss(View(**theta | problem.textbook(theta)), runs)[seen]
        return jnp.concatenate([(found - wanted) / tolerance, z])

    off, slopes = jax.jit(off), jax.jit(jax.jacfwd(off))
    z = np.full(len(priors), 0.1)  # a power of 0 is a logarithm, and has no slope
    for tolerance in (0.1, 0.03, 0.01, 0.003, SAME):  # from afar, the nearest surface is a detour
        z = least_squares(off, z, slopes, args=(tolerance,), max_nfev=200).x
    assert np.sqrt(np.mean(np.square(off(z, 1.0)[: seen.sum()]))) < SAME
    assert np.abs(z).max() < FURTHEST, dict(zip(priors, z.round(1), strict=True))
