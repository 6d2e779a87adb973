"""How large a dense model of the same loss is: the effective parameters of a model with experts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Answer, Column, Table
from bayesfit.computing import program
from bayesfit.constants import UNSEEN
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import count, number
from bayesfit.law import Law, View, within
from bayesfit.prediction.searching import LARGEST, SMALLEST
from bayesfit.questions import Options, Question, _budgets
from bayesfit.questions import _cells as cells
from bayesfit.questions._record import short

NUMBERS = "experts are numbers of them, 1 or more, such as 64"
HALVINGS, BATCH = 60, 64


def experts(
    fit: Fit,
    *,
    N: float | str | Iterable[float],
    experts: float | str | Iterable[float],
    D: float | None = None,
) -> Answer:
    """Parameters of the dense model with the loss of N parameters and so many experts.

    Clark et al. 2022 (arXiv:2202.01169) call it the effective parameter count. It is infinite where
    no dense model reaches that loss. A law with groups has rows for each of them, and for a group
    not seen.

    Args:
        N: parameters, as the law counts them.
        experts: how many experts; 1 is the dense model itself.
        D: training tokens of both models, for a law that reads them.

    Raises:
        InputError: a number is not above zero, experts are fewer than one, or D is missing.
    """
    rows = list(product(_budgets.sizes(N), _at_least_one(experts)))
    columns = dict(zip(("N", "experts"), np.array(rows).T, strict=True)) | _tokens(fit.law, D, rows)
    frame = table(*fit.drawn(), columns, fit.labels)
    return Answer(
        f"Dense models of the same loss, by {fit.law.name} on {fit.runs.name}",
        dict(experts=Table(frame, columns=shown(frame, fit.law.group))),
        in_words(frame, fit.law.group),
        facts=short(fit),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if the law does not tell losses by parameters and experts (and tokens)."""
    inputs = set(law.inputs)
    if not (law.is_of_loss and {"N", "experts"} <= inputs <= {"N", "D", "experts"}):
        raise InputError(
            f"{law.name} reads {', '.join(law.inputs)}: choose a law of the loss by N and experts"
        )


def _at_least_one(given: float | str | Iterable[float]) -> list[float]:
    found = _budgets.merged(_budgets.numbers(given, NUMBERS))
    if found and min(found) < 1:
        raise InputError(f"{NUMBERS}, not {min(found):g}")
    return found


def _tokens(law: Law, D: float | None, rows: list) -> dict[str, np.ndarray]:
    if "D" not in law.inputs:
        return {}
    if D is None:
        raise InputError(f"{law.name} reads D too: give the tokens that both models train on")
    tokens, *others = _budgets.numbers(D, "D is a number of tokens above zero")
    if others:
        raise InputError("D is one number of tokens, on which both models train: give one")
    return dict(D=np.full(len(rows), tokens))


def table(
    law: Law, values: Mapping[str, np.ndarray], columns: Mapping[str, Any], labels: tuple[str, ...]
) -> pd.DataFrame:
    """One row a model: its columns, bands of `dense` and of `gain`, how many times N that is."""
    if not law.group:
        return _table(law, values, columns)
    parts = [
        _table(within(law, code), values, columns).assign(**{law.group: label})
        for code, label in enumerate([*labels, UNSEEN])
    ]
    return pd.concat(parts, ignore_index=True)


def _table(law: Law, values: Mapping[str, np.ndarray], columns: Mapping[str, Any]) -> pd.DataFrame:
    inputs = {name: np.asarray(x, float) for name, x in columns.items()}
    dense = np.asarray(dense_size(law, {n: np.asarray(x) for n, x in values.items()}, inputs))
    ends = bands.columns("dense", dense) | bands.columns("gain", dense / inputs["N"])
    return pd.DataFrame(inputs | ends)


@program(static_argnums=0)
def dense_size(law: Law, values: dict, columns: dict):
    """N of the dense model of equal loss (draws, rows), by halving in log N."""
    top = jnp.log(LARGEST)

    def one(p):
        loss = law.log_loss(View(**p), View(**columns))

        def halve(ends, _):
            low, high = ends
            middle = 0.5 * (low + high)
            single = dict(N=jnp.exp(middle), experts=jnp.ones_like(middle))
            worse = law.log_loss(View(**p), View(**(columns | single))) > loss
            return (jnp.where(worse, middle, low), jnp.where(worse, high, middle)), None

        ends = (jnp.log(SMALLEST) + 0.0 * loss, top + 0.0 * loss)
        (low, high), _ = jax.lax.scan(halve, ends, length=HALVINGS)
        return jnp.where(high < top, jnp.exp(0.5 * (low + high)), jnp.inf)

    return jax.lax.map(one, values, batch_size=BATCH)


def shown(frame: pd.DataFrame, group: str) -> list[Column]:
    """Headings and cells."""
    labels = [(group, list(frame[group]))] if group in frame else []
    return [
        *labels,
        ("N", cells.each(frame["N"], count)),
        ("experts", cells.each(frame["experts"], number)),
        ("dense model of equal loss", cells.each(frame["dense"], count)),
        cells.band(frame, "dense", 80, count),
        cells.band(frame, "dense", 95, count),
        ("times N", cells.each(frame["gain"], cells.ratio)),
    ]


def in_words(frame: pd.DataFrame, group: str) -> list[str]:
    """The row that gains most, of the groups that have runs."""
    seen = frame[frame[group] != UNSEEN] if group in frame else frame
    best = seen.iloc[int(np.argmax(seen["gain"]))]
    whose = f" by {best[group]}" if group in frame else ""
    model = f"{count(best['N'])} parameters with {number(best['experts'])} experts{whose}"
    if not np.isfinite(best["dense"]):
        return [f"No dense model reaches the loss of {model}."]
    return [f"{model} have the loss of a dense model of {cells.with_band(best, 'dense', count)}."]


question = Question(ask=experts, stages=("estimate", "posterior"), check=check)
