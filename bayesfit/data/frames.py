"""Whatever holds a table, as a pandas DataFrame; and a DataFrame as the inputs of a prediction.

polars and pyarrow are known by what their tables can do, so that neither has to be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.data.columns import CANONICAL, fault, in_units, renamed
from bayesfit.data.quantities import numbers
from bayesfit.data.values import tidy
from bayesfit.errors import InputError


def as_frame(x: Any) -> pd.DataFrame | None:
    """A DataFrame of pandas or polars, a pyarrow table, a dict of columns or a list of dicts.

    Returns:
        None for anything else.

    Raises:
        InputError: columns of different lengths.
    """
    if isinstance(x, pd.DataFrame):
        return x
    if isinstance(x, Mapping):
        return _of_columns(x)
    if isinstance(x, (list, tuple)):
        return pd.DataFrame(list(x)) if x and all(isinstance(row, Mapping) for row in x) else None
    if callable(getattr(x, "collect_schema", None)) and callable(getattr(x, "lazy", None)):
        x = x.lazy().collect()  # polars, whether it has been computed yet or not
    if callable(getattr(x, "to_pydict", None)):  # pyarrow
        return _of_columns(x.to_pydict())
    if callable(getattr(x, "to_dict", None)) and callable(getattr(x, "to_pandas", None)):  # polars
        return _of_columns(x.to_dict(as_series=False))
    return None


def _of_columns(columns: Mapping[Any, Any]) -> pd.DataFrame:
    """A dict of columns; a number or a word stands for as many rows as the others have."""
    arrays = {str(name): _column(str(name), values) for name, values in columns.items()}
    lengths = {name: len(x) for name, x in arrays.items() if x.ndim}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"columns of different lengths ({counts}): give each as many values")
    rows = next(iter(lengths.values()), 1)
    return pd.DataFrame({name: np.broadcast_to(x, (rows,)) for name, x in arrays.items()})


def _column(name: str, values: Any) -> np.ndarray:
    """Numbers as such and all else as objects, in one dimension or (a scalar) in none."""
    if isinstance(values, (set, frozenset, Mapping)):
        raise InputError(f"column {name} is a {type(values).__name__}: give a list of values")
    if isinstance(values, Iterable) and not isinstance(values, (str, bytes, np.ndarray)):
        values = values if hasattr(values, "__array__") else list(values)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"column {name} holds lists: give one value for each row") from error
    if array.ndim > 1:
        raise InputError(f"column {name} has {array.ndim} dimensions: give one value for each row")
    return array if array.dtype.kind in "iuf" else np.array(_listed(values), object)


def _listed(values: Any) -> Any:
    """The values themselves: an array of words made from words and None would spell None."""
    one = isinstance(values, (str, bytes)) or not isinstance(values, Iterable)
    return values if one else list(values)


def inputs_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """The columns of a frame as float or text arrays, under canonical names.

    Raises:
        InputError: there is no row, or N, D or C is not a finite number above zero.
    """
    frame, found = renamed(frame, "the table")
    if frame.empty:
        raise InputError("there is nothing to predict: give at least one row, such as N and D")
    columns = {}
    for name in map(str, frame):
        if name not in CANONICAL or name == "loss":
            columns[name] = tidy(frame[name])
            continue
        values, own, _ = numbers(frame[name], name)
        _refuse(frame[name], values)
        columns[name] = in_units(values, own, found.get(name))
    return columns


def _refuse(column: pd.Series, values: np.ndarray) -> None:
    """InputError at the first value that is not a finite number above zero."""
    for i, value in enumerate(values):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"row {i + 1} to predict: {column.name} is {fault(column.iloc[i])}")


def a_thing(x: object) -> str:
    """What somebody gave, in words: "a list", "an int"."""
    kind = type(x).__name__
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
