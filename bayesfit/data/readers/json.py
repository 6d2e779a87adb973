"""JSON: a list of runs, a dict of columns or of runs, or a run a line; nested settings are named
by their path, as in config.n_params. A run may hold the rows of its curve as a list.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesfit.data.readers import NOTES, Reader
from bayesfit.data.readers._logs import NOTE, curve, evaluation, holds_evaluation, holds_log
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_IN_CURVES = re.compile(r"loss|step|nll|ppl|bpb")  # in what the rows of a curve have


def read(path: Path) -> pd.DataFrame:
    """Runs, one a row; lines that are blank are passed over."""
    import pandas as pd

    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise pd.errors.EmptyDataError
    found = _by_line(text) if path.suffix.lower() != ".json" else _parsed(text, path)
    rows = [row for run in _rows(found, path) for row in _along(run)]
    frame = pd.json_normalize(rows).set_axis(range(1, len(rows) + 1), axis="index")
    frame.attrs[NOTES] = [NOTE] if holds_log(found) else []
    return frame


def _parsed(text: str, path: Path) -> Any:
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in StringIO(text, newline=None) if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{"):
            return _by_line(text)  # a run a line, whatever the file is called
        raise InputError(f"cannot read {path}: {error}") from error


def _by_line(text: str) -> list[dict]:
    """One run a line.

    Raises:
        InputError: a line is no JSON object.
    """
    rows = []
    for number, line in enumerate(StringIO(text, newline=None), 1):
        if not line.strip():
            continue
        try:
            row = _loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"line {number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"line {number} is no run: write a JSON object on each line")
        rows.append(row)
    return rows


def _loads(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except RecursionError as error:
        raise InputError("the JSON is nested too deep to hold a table") from error


def _integer(text: str) -> int | str:
    """A whole number, or its digits where neither a float nor Python's int has room for them."""
    return int(text) if len(text) <= sys.float_info.max_10_exp else text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, none of whose names stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"a run has two values called {twice}: leave one out")
    return found


def _along(run: Mapping[str, Any]) -> list[dict]:
    """The rows of one run: itself, or one for each row of the only table that it holds."""
    run = {name: _value(x) for name, x in run.items()}
    curves = [name for name, x in run.items() if _is_table(x) and _IN_CURVES.search(str(x[0]))]
    if len(curves) != 1:
        return [run]
    rows = run.pop(curves[0])
    return [run | dict(row) for row in rows]


def _value(found: Any) -> Any:
    """Settings without the wrapping {"value": ...} in which Weights & Biases keeps each."""
    if not isinstance(found, Mapping):
        return found
    if "value" in found and set(found) <= {"value", "desc"}:
        return found["value"]
    return {name: _value(x) for name, x in found.items()}


def _is_table(found: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(x, Mapping) for x in found)


def _split(columns: Any, rows: Any, path: Path) -> list[dict]:
    """Rows as pandas splits a table from its columns."""
    good = isinstance(columns, list) and isinstance(rows, list)
    if not good or any(not isinstance(x, list) or len(x) != len(columns) for x in rows):
        raise InputError(f"cannot read {path}: its rows have other lengths than its columns")
    return [_object(list(zip(columns, row, strict=True))) for row in rows]


def _rows(found: Any, path: Path) -> list[dict]:
    """The runs in a document: its list of objects, or what its columns make.

    Raises:
        InputError: there is none, or more than one.
    """
    if holds_log(found):
        return curve(found)
    if holds_evaluation(found):
        return [evaluation(found)]
    if isinstance(found, Mapping):
        values = list(found.values())
        if values and all(isinstance(x, Mapping) for x in values):
            if all(str(key).isdecimal() for x in values for key in x):  # column -> row -> cell
                keys = dict.fromkeys(key for x in values for key in x)
                return [{name: x.get(key) for name, x in found.items()} for key in keys]
            inner = [x for x in values if x and all(isinstance(y, Mapping) for y in x.values())]
            if len(inner) == len(values) == 1:  # an answer around runs by their names
                return _rows(inner[0], path)
            if not set(values[0]).intersection(*values[1:]):  # parts of one run: config, summary
                return [dict(found)]
            return [{"run": name, **row} for name, row in found.items()]
        if {"columns", "data"} <= set(found):  # as pandas splits a table
            return _split(found["columns"], found["data"], path)
        lists = {name: x for name, x in found.items() if isinstance(x, list)}
        tables = [x for x in lists.values() if _is_table(x)]
        if len(tables) == 1:
            return list(tables[0])
        if lists and len({len(x) for x in lists.values()}) == 1 and not tables:
            same = {name: x for name, x in found.items() if not isinstance(x, (list, Mapping))}
            rows = zip(*lists.values(), strict=True)
            return [same | dict(zip(lists, row, strict=True)) for row in rows]
        if found and not lists:  # one run
            return [dict(found)]
    if _is_table(found):
        return list(found)
    raise InputError(f"cannot read {path}: it holds no list of runs, such as [{{...}}, {{...}}]")


reader = Reader(endings=("json", "jsonl", "ndjson"), read=read, doc="JSON: runs, or one a line")
