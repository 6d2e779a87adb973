"""Settings that lie beside the tables of a folder: config.json by the curve.csv of each run.

Settings are an object of JSON without a loss, where a file of its folder, or of one below, has a
loss. Their plain values become columns of these files, those of the nearest folder first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bayesfit.data.cells import Cells, of_file
from bayesfit.data.headings import meanings
from bayesfit.errors import InputError

Parts = dict[Path, Cells]
Settings = dict[str, Any]


def read_with_settings(
    files: Iterable[Path], mapped: Mapping[str, str] | None = None
) -> tuple[Parts, list[str]]:
    """The files that are tables with their settings joined, and a sentence on these.

    Args:
        files: in their order.
        mapped: canonical name -> heading, where a person has said so.

    Raises:
        InputError: a table cannot be read.
    """
    files = list(files)
    objects = {file: found for file in files if (found := _object(file, mapped)) is not None}
    parts = {file: of_file(file) for file in files if file not in objects}
    with_loss = [file for file, part in parts.items() if _has_loss(part.frame.columns, mapped)]
    settings = {
        file: found
        for file, found in objects.items()
        if any(file.parent in table.parents for table in with_loss)
    }
    parts |= {file: of_file(file) for file in objects if file not in settings}
    tables = {
        file: parts[file]._replace(frame=_joined(parts[file].frame, _above(file, settings)))
        for file in files
        if file not in settings
    }
    names = ", ".join(sorted({file.name for file in settings}))
    return tables, [f"{names} read as settings of the runs beside or below"] * bool(settings)


def _object(file: Path, mapped: Mapping[str, str] | None) -> Settings | None:
    """Plain values of a JSON object that holds no loss, by their paths; None for other files."""
    if file.suffix.lower() != ".json":
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(found, dict) or any(_has_loss([name], mapped) for name in _names(found)):
            return None
        flat = pd.json_normalize(found)
    except (OSError, ValueError, RecursionError):  # which its reader complains of
        return None
    if flat.empty or _has_loss(flat.columns, mapped):
        return None
    row = flat.iloc[0].to_dict()
    return {str(name): x for name, x in row.items() if not isinstance(x, (list, dict))}


def _names(found: Any) -> Iterator[str]:
    """All names in a document, those in lists too: a table may lie deep in it."""
    if isinstance(found, dict):
        yield from map(str, found)
    for inner in found.values() if isinstance(found, dict) else found:
        if isinstance(inner, (dict, list)):
            yield from _names(inner)


def _has_loss(headings: Iterable[object], mapped: Mapping[str, str] | None) -> bool:
    names = [str(heading) for heading in headings]
    if "loss" in names or (mapped or {}).get("loss") in names:
        return True
    try:
        return "loss" in meanings(names, "")
    except InputError:  # two headings of one meaning, which is looked at later
        return any("loss" in name.lower() for name in names)


def _above(file: Path, settings: Mapping[Path, Settings]) -> Settings:
    """All settings above a file, from the farthest folder to its own."""
    found: Settings = {}
    for folder in reversed(file.parents):
        for place, values in settings.items():
            found |= values if place.parent == folder else {}
    return found


def _joined(frame: pd.DataFrame, found: Settings) -> pd.DataFrame:
    """A table with settings as columns; its own columns stay."""
    new = {
        name: pd.Series([x] * len(frame), frame.index, object)
        for name, x in found.items()
        if name not in frame
    }
    return frame.assign(**new)
