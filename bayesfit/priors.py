"""Another prior for a parameter, given by name: `fit(..., priors={"alpha": ...})`.

A prior is a numpyro distribution, or its text as on the command line: "LogNormal(-1.0, 0.3)". It is
of the parameter at the reference run, as the law's file has it, and is recorded with the fit.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpyro.distributions as dist

from bayesfit.errors import InputError
from bayesfit.law import Law, Values, View

Prior = str | dist.Distribution


def overridden(law: Law, priors: Mapping[str, Prior]) -> Law:
    """The law with some of its priors replaced; the same object for the same priors.

    Args:
        priors: parameter at the reference run -> distribution, or its text.

    Raises:
        InputError: the law has no such parameter, or the text is no distribution.
    """
    if not priors:
        return law
    words = {name: _in_words(name, prior) for name, prior in priors.items()}
    return _overridden(law, tuple(sorted(words.items())))


@lru_cache(maxsize=64)
def _overridden(law: Law, words: tuple[tuple[str, str], ...]) -> Law:
    def priors(ref: View) -> Values:
        own = law.priors(ref)
        made = {name: parsed(name, text) for name, text in words}  # here, where jax is in float64
        for name, prior in made.items():
            if name not in own:
                raise InputError(f"{law.name} has no parameter {name}; it has {', '.join(own)}")
            if prior.event_shape != own[name].event_shape:
                raise InputError(f"{name} has a value for each group: it takes no single prior")
        return own | made

    return replace(law, priors=priors, overrides=dict(law.overrides) | dict(words))


def parsed(name: str, text: str) -> dist.Distribution:
    """The distribution that a text such as "LogNormal(-1.0, 0.3)" names; nothing is evaluated.

    Raises:
        InputError: it is no call of a numpyro distribution with numbers.
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        made = getattr(dist, call.func.id)
        numbers = [float(ast.literal_eval(x)) for x in call.args]
        named = {x.arg: float(ast.literal_eval(x.value)) for x in call.keywords if x.arg}
        prior = made(*numbers, **named, validate_args=True)
    except (AssertionError, AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise InputError(
            f"the prior of {name} cannot be read: {text!r}; write a distribution of numpyro with "
            "numbers, such as LogNormal(-1.0, 0.3) or Normal(0, 1)"
        ) from error
    if prior.support is None or prior.support.is_discrete or isinstance(prior, dist.Delta):
        raise InputError(
            f"the prior of {name} has no density: {text!r}; take a continuous distribution, and a "
            "narrow one, such as Normal(0.35, 0.001), to hold a parameter in place"
        )
    return prior


def _in_words(name: str, prior: Any) -> str:
    """A distribution as the text that `parsed` reads; a text in the same spelling."""
    if isinstance(prior, str):
        prior = parsed(name, prior)
    if not isinstance(prior, dist.Distribution):
        raise InputError(f"the prior of {name} is a {type(prior).__name__}, not a distribution")
    try:
        numbers = {x: float(np.asarray(getattr(prior, x))) for x in prior.arg_constraints}
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"the prior of {name} is no distribution with plain numbers, and could not be recorded "
            "with the fit: write it into a law file of your own"
        ) from error
    return f"{type(prior).__name__}({', '.join(f'{x}={value!r}' for x, value in numbers.items())})"
