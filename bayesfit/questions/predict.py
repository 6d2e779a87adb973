"""The loss of any runs: of the law's surface, and of one run observed with its scatter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from bayesfit import datasets
from bayesfit.answers import Answer, Table
from bayesfit.data.readers import read_file
from bayesfit.data.runs import Runs, as_inputs
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.law import Law
from bayesfit.questions import Options, Question, _differences, _predictions
from bayesfit.questions._record import short

MOST = 12  # runs that are compared with the first of them
Run = Mapping[str, Any] | str  # columns, or text such as N=33e9,D=1.4e12


def predict(fit: Fit, at: Run | Sequence[Run] = (), *, runs: Any = None) -> Answer:
    """The loss of runs, with bands, beside what was observed where that is known.

    Args:
        at: a run, or several: ``{"N": 33e9, "D": 1.4e12}``, or text ``"N=33e9,D=1.4e12"``. A few of
            them are also compared with the first, draw by draw.
        runs: or else a table: a DataFrame, a dict of columns, `Runs`, the path of a file, or the
            name of a data set.

    Raises:
        InputError: no run is given, or an input of the law is missing.

    Examples:
        >>> fit = bayesfit.fit("chinchilla_approach3", "pile")
        >>> answer = bayesfit.predict(fit, {"N": 33e9, "D": 1.4e12})
        >>> {"loss_lo80", "loss", "loss_hi80", "observed"} <= set(answer.predictions.columns)
        True
    """
    wanted = _wanted(at, runs)
    frame = _predictions.predicted(fit, wanted)
    tables = dict(predictions=Table(frame, columns=_predictions.columns(frame, fit)))
    said = [_predictions.observed_sentence(frame)] if "actual" in frame else []
    said.append("A band of one run adds the scatter of single runs to that of the surface.")
    if _is_nothing(runs) and 1 < len(frame) <= MOST:
        differences = _differences.against_the_first(fit, wanted, frame)
        tables["differences"] = _differences.table(differences, fit.law)
        said += _differences.sentences(differences, fit.law)
    return Answer(
        f"Predicted {fit.law.response} by {fit.law.name} on {fit.runs.name}",
        tables,
        said,
        facts=short(fit),
    )


def check(law: Law, runs: Runs, options: Options) -> None:
    """InputError if the runs to predict lack what the law reads, or name what nobody knows."""
    found = as_inputs(_wanted(options.get("at", ()), options.get("runs")))
    needed = [name for name in (*law.inputs, law.group) if name]
    for name in needed:
        if name not in found:
            raise InputError(f"{law.name} needs column {name}; give {', '.join(needed)}.")
    if not _is_nothing(options.get("runs")):
        return
    known = {*needed, law.response, "run", *runs.columns}
    for name in found:
        if name not in known:
            raise InputError(
                f"neither {law.name} nor {runs.name} knows {name}: the law reads "
                f"{', '.join(needed)}"
            )


def _wanted(at: Run | Sequence[Run], runs: Any) -> Any:
    """The runs to predict, as `Fit.predict` takes them."""
    given = [x for x in (at, runs) if not _is_nothing(x)]
    if len(given) != 1:
        raise InputError(
            "give the runs to predict: one or more such as N=33e9,D=1.4e12, or else a table"
        )
    return as_table(given[0])


def _is_nothing(x: Any) -> bool:
    return x is None or (isinstance(x, (str, list, tuple)) and not x)


def as_table(x: Any) -> Any:
    """Runs as `Fit.predict` takes them; of a file its columns, whether it has a loss or not."""
    if isinstance(x, str) and "=" in x:
        return _frame([x])
    if isinstance(x, (list, tuple)):
        return _frame(x)
    if not isinstance(x, (str, PathLike)):
        return x
    return datasets.load(x) if x in datasets.names() else read_file(Path(x))


def _frame(asked: Sequence[Run]) -> pd.DataFrame:
    """One row a run."""
    rows = [read_run(run) if isinstance(run, str) else dict(run) for run in asked]
    names = list(rows[0])
    for row in rows:
        if set(row) != set(names):
            raise InputError(
                f"the runs to predict name different columns, {', '.join(names)} and "
                f"{', '.join(row)}: name the same for each"
            )
    return pd.DataFrame(rows)


def read_run(text: str) -> dict[str, Any]:
    """N=33e9,D=1.4e12 as columns; what is no number is a label."""
    row: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise InputError(f"cannot read the run {text!r}: write it as N=33e9,D=1.4e12")
        if name in row:
            raise InputError(f"the run {text!r} gives {name} twice: give it once")
        row[name] = _number(value)
    return row


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


question = Question(ask=predict, stages=("estimate", "posterior"), check=check)
