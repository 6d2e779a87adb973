"""Readers: one file a format, each of which ends with ``reader = Reader(...)``.

A reader is found by the ending of a file's name. To add a format, put a file into this folder, or
into `readers/` of a folder that BAYESFIT_PLUGINS names:

    from bayesfit.data.readers import Reader

    def read(path):
        \"\"\"A JSON list of runs.\"\"\"
        import pandas as pd
        return pd.read_json(path, orient="records")

    reader = Reader(endings=("json",), read=read)

A reader only turns a file into cells: names, units and values are checked afterwards. It imports
pandas where it needs it, so that the endings can be listed without the half second that takes.
"""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zlib import error as ZlibError

from bayesfit import discovery
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

POINTER = b"version https://git-lfs.github.com/spec/"
NOTES = "notes"  # in `DataFrame.attrs`: sentences of a reader on what it chose


@dataclass(frozen=True)
class Reader:
    """One format of file.

    Attributes:
        endings: of the file names it reads, in lower case and without the first dot.
        read: path -> frame of text or of typed cells, indexed by line number if the file has lines.
            The path is never that of a compressed file: `.gz` has been unpacked. An OSError or a
            ValueError becomes the sentence "cannot read ..."; an InputError is shown as it is.
            What it chose silently it says in `attrs["notes"]` of the frame, a list of sentences.
        doc: one line for a list of formats; the docstring of `read`, if it is left out.
        part: (path, name) -> frame of one of several tables in a file, which is asked for as
            `file.xlsx#name`; None for a format that has one.
    """

    endings: tuple[str, ...]
    read: Callable[[Path], pd.DataFrame]
    doc: str = ""
    part: Callable[[Path, str], pd.DataFrame] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.endings, str):  # ("json") is a word, and would be read as four endings
            raise InputError(f"endings of a reader are a tuple: write ({self.endings!r},)")
        doc = self.doc or (self.read.__doc__ or "").partition("\n")[0]
        endings = tuple(ending.lower().removeprefix(".") for ending in self.endings)
        object.__setattr__(self, "doc", doc)
        object.__setattr__(self, "endings", endings)


def endings() -> dict[str, tuple[str, Reader]]:
    """Ending -> (name of its reader, the reader), in the order in which sentences list them."""
    found: dict[str, tuple[str, Reader]] = {}
    for name, reader in discovery.every("reader"):
        for ending in reader.endings:
            found.setdefault(ending, (name, reader))
    return found


def listed() -> str:
    """The endings as they stand in a sentence: ".csv, .tsv or .parquet"."""
    *most, last = [f".{ending}" for ending in endings()]
    return f"{', '.join(most)} or {last}" if most else last


def stem(path: Path) -> str:
    """What a table is called: the name of its file, without an ending that is one of a format."""
    file, part = split(path)
    name = _without_gz(file.name)
    ending = _ending(name)
    name = name[: -len(ending) - 1] if ending else name
    return f"{name}-{part}" if part else name


def split(path: Path) -> tuple[Path, str]:
    """A file, and which of its tables is meant, as in `runs.xlsx#sweep`; "" for a plain path."""
    if "#" not in path.name or path.exists():
        return path, ""
    for mark in re.finditer("#", path.name):
        name, part = path.name[: mark.start()], path.name[mark.end() :]
        ending = _ending(_without_gz(name))
        if part and ending and endings()[ending][1].part is not None:
            return path.with_name(name), part
    return path, ""


def is_readable(path: Path) -> bool:
    """Whether a file has the ending of a format."""
    return bool(_ending(_without_gz(path.name)))


def read_file(path: Path) -> pd.DataFrame:
    """A file as a frame; nothing in it is checked yet.

    Raises:
        InputError: there is no such file, or it is empty, or no table.
    """
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(path), re.I):  # Path has made one slash of two
        raise InputError(f"{path.name} is at an address, {path}: download it, and name the file")
    path, part = split(path)
    ending = _ending(_without_gz(path.name))
    if not ending:
        raise InputError(
            f"{path} is no table that can be read: use {listed()}, or a folder of such files"
        )
    if path.exists() and not path.is_file():  # a pipe or a device may never end
        raise InputError(f"{path} is no regular file: save the table as one")
    try:
        with _unpacked(path) as plain:
            _refuse_pointer(plain, path)
            return _read(*endings()[ending], plain, part)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (OSError, EOFError, ValueError, ZlibError) as error:
        # pandas' EmptyDataError and ParserError are ValueErrors, and UnicodeDecodeError is one.
        if type(error).__name__ == "EmptyDataError":
            raise InputError(f"{path} is empty") from error
        raise InputError(f"cannot read {path}: {_one_line(error)}") from error


def _refuse_pointer(plain: Path, path: Path) -> None:
    """InputError if a file is what git keeps in the place of a large one."""
    with plain.open("rb") as file:
        if file.read(len(POINTER)) == POINTER:
            raise InputError(f"{path} is a pointer of git-lfs, and no table yet: run git lfs pull")


def _read(name: str, reader: Reader, path: Path, part: str) -> pd.DataFrame:
    """What a reader makes of a file; a mistake in the reader is its own, not the file's."""
    import pandas as pd

    try:
        frame = reader.part(path, part) if part and reader.part else reader.read(path)
    except (InputError, OSError, EOFError, ValueError):
        raise
    except Exception as error:
        raise InputError(f"the reader {name!r} fails: {discovery.failure(error)}") from error
    if not isinstance(frame, pd.DataFrame):
        kind = type(frame).__name__
        raise InputError(f"the reader {name!r} returns {kind} and not a pandas DataFrame")
    return frame


def _ending(name: str) -> str:
    """The longest ending of a format that a file's name has; "" without one."""
    fitting = [ending for ending in endings() if name.lower().endswith(f".{ending}")]
    return max(fitting, key=len, default="")


def _without_gz(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself, or what a `.gz` holds, in a folder that is removed afterwards."""
    if _without_gz(path.name) == path.name:
        yield path
        return
    with TemporaryDirectory() as folder:
        plain = Path(folder, _without_gz(path.name))
        with gzip.open(path) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        yield plain


def _one_line(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return " ".join(reason.split())
