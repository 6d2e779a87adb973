"""From a law, a likelihood and a table of runs to a `Problem`.

Tables are padded to a few standard lengths, and what the likelihood has to know of them beforehand,
such as which runs are of one size, is worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from bayesfit.computing import in_double, program
from bayesfit.coordinates import Array
from bayesfit.data import rows
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.law import Law, View
from bayesfit.likelihoods import Likelihood, load
from bayesfit.problem import Problem, codes

# Columns that any table may have: standard error and rounding step of the loss (nats per token),
# relative standard error of N.
MEASURED = ("loss_se", "loss_step", "N_error")
WEIGHT = "counts_as"  # how many independent runs a row is worth, in tables made by `Law.prepare`
PRIOR_DRAWS = 4000  # in which a name has to stand for one number
TAKEN = ("chain", "draw")  # names that draws use for other things: the axes of arviz


def explained(law: Law, runs: Runs) -> Runs:
    """The rows of a table that the law explains, as it prepares them.

    Raises:
        InputError: the law cannot make its table from these runs.
    """
    if law.prepare is not None and runs.reduced != "envelope" and WEIGHT in runs.columns:
        table = runs.table.rename(columns={WEIGHT: f"other_{WEIGHT}"})  # the user's means nothing
        runs = replace(runs, table=table)
    there = law.response in runs.columns  # or else `prepare` makes it
    seen = dict(explains=partial(_response, law)) if there else {}
    runs = rows.explained(runs, law.rows, **seen)
    return runs if law.prepare is None else law.prepare(runs)


@in_double
def bind(
    law: Law,
    runs: Runs,
    likelihood: Likelihood | str | None = None,
    *,
    length: int | None = None,
    labels: Sequence[str] | None = None,
) -> Problem:
    """The problem of fitting `law` to `runs`, padded to `length` or the standard length.

    Args:
        runs: as `bayesfit.fitting.explained` makes them for the law.
        likelihood: the law's own if omitted.
        labels: the groups there are, if some have no run in this table.

    Raises:
        InputError: a column that the law reads is missing or bad, there are fewer runs than
            parameters, the law and the likelihood have a parameter of the same name, or the
            likelihood bends laws of other columns than this one reads.
    """
    problem = _bound(law, runs, _kind(law, likelihood), length, labels)
    _check(problem)
    _check_length(law, _wanted(problem), runs)
    return problem


@in_double
def bind_each(
    law: Law, tables: Sequence[Runs], likelihood: Likelihood | str | None = None
) -> list[Problem]:
    """The problems of one law on many tables, all of one length; its code is checked once.

    Raises:
        InputError: as `bind`, of the first table that has something wrong.
    """
    length, kind = padded_length(max(map(len, tables))), _kind(law, likelihood)
    problems = [_bound(law, runs, kind, length, None) for runs in tables]
    _check(problems[0])
    wanted = _wanted(problems[0])
    for runs in tables:
        _check_length(law, wanted, runs)
    return problems


def _kind(law: Law, likelihood: Likelihood | str | None) -> Likelihood:
    given = likelihood or law.likelihood
    kind = given if isinstance(given, Likelihood) else load(given)
    if kind.plane is not None and not set(kind.plane.inputs) <= set(law.inputs):
        other = "student_t" if law.likelihood == kind.name else law.likelihood
        raise InputError(
            f"{kind.name} takes a law to be off in {kind.plane.words}, which {law.name} does not "
            f"read: choose {other}"
        )
    return kind


def _bound(
    law: Law, runs: Runs, kind: Likelihood, length: int | None, labels: Sequence[str] | None
) -> Problem:
    """A table as the problem holds it, its values checked."""
    names = tuple(dict.fromkeys((*law.inputs, *kind.inputs)))
    runs.require((*names, law.response))
    for name in names:
        values = runs[name].astype(float)
        _refuse(runs, name, law.reads(name, values), f"the law reads {law.wanted(name)}")
    labels = tuple(runs.labels(law.group) if labels is None else labels) if law.group else ()
    response = _response(law, runs)
    ref: dict[str, Array] = {name: _middle(runs[name], name in law.any_value) for name in names}
    ref[law.response] = np.asarray(law.link.inverse(np.mean(response)))
    ref["misfit"] = np.asarray(law.misfit, float)
    columns = {name: runs[name] for name in names} | codes(law, runs, labels) | _measured(law, runs)
    columns |= kind.label(View(**columns), None)
    n, padded = len(runs), length or padded_length(len(runs))
    ours = WEIGHT in runs.columns and law.prepare is not None  # a user's own means nothing
    weights = runs[WEIGHT] if ours else np.ones(n)
    return Problem(
        columns={name: filled(x, padded) for name, x in columns.items()},
        response=filled(response, padded),
        weights=np.pad(weights, (0, padded - n)),
        ref=ref,
        law=law,
        likelihood=kind,
        labels=labels,
    )


def _middle(values: np.ndarray, plain: bool) -> np.ndarray:
    """The mean of what may be zero, and the geometric mean of anything else."""
    return np.asarray(np.mean(values) if plain else np.exp(np.mean(np.log(values))))


def _refuse(runs: Runs, name: str, fine: np.ndarray, wanted: str) -> None:
    """InputError at the first run whose value is not fine."""
    for i in np.flatnonzero(~fine)[:1]:
        where, value = f"{runs.name}, run {i + 1} of {len(runs)}", f"{float(runs[name][i]):g}"
        raise InputError(f"{where}: {name} is {value}, and {wanted}")


def _response(law: Law, runs: Runs) -> np.ndarray:
    """The observed response on the scale of the law's link.

    Raises:
        InputError: a value that is no number, or that the link does not know.
    """
    runs.require([law.response])
    values = runs[law.response].astype(float)
    inside = (values > law.link.lowest) & (values < law.link.highest)
    _refuse(runs, law.response, inside, f"{law.name} wants it {law.link.wanted}")
    return law.link.of(values)


def _check(problem: Problem) -> None:
    """InputError for names that would hide each other, and for a formula that gives no number."""
    law, own = problem.law, set(problem.likelihood_shapes)
    named, doubtful = _names(problem)
    for name in sorted(named & (own | set(TAKEN))):
        whose = f"the likelihood {problem.likelihood.name}" if name in own else "bayesfit itself"
        raise InputError(
            f"{law.name} has a parameter {name}, and so has {whose}: give the law's another name"
        )
    for name in _different(problem, tuple(sorted(doubtful))):
        raise InputError(
            f"{law.name} has a prior of {name}, and another {name} that its textbook or `derived` "
            "works out: hand the prior's on as it is, or give one of the two another name"
        )


def _wanted(problem: Problem) -> int:
    """Parameters of the law, those that are random aside."""
    return problem.law_dimension - int(problem.random.sum())


def _check_length(law: Law, wanted: int, runs: Runs) -> None:
    """InputError for a table with fewer runs than parameters."""
    if len(runs) < wanted:
        raise InputError(
            f"{law.name} has {wanted} parameters and {runs.name} only {len(runs)} runs; "
            "give it more runs or fit a smaller law (see `bayesfit models`)."
        )


def _measured(law: Law, runs: Runs) -> dict[str, np.ndarray]:
    """What the table says about its own precision, in log loss (errors of N are relative)."""
    found = {name: runs[name] for name in MEASURED if name in runs.columns and law.is_of_loss}
    runs.require(found)
    for name, values in found.items():
        _refuse(runs, name, values >= 0, "an error or a step of rounding is zero or more")
    return {n: x if n == "N_error" else x / runs["loss"] for n, x in found.items()}


def padded_length(n: int) -> int:
    """The standard length above n: steps of an eighth of a power of two, at least 32."""
    step = max(32, 2 ** max(0, n.bit_length() - 3))
    return -(-n // step) * step


def filled(x: np.ndarray, length: int) -> np.ndarray:
    """Padding repeats the first run, so that every function stays finite there."""
    return np.concatenate([x, np.repeat(x[:1], length - len(x), axis=0)])


def _names(problem: Problem) -> tuple[set[str], set[str]]:
    """All names of a law, and those of them that stand for more than one traced value.

    Traced once: what is worked out anew, or comes out of a function compiled apart, is another.
    """
    named: set[str] = set(problem.law_shapes) | set(problem.law.symbols)
    doubtful: set[str] = set()

    def look(q):
        theta = problem.constrain_law(q)
        p = problem.textbook(theta)
        found = p | problem.law.derived(View(**p))
        named.update(found)
        doubtful.update(name for name in found if name in theta and found[name] is not theta[name])
        return q

    jax.eval_shape(look, np.zeros(problem.law_dimension))
    _check_formula(problem)
    return named, doubtful


def _check_formula(problem: Problem) -> None:
    """InputError unless the formula gives a number for each run."""
    name, wanted = problem.law.name, problem.response.shape
    try:
        found = jax.eval_shape(problem.predict, np.zeros(problem.law_dimension))
        fine = found.shape == wanted and jnp.issubdtype(found.dtype, jnp.floating)
    except (AttributeError, TypeError) as error:  # what jax says of what is no array
        reason = str(error).partition("\n")[0]
        raise InputError(f"log_loss of {name} gives no number for each run: {reason}") from error
    if not fine:
        raise InputError(
            f"log_loss of {name} gives {found.dtype} of the shape {found.shape}, and not a number "
            "for each run: compute it from the columns of runs"
        )


def _different(problem: Problem, names: tuple[str, ...]) -> list[str]:
    """Which of these names have another value in the formula than at the reference run.

    In any draw of the prior: a parameter that is clipped differs in few of them.
    """
    if not names:
        return []
    found = []
    for name, (p, theta) in _both(problem, names).items():
        p, theta = np.asarray(p), np.asarray(theta)
        each = theta.reshape(*theta.shape, *[1] * (p.ndim - theta.ndim))  # over the groups
        if not np.allclose(p, each, rtol=1e-6, equal_nan=True):
            found.append(name)
    return found


@program(static_argnums=1, hasty=True)
def _both(problem: Problem, names: tuple[str, ...]):
    def one(q):
        theta = problem.constrain(q)
        p = problem.textbook(theta)
        found = p | problem.law.derived(View(**p))
        return {name: (found[name], theta[name]) for name in names}

    return jax.vmap(one)(problem.draw_prior(jax.random.key(0), PRIOR_DRAWS))
