"""The mixture of domains to train on, for a weighted loss, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.answers import Answer, Column, Table
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.formatting import percent
from bayesfit.law import Law
from bayesfit.prediction import mixing
from bayesfit.questions import Options, Question
from bayesfit.questions import _cells as cells
from bayesfit.questions._record import short

DRAWS = 1000
NONE = 5e-4  # of the tokens, below which a domain is left out
LITTLE = 0.02  # a proportion this far outside those of all runs is worth a word


Weights = Mapping[str, float] | str | Sequence[str]


def mixture(fit: Fit, weights: Weights | None = None) -> Answer:
    """The mixture of domains to train on, for a weighted loss, with bands.

    Args:
        weights: domain -> what its loss counts; text such as ``"web=2,code=1"`` is read. All the
            same if omitted; a domain that is not named counts nothing.

    Raises:
        InputError: a domain is not known, or a weight is below zero, or all are zero.
    """
    weigh = _weights(fit, weights)
    law, values = fit.drawn(DRAWS)
    each = mixing.best(law, values, weigh)
    chosen = mixing.best_of_all(law, values, weigh)
    seen = np.stack([fit.runs[name].astype(float) for name in law.inputs], axis=1)
    frame = _proportions(law, each, chosen, seen)
    lost = _losses(fit, law, values, weigh, chosen, np.unique(seen, axis=0))
    return Answer(
        f"The best mixture, by {fit.law.name} on {fit.runs.name}",
        dict(
            mixture=Table(frame, columns=_columns(frame)),
            losses=Table(lost, "What it loses, beside the mixtures that were run", _shown(lost)),
        ),
        [*_sentences(frame, lost)],
        facts=short(fit) | dict(weights=dict(zip(fit.labels, weigh.tolist(), strict=True))),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError unless the law's inputs are proportions and its groups the domains scored."""
    if not law.group or set(law.inputs) - set(law.any_value) or not law.is_of_loss:
        raise InputError(f"{law.name} is no law of mixtures: fit the law mixture")


def _weights(fit: Fit, weights: Weights | None) -> np.ndarray:
    """What the loss of each domain counts (domains,); they sum to one."""
    given = dict.fromkeys(fit.labels, 1.0) if weights is None else _read(weights)
    for name, weight in given.items():
        if name not in fit.labels:
            raise InputError(f"no domain is called {name!r}; there are {', '.join(fit.labels)}")
        if not 0 <= weight < np.inf:
            raise InputError(f"the weight of {name} is {weight:g}: give numbers from zero")
    found = np.array([float(given.get(label, 0.0)) for label in fit.labels])
    if not found.sum():
        raise InputError("all weights are zero: give one domain a weight")
    return found / found.sum()


def _read(weights: Weights) -> dict[str, float]:
    """Weights by domain; text such as web=2,code=1, also in pieces, is read."""
    try:
        if isinstance(weights, Mapping):
            return {str(name): float(x) for name, x in weights.items()}
        pieces = [weights] if isinstance(weights, str) else weights
        pairs = [part.rpartition("=") for piece in pieces for part in piece.split(",")]
        names = [name.strip() for name, _, _ in pairs]
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("a domain is named twice, or not at all")
        return {name: float(x) for name, (_, _, x) in zip(names, pairs, strict=True)}
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"cannot read {weights!r}: write weights as web=2,code=1, each domain once"
        ) from error


def _proportions(law: Law, each: np.ndarray, chosen: np.ndarray, seen: np.ndarray) -> pd.DataFrame:
    """One row a domain trained on: the proportion chosen, bands of the best, and those run."""
    columns: dict[str, Any] = dict(domain=[name.partition("_")[2] for name in law.inputs])
    columns |= dict(chosen=chosen) | bands.columns("best", each)
    return pd.DataFrame(columns | dict(least_run=seen.min(0), most_run=seen.max(0)))


def _losses(fit: Fit, law: Law, values, weigh, chosen, run) -> pd.DataFrame:
    """The weighted loss of the mixture chosen, of the best that was run, and of equal parts."""
    count = len(chosen)
    equal = np.full(count, 1 / count)
    found = mixing.losses(law, values, np.vstack([chosen, equal, run]), len(weigh)) @ weigh
    best_run = int(np.argmin(found[:, 2:].mean(0)))
    three = np.column_stack([found[:, 0], found[:, 2 + best_run], found[:, 1]])
    gain = three - three[:, :1]
    frame = pd.DataFrame(dict(mixture=["chosen", "best of those run", "equal parts"]))
    frame = frame.assign(**bands.columns("loss", three), **bands.columns("more", gain))
    frame["probability_worse"] = np.mean(gain > 0, axis=0)
    for i, name in enumerate(law.inputs):
        frame[name] = [chosen[i], run[best_run, i], equal[i]]
    return frame


def _share(x: float) -> str:
    return f"{x:.3f}"


def _columns(frame: pd.DataFrame) -> list[Column]:
    shown: list[Column] = [("domain", list(frame["domain"]))]
    shown.append(("proportion", cells.each(frame["chosen"], _share)))
    shown += [cells.band(frame, "best", level, _share) for level in (80, 95)]
    runs = zip(frame["least_run"], frame["most_run"], strict=True)
    return [*shown, ("in the runs", [cells.dash(_share(a), _share(b)) for a, b in runs])]


def _shown(frame: pd.DataFrame) -> list[Column]:
    shown: list[Column] = [("mixture", list(frame["mixture"]))]
    shown += [("weighted loss", cells.each(frame["loss"], cells.loss))]
    shown.append(cells.band(frame, "loss", 80, cells.loss))
    shown.append(("more than chosen", cells.each(frame["more"], lambda x: f"{x:.4f}")))
    shown.append(cells.band(frame, "more", 80, lambda x: f"{x:.4f}"))
    return [*shown, ("P(worse)", cells.shares(frame["probability_worse"]))]


def _sentences(frame: pd.DataFrame, lost: pd.DataFrame) -> Iterator[str]:
    """The mixture in words, what it gains, and where it leaves what was tried."""
    some = frame["chosen"] >= NONE
    parts = [f"{row['domain']} {percent(row['chosen'])}" for _, row in frame[some].iterrows()]
    without = ", and none of " + ", ".join(frame["domain"][~some].astype(str))
    yield (
        f"Train on {', '.join(parts)}{'' if some.all() else without}: the lowest weighted loss on "
        "average over the posterior."
    )
    other = lost.iloc[1]
    yield (
        f"The best mixture that was run loses {other['more']:.4f} more (80 %: "
        f"{other['more_lo80']:.4f} to {other['more_hi80']:.4f})."
    )
    below = frame["chosen"] < frame["least_run"] - LITTLE
    above = frame["chosen"] > frame["most_run"] + LITTLE
    beyond = frame["domain"][below | above]
    if len(beyond):
        yield f"No run had so much or so little of {', '.join(beyond)}: try it small first."


question = Question(ask=mixture, stages=("estimate", "posterior"), check=check)
