"""One law over several groups of runs (corpora, families, recipes), partially pooled.

`pooled(law, column)` is a law again: each of the parameters at the reference run that vary has a
value for every group, theta_g = bijection(center + spread * deviation_g), all on the parameter's
own unbounded scale (log, logit). The center has the law's own prior, deviations are standard
normal (non-centred). One deviation more than there are groups has no data: its draws are the
prediction for a group not seen.

The Huber MLE, which knows no priors, is that of one law for all groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import biject_to

from bayesfit.errors import InputError
from bayesfit.law import Law, Values, View

PARTS = CENTER, SPREAD, DEVIATION = "{}_center", "{}_spread", "{}_deviation"
TYPICAL = 0.1  # median of the prior of a spread, on the unbounded scale: groups differ by a tenth
CENTRED = 0.75  # how far q is centred; of the level of the loss, which few runs measure, wholly


def pooled(law: Law, column: str, vary: Sequence[str] | None = None) -> Law:
    """The law with its parameters pooled over the groups in a column.

    The same law is the same object each time, so that what was compiled for it is used again.

    Args:
        vary: parameters at the reference run that differ between groups; all if omitted. The level
            of the loss (L_ref) takes up tokenizers and corpora, exponents take up recipes.

    Raises:
        InputError: the law has groups of its own, or no parameter of such a name.
    """
    if law.group:
        raise InputError(f"{law.name} is a law of groups already ({law.group}): do not group it")
    if not column.strip():
        raise InputError("the group has no name: name a column of labels")
    if column in (*law.inputs, law.response, "N", "D", "C"):
        raise InputError(f"{column} is a measure of the runs: group by a column of labels")
    supports = {n: x.support for n, x in law.priors(_anywhere(law)).items()}
    for name in vary or ():
        if name not in supports:
            raise InputError(f"{law.name} has no parameter {name}; it has {', '.join(supports)}")
    if vary is not None and not len(vary):
        raise InputError(f"vary names none of {', '.join(supports)}: name some, or leave it out")
    if vary is not None and len(set(vary)) != len(vary):
        raise InputError(f"{', '.join(vary)} names a parameter twice: name each once")
    return _pooled(law, column, tuple(vary or supports))


@lru_cache(maxsize=64)
def _pooled(law: Law, column: str, varying: tuple[str, ...]) -> Law:
    supports = {n: x.support for n, x in law.priors(_anywhere(law)).items()}

    def priors(ref: View) -> Values:
        own = law.priors(ref)
        several = {CENTER.format(n) if n in varying else n: prior for n, prior in own.items()}
        for name in varying:
            several[SPREAD.format(name)] = dist.LogNormal(jnp.log(TYPICAL), 1.0)
            several[DEVIATION.format(name)] = dist.Normal(0.0, 1.0).expand([ref.groups]).to_event(1)
        return several

    def reparametrize(theta: View) -> Values:
        own = law.reparametrize(_centers(theta, varying))
        moves = {CENTER.format(n) if n in varying else n: shift for n, shift in own.items()}
        for name in varying:
            bijection, level = biject_to(supports[name]), name == law.roles.get("level")
            moves[DEVIATION.format(name)] = _partly_centred(theta, name, bijection, level)
        return moves

    def textbook(theta: View, ref: View) -> Values:
        each = dict(vars(_centers(theta, varying)))
        for name, prior in law.priors(ref).items():
            if name in varying:
                each[name] = _of_each_group(theta, name, biject_to(prior.support))
        axes = {name: 0 if name in varying else None for name in each}
        handed_on: set[str] = set()

        def of_one(one: Values) -> Values:
            found = law.textbook(View(**one), ref)
            handed_on.update(name for name, x in found.items() if x is one.get(name))
            return found

        found = jax.vmap(of_one, in_axes=(axes,))(each)
        return found | {name: each[name] for name in handed_on}

    def log_loss(p: View, runs: View):
        return law.log_loss(_picked(p, runs.group), runs)

    held = [CENTER.format(n) if n in varying else n for n in law.random]
    held += [part.format(name) for name in varying for part in (SPREAD, DEVIATION)]
    return replace(
        law,
        group=column,
        random=tuple(held),
        at_size=None,
        priors=priors,
        reparametrize=reparametrize,
        textbook=textbook,
        log_loss=log_loss,
        reference=None,
        grid=None,
        roles={role: name for role, name in law.roles.items() if role != "level"},
    )


def _anywhere(law: Law) -> View:
    """A reference run, to ask for what does not depend on it: names and supports."""
    low, high = law.link.lowest, law.link.highest
    response = 1.0 if low < 1.0 < high else 0.5 * (low + high)
    return View(**dict.fromkeys(law.inputs, 1.0) | {law.response: response})


def _partly_centred(theta: View, name: str, bijection, level: bool):
    """Shift and stretch of the deviations in q: towards the values of the groups themselves.

    Where groups are well measured their values are what the runs see, and deviations trade off
    against center and spread; where they are not, it is the other way round. The sampler's
    coordinates lie between the two (Papaspiliopoulos et al. 2007), those of the level of the loss,
    which a few runs measure, at the former; the group not seen has no runs and keeps deviations.
    """
    center, spread, deviation = (getattr(theta, part.format(name)) for part in PARTS)
    seen = jnp.arange(deviation.shape[-1]) < deviation.shape[-1] - 1
    centred = 1.0 if level else CENTRED
    stretch = (spread / TYPICAL) ** centred
    shift = centred * bijection.inv(center) / TYPICAL
    return jnp.where(seen, shift, 0.0), jnp.where(seen, stretch, 1.0)


def _centers(theta: View, varying: Sequence[str]) -> View:
    """theta of the law itself, at the center of the groups."""
    values = dict(vars(theta))
    for name in varying:
        values[name] = values.pop(CENTER.format(name))
        for part in (SPREAD, DEVIATION):
            values.pop(part.format(name), None)
    return View(**values)


def _of_each_group(theta: View, name: str, bijection):
    """A parameter's value in every group (groups,)."""
    center, spread, deviation = (getattr(theta, part.format(name)) for part in PARTS)
    return bijection(bijection.inv(center) + spread * deviation)


def _picked(p: View, code) -> View:
    """Each run's own parameters; those that do not vary are the same for all."""
    return View(**{name: x[code] if jnp.ndim(x) else x for name, x in vars(p).items()})
