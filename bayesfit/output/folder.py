"""The one writer: an answer as files, in a folder that appears whole or not at all.

Everything is written to a temporary folder beside the target, which then takes its place: an
interrupted command leaves the last result as it was, and never half a new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bayesfit.answers import Answer
from bayesfit.errors import InputError
from bayesfit.output.console import as_json, table_csv
from bayesfit.output.progress import Stage, silent

MARKS = ("run.json", "answer.json")  # a folder that has one of them was written by bayesfit


def write(answer: Answer, folder: Path, progress: Stage = silent) -> None:
    """Write an answer: a CSV for each table, `figures/*.png`, and answer.json.

    Args:
        folder: an empty one, such as `replaced` makes.
    """
    write_tables(answer, folder)
    write_figures(draw(answer, progress), folder)
    (folder / "answer.json").write_text(as_json(answer) + "\n", encoding="utf-8")


def write_tables(answer: Answer, folder: Path) -> None:
    """A CSV for each table that has rows."""
    for name, table in answer.tables.items():
        if not table.frame.empty:
            (folder / f"{name}.csv").write_text(table_csv(table), encoding="utf-8")


def draw(answer: Answer, progress: Stage = silent) -> dict[str, bytes]:
    """Name -> PNG of every figure, in the order in which to read them."""
    from bayesfit.figures import png

    pictures: dict[str, bytes] = {}
    for name, figure in answer.figures.items():
        pictures[name] = png(figure())
        progress("figures", len(pictures), len(answer.figures))
    return pictures


def write_figures(pictures: Mapping[str, bytes], folder: Path) -> None:
    """Each picture as `figures/NAME.png`."""
    if pictures:
        (folder / "figures").mkdir()
    for name, picture in pictures.items():
        (folder / "figures" / f"{name}.png").write_bytes(picture)


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new empty folder that takes the place of `folder` if the block ends well.

    Raises:
        InputError: the place cannot be written, or holds something that is not a former result.
    """
    check_writable(folder)
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    try:
        yield new
        old = new.with_name(f"{new.name}-old")
        new.chmod(0o755)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_writable(folder: Path) -> None:
    """Complain about an output folder before the work starts, not after.

    Raises:
        InputError: as `replaced`.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    if not os.access(folder.parent, os.W_OK):
        raise InputError(_unwritable(folder, "permission denied"))
    if folder.exists() and (not folder.is_dir() or _foreign(folder)):
        raise InputError(
            f"{folder} holds something that is not a bayesfit result; choose another --out."
        )


def _foreign(folder: Path) -> bool:
    return any(folder.iterdir()) and not any((folder / mark).exists() for mark in MARKS)


def _unwritable(folder: Path, reason: str | None) -> str:
    return f"the output folder {folder} cannot be written ({reason}); choose another with --out"
