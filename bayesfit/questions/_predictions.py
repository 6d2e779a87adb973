"""Predictions beside what was observed, for the questions that show them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bayesfit.answers import Column
from bayesfit.data.runs import as_inputs
from bayesfit.fitted import Fit
from bayesfit.formatting import count, number, percent
from bayesfit.questions import _cells as cells


def predicted(fit: Fit, runs: Any) -> pd.DataFrame:
    """Bands for runs (of the surface, and as observed), beside the observed response if known.

    Args:
        runs: anything that `Fit.predict` takes.

    Returns:
        The columns of `Fit.predict`, before them the run's name if the table has one; and where the
        response is known: actual, inside80, inside95, relative_error.
    """
    given = as_inputs(runs)
    found = fit.predict(given)
    for name in filter(None, (fit.law.group, "run")):
        if name in given and name not in found:
            found.insert(0, name, given[name])
    if fit.law.response not in given:
        return found
    found["actual"] = np.asarray(given[fit.law.response], float)
    for level in ("80", "95"):
        low, high = found[f"observed_lo{level}"], found[f"observed_hi{level}"]
        found[f"inside{level}"] = (found["actual"] >= low) & (found["actual"] <= high)
    return found.assign(relative_error=found[fit.law.response] / found["actual"] - 1)


def columns(frame: pd.DataFrame, fit: Fit) -> list[Column]:
    """Headings and cells: the run, its inputs, the surface, and what one run would show."""
    law = fit.law
    response = law.response
    say = cells.loss if law.is_of_loss else number
    shown: list[Column] = []
    for name in dict.fromkeys(("run", law.group, *law.inputs)):
        if name in frame:
            shown.append((name, _inputs(frame[name])))
    shown.append((response, cells.each(frame[response], say)))
    shown += [cells.band(frame, response, level, say) for level in (80, 95)]
    shown += [cells.band(frame, "observed", x, say, f"one run, {x} %") for x in (80, 95)]
    if "actual" in frame:
        shown.append(("observed", cells.each(frame["actual"], say)))
        shown.append(("error", [f"{x:+.2%}" for x in frame["relative_error"]]))
    return shown


def _inputs(values: pd.Series) -> list[str]:
    numbers = pd.api.types.is_numeric_dtype(values)
    return cells.each(values, count) if numbers else [str(x) for x in values]


def held_out_sentence(frame: pd.DataFrame) -> str:
    """How well runs were predicted that the fit had not seen."""
    return f"Held out: {_how_well(frame)}"


def observed_sentence(frame: pd.DataFrame) -> str:
    """The same of runs that the fit may have seen."""
    return f"Observed: {_how_well(frame)}"


def _how_well(frame: pd.DataFrame) -> str:
    error = frame["relative_error"].abs().mean()
    return (
        f"{len(frame)} runs, predicted with a mean absolute error of {percent(error)}; "
        f"{percent(frame['inside80'].mean())} of them inside the 80 % band, "
        f"{percent(frame['inside95'].mean())} inside the 95 % band."
    )
