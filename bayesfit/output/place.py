"""A folder of results takes its place whole, or not at all; and nobody else's file is touched.

Everything is written to a temporary folder beside the target, which then takes its place in one
step where the system has one (renameat2 of Linux), in two otherwise. A marked folder (MARK) lists
the files that bayesfit put into it: one with any other file in it, or without a mark, is never
replaced. What a killed run left behind is cleared, or put back, when the next one begins.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from bayesfit import __version__
from bayesfit.errors import InputError
from bayesfit.stopping import unfinished

MARK = ".bayesfit"  # the file in a folder of results that says what bayesfit put there
OLD = "-old"
SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}  # nobody's: file managers leave them
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE, linux/fs.h


@contextmanager
def replaced(folder: Path, data: str = "") -> Iterator[Path]:
    """A new empty folder that takes the place of `folder` if the block ends well.

    Args:
        data: hash of the table that the results are of.

    Raises:
        InputError: the place cannot be written, or holds a file that bayesfit did not put there.
    """
    target = check_writable(folder)
    try:
        _recover(target)
        new = Path(tempfile.mkdtemp(prefix=f"{_prefix(target)}{os.getpid()}-", dir=target.parent))
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    try:
        with unfinished(new):
            yield new
            about = dict(version=__version__, data=data, files=_files(new))
            (new / MARK).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            check_writable(folder)  # somebody may have put a file there meanwhile
            new.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o777 & ~_umask())
            _take_place(new, target)
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error


def check_writable(folder: Path, data: str | None = None) -> Path:
    """Complain about an output folder before the work starts, not after.

    Args:
        data: hash of the table that is to be fitted, where the person did not choose the folder:
            results of another table are then left alone.

    Returns:
        The folder, links followed.

    Raises:
        InputError: as `replaced`, or the folder holds results of other data.
    """
    try:
        target = folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a NUL
        raise InputError(_unwritable(folder, str(error))) from error
    if os.path.islink(target):  # of a circle Python 3.13 leaves what it cannot follow
        raise InputError(_unwritable(folder, "a circle of links"))
    if Path.cwd().is_relative_to(target) or os.path.ismount(target):
        raise InputError(f"{folder} is no folder that can be replaced: choose another --out")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(dir=target.parent).cleanup()  # a system may only promise it
        if not target.exists():
            return target
        strangers = _strangers(target)
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    if strangers:
        raise InputError(
            f"{folder} holds something that is not a bayesfit result ({strangers[0]}): move it, or "
            "choose another --out"
        )
    before = _mark(target).get("data")
    if data and before and before != data:
        raise InputError(
            f"{folder} holds results of other data: choose another folder with --out, or name this "
            "one with --out to replace them"
        )
    return target


def _strangers(target: Path) -> list[str]:
    """Files of a folder that bayesfit did not put there as they are; the path itself, if no folder.

    Raises:
        OSError: the folder cannot be looked through.
    """
    if not target.is_dir():
        return [target.name]
    ours = _mark(target).get("files", {})
    there = _files(target, MARK if ours else "")
    return sorted(name for name, digest in there.items() if ours.get(name) != digest)


def _files(folder: Path, but: str = "") -> dict[str, str]:
    """Path of every file, link and empty folder in a folder -> hash of what it holds."""

    def fail(error: OSError) -> None:
        raise error

    found: dict[str, str] = {}
    for path, folders, files in os.walk(folder, onerror=fail):
        here = Path(path)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in (*(set(files) - SYSTEM), *links):
            found[(here / name).relative_to(folder).as_posix()] = _digest(here / name)
        if not folders and not files and here != folder:
            found[f"{here.relative_to(folder).as_posix()}/"] = ""
    found.pop(but, None)
    return found


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return f"no file: {os.readlink(path) if path.is_symlink() else ''}"
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _mark(folder: Path) -> dict[str, Any]:
    """What a folder's mark says; nothing where there is none that can be read."""
    try:
        found = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else {}


def _prefix(target: Path) -> str:
    """How the temporary folders of a target begin, made by processes of this machine.

    The target's name itself may be as long as names go.
    """
    key, host = (sha256(os.fsencode(x)).hexdigest() for x in (target.name, platform.node()))
    return f".bayesfit-{key[:8]}-{host[:4]}-"


def _take_place(new: Path, target: Path) -> None:
    """The new folder under the target's name; the old one, if there is one, is removed."""
    old = new.with_name(f"{new.name}{OLD}")
    if not target.exists():
        new.rename(target)
    elif _exchanged(new, target):
        new.rename(old)
    else:
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system has swapped two folders in one step."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _recover(target: Path) -> None:
    """Put back or clear what runs that were killed have left beside a target."""
    for left in sorted(target.parent.glob(f"{_prefix(target)}*")):
        owner = left.name.removeprefix(_prefix(target)).partition("-")[0]
        if not owner.isdecimal() or _lives(int(owner)):
            continue
        if left.name.endswith(OLD) and not target.exists():
            left.rename(target)  # it was killed between two renames
        else:
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _umask() -> int:
    """What the process forbids for new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _unwritable(folder: Path, reason: str | None) -> str:
    return f"the output folder {folder} cannot be written ({reason}); choose another with --out"
