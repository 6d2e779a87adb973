"""A folder as one table: files of runs joined, or the runs that a trainer keeps in folders.

A file holds one run (a curve, or a row), called by the file's name, or a table of them. Where there
are logs of Hugging Face's trainer, or results of lm-eval, nothing else in the folder is read: it is
full of settings, each of which is a file of JSON too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bayesfit.data.cells import Cells, of_file
from bayesfit.data.headings import CANONICAL, RUN, column_of, meanings
from bayesfit.data.project import FILE
from bayesfit.data.readers import is_readable, listed
from bayesfit.data.readers._logs import SIZE, checkpoint, is_evaluation, is_log, run_path
from bayesfit.data.settings import read_with_settings
from bayesfit.errors import InputError

NOTES_TOO = (".txt", ".md", ".markdown")  # tables only where there is nothing else: README.md
MOST = 100_000  # files that a folder of runs may hold, lest somebody names the whole disk


def of_folder(folder: Path, mapped: Mapping[str, str] | None = None) -> Cells:
    """The cells of all files in a folder, sub-folders too, with the name of the run of each row.

    Args:
        folder: whose hidden files are passed over.
        mapped: canonical name -> heading, where a person has said so.

    Raises:
        InputError: there is no file that can be read, one cannot, or one has other headings.
    """
    files = list(_files(folder))
    readable = [file for file in files if is_readable(file) and file.is_file()]
    kept = [file for file in readable if is_log(file) or is_evaluation(file)]
    tables = [file for file in readable if not file.name.lower().endswith(NOTES_TOO)]
    read = kept or tables or readable
    if not read:
        raise InputError(f"{folder} holds no file of runs: put {listed()} files there")
    cells = _of_trainer(folder, read) if kept else _joined(folder, read, mapped)
    others = [file.relative_to(folder).as_posix() for file in files if file not in set(read)]
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    left = [f"not read, in {folder.name}: {', '.join(others[:3])}{more}"] if others else []
    return cells._replace(notes=(*dict.fromkeys(cells.notes), *left))


def _files(folder: Path) -> Iterable[Path]:
    """Files in a folder and its sub-folders in the order of their names, without hidden ones."""
    count, seen = 0, set()
    for here, folders, files in os.walk(folder, followlinks=True):
        true = os.path.realpath(here)
        if true in seen:  # a link to what has been read: a circle, or the same runs again
            folders.clear()
            continue
        seen.add(true)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        count += len(folders) + len(files)
        if count > MOST:
            raise InputError(f"{folder} holds more than {MOST} files: name a folder of runs only")
        shown = (name for name in sorted(files) if not name.startswith(".") and name != FILE)
        yield from (Path(here, name) for name in shown)


def _joined(folder: Path, files: list[Path], mapped: Mapping[str, str] | None) -> Cells:
    """Files with the same headings, under one another."""
    tables, said = read_with_settings(files, mapped)
    files, parts = list(tables), list(tables.values())
    names = [run_path(file, folder) for file in files]
    _check_alike(files, parts, mapped)
    frames = [part.frame for part in parts]
    # A file of several sizes is a table: its name is that of no run.
    called = (
        "run" if sum(_is_one_run(frame, mapped) for frame in frames) * 2 > len(frames) else "file"
    )
    frames = [
        _labelled(frame, file.relative_to(folder), "" if column_of(frame, RUN) else called, name)
        for file, frame, name in zip(files, frames, names, strict=True)
    ]
    note = f"{folder.name}: {len(files)} files read as one table"
    notes = (note, *said, *(x for part in parts for x in part.notes))
    return Cells(pd.concat(frames), "file", notes)


def _check_alike(files: list[Path], parts: list[Cells], mapped: Mapping[str, str] | None) -> None:
    """InputError unless N, D, C and the loss stand under the same headings in all files."""
    first: dict[str, str] = {}
    for file, part in zip(files, parts, strict=True):
        found = _meant(part.frame, file.name, mapped)
        first = first or found
        for column in CANONICAL:
            here, there = (x.get(column, "no column") for x in (found, first))
            if here != there:
                raise InputError(
                    f"{file} has {here} for {column}, and {files[0]} has {there}: the files of a "
                    "folder need the same headings"
                )


def _meant(frame: pd.DataFrame, name: str, mapped: Mapping[str, str] | None) -> dict[str, str]:
    """Canonical name -> heading."""
    here = {column: heading for column, heading in (mapped or {}).items() if heading in frame}
    found = meanings(map(str, frame.columns), name, here)
    own = {c: c for c in CANONICAL if c in frame}
    return own | {column: meaning.heading for column, meaning in found.items()}


def _is_one_run(frame: pd.DataFrame, mapped: Mapping[str, str] | None) -> bool:
    heading = _meant(frame, "", mapped).get("N")
    return heading is None or frame[heading].nunique() < 2


def _labelled(frame: pd.DataFrame, file: Path, column: str, name: str) -> pd.DataFrame:
    """Rows called by file and line, and the name of their run in a column, if one is named."""
    frame = frame.set_axis([f"{file.as_posix()} line {i}" for i in frame.index], axis="index")
    return frame.assign(**{column: name}) if column else frame


def _of_trainer(folder: Path, files: list[Path]) -> Cells:
    """The curve of each run, from its last log, and beside it what was evaluated of the run."""
    rows: dict[tuple[str, Any], dict[str, Any]] = {}
    notes: list[str] = []
    logs = {run_path(file, folder): file for file in sorted(filter(is_log, files), key=_age)}
    for run, file in logs.items():
        cells = of_file(file)
        notes += cells.notes
        for row in cells.frame.to_dict("records"):
            rows[run, row["step"]] = {str(name): x for name, x in row.items()} | dict(run=run)
    ends, sizes = {run: step for run, step in rows}, {}
    for file in filter(is_evaluation, files):
        (found,) = of_file(file).frame.to_dict("records")
        own = run_path(file, folder)
        run = next((x for x in logs if own == x or own.startswith(f"{x}/")), own)
        run = run if run in logs or file.parent != folder else str(found["run"])
        step = checkpoint(file) or ends.get(run)
        steps = {} if step is None else dict(step=step)
        more = {str(name): x for name, x in found.items() if name not in ("run", SIZE)}
        rows.setdefault((run, step), dict(run=run) | steps).update(more)
        sizes |= {run: {SIZE: found[SIZE]}} if SIZE in found else {}
    labels = [run if step is None else f"{run} step {step:g}" for run, step in rows]
    table = [row | sizes.get(run, {}) for (run, _), row in rows.items()]
    return Cells(pd.DataFrame(table, index=labels), "run", tuple(notes))


def _age(file: Path) -> float:
    """Logs in the order in which a trainer writes them: that of the whole run comes last."""
    return checkpoint(file) or float("inf")
