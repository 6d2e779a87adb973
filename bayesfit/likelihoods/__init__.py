"""How observed values scatter around a law: one likelihood a file, each a complete object.

A likelihood owns its whole arithmetic. It is given the residuals of the runs, on the scale of the
law's link (for a loss, observed minus fitted log loss), and answers for their joint density, for
the density of each given the others, and for what to expect of further runs. Nobody else knows how:
one likelihood lets runs of one size share an offset, another may correlate the rows of a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import jax
import numpy as np

from bayesfit import discovery
from bayesfit.errors import InputError
from bayesfit.law import Values, View

Array = jax.Array | np.ndarray


def _nothing(*_: Any) -> dict[str, np.ndarray]:
    return {}


def _no_remarks(*_: Any) -> list[str]:
    return []


@dataclass(frozen=True)
class Plane:
    """What a field by which a law is off is over.

    Attributes:
        place: ``(runs, xp) -> (x, y)``, where runs lie, in correlation lengths; elementwise, by the
            functions of xp, which is numpy for a table and jax.numpy within a program.
        inputs: columns that it reads, which the law must read too.
        words: what the coordinates are, for a sentence.
    """

    place: Callable[[View, Any], tuple[Array, Array]]
    inputs: tuple[str, ...]
    words: str


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The distribution of residuals r (runs,) given the law and the likelihood's own parameters.

    Runs come as columns (runs,): the `inputs`, `group` where the law has groups, what `label`
    adds, and always ``weight`` (1 for a run, or what a row counts as; 0 for padding) and
    ``error_variance``, the variance of r that the table itself knows of; ``loss_step`` where losses
    were rounded.

    Attributes:
        priors: ``ref -> {name: numpyro distribution}`` of its own parameters.
        log_density: ``(theta, r, runs, ref) -> ()``, of all runs, each to the power of its weight.
        pointwise: ``(theta, r, runs, ref) -> (runs,)``, what each run adds to the joint log
            density: its own given the others, for a run of weight 1. Leave-one-out asks for it.
        draw: ``(key, theta, r, runs, new, ref) -> (new,)``, residuals of further runs `new`, given
            those of the runs fitted.
        inputs: columns that it reads.
        label: ``(runs, fitted) -> {name: (runs,)}``, columns that it works out from a table
            beforehand, such as which runs are of one size; where it predicts, of further runs,
            given those fitted with their labels (None for these themselves).
        hidden: parameters that mean nothing one by one, and stand in no table.
        reparametrize: ``(theta, r, runs, ref) -> {name: (shift, stretch)}``, as that of a law, of
            its own parameters: a sampler then moves x * stretch + shift. None of them may depend on
            one that is moved.
        bends: ``(key, theta, runs, ref) -> {name: array}``, what one draw adds to the law's surface
            anywhere, for a likelihood that takes the law to be off; random where no run tells.
        bend: ``(p, runs) -> (runs,)``, what is added, elementwise; p has what `bends` gave.
        plane: what that is a field over, for such a likelihood.
        symbols: parameter -> the words printed beside it.
        remarks: ``(draws, runs) -> sentences`` about what it did to a table, for the report.
        name, doc: filled in from its file by `load`.
    """

    priors: Callable[[View], Values]
    log_density: Callable[[View, Array, View, View], Array]
    pointwise: Callable[[View, Array, View, View], Array]
    draw: Callable[[Array, View, Array, View, View, View], Array]
    inputs: tuple[str, ...] = ()
    label: Callable[[View, View | None], dict[str, np.ndarray]] = _nothing
    hidden: tuple[str, ...] = ()
    reparametrize: Callable[[View, Array, View, View], Values] | None = None
    bends: Callable[[Array, View, View, View], Values] = _nothing
    bend: Callable[[View, View], Array] | None = None
    plane: Plane | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)
    remarks: Callable[[Mapping[str, np.ndarray], View], list[str]] = _no_remarks
    name: str = ""
    doc: str = ""

    def __repr__(self) -> str:
        return f"<Likelihood {self.name}>"


def names() -> list[str]:
    """The likelihoods there are; imports none of them."""
    return discovery.names("likelihood")


def load(name: str) -> Likelihood:
    """The likelihood of that name, the same object each time.

    Raises:
        InputError: there is none.
    """
    return _filed(name)[0]


def digest(likelihood: Likelihood) -> str:
    """A hash of the code of its file, documentation aside; empty unless `load` gives this one."""
    try:
        filed, text = _filed(likelihood.name)
    except InputError:
        return ""
    return discovery.digest(text) if likelihood is filed else ""


@cache
def _filed(name: str) -> tuple[Likelihood, str]:
    """A likelihood, and the text of its file when it was loaded."""
    found = discovery.load("likelihood", name)
    found = replace(found, name=name, doc=discovery.describe("likelihood", name))
    return found, discovery.source("likelihood", name)
