"""Compiled programs as files of one folder: machine code, the structure of its result, a hash.

Whatever cannot be read, for any reason, is taken as not there. Only files that nobody else can have
written are read: they are run.
"""

from __future__ import annotations

import os
import pickle
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

MOST_BYTES = 2**29  # of the folder; what was not used for longest goes first
DIGEST = 32  # bytes of a hash in front of each file


def folder() -> Path:
    """The user's folder for compiled programs; `BAYESFIT_CACHE` moves it.

    Nobody's home is the folder of temporary files.
    """
    home = os.path.expanduser("~")
    user = os.environ.get("XDG_CACHE_HOME") or Path(
        tempfile.gettempdir() if home == "~" else home, ".cache"
    )
    return Path(os.environ.get("BAYESFIT_CACHE") or Path(user) / "bayesfit") / "compiled"


class OnDisk(NamedTuple):
    """What a file holds.

    Attributes:
        code: the program, from leaves to leaves.
        result: the structure that its result had, pickled: its types are imported when it is used.
    """

    code: Callable[..., list]
    result: bytes


def read(path: Path) -> OnDisk | None:
    """A program from its file; None if there is none, or anything is wrong with it."""
    import jax
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        content = path.read_bytes() if is_ours(path) else b""
        digest, body = content[:DIGEST], content[DIGEST:]
        if not body or digest != blake2b(body, digest_size=DIGEST).digest():
            return None
        wake_lapack()
        code, result, (given, taken, count) = pickle.loads(body)
        trees = (jax.tree.structure((tuple(range(given)), {})), jax.tree.structure([*range(taken)]))
        found = deserialize_and_load(code, *trees, execution_devices=jax.devices()[:count])
        os.utime(path)
    except Exception:  # of another jax, or half a file: it is compiled anew
        return None
    return OnDisk(found, result)


def structure(result: bytes) -> Any:
    """The structure of a result; None if its types are no more."""
    import jax

    try:
        return jax.tree.structure(pickle.loads(result))
    except Exception:
        return None


@cache
def wake_lapack() -> None:
    """Have jax look up the routines of LAPACK, which it does as it lowers a call of one.

    A program that was lowered in another process would call them where there are none yet.
    """
    import jax
    import numpy as np

    jax.jit(jax.lax.linalg.cholesky).lower(jax.ShapeDtypeStruct((1, 1), np.float64))


def is_ours(path: Path) -> bool:
    """Whether it is a plain file that nobody else can have written.

    Raises:
        OSError: there is none.
    """
    about = path.stat()
    alone = not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o022)
    return stat.S_ISREG(about.st_mode) and alone


def write(path: Path, code: Any, result: Any, given: int) -> None:
    """Keep a program; one that cannot be kept is compiled again the next time."""
    from jax.experimental.serialize_executable import serialize

    with suppress(Exception):  # whatever jax cannot write, and a disk that is full or read-only
        taken, devices = result.num_leaves, len(code.runtime_executable().local_devices())
        numbered = pickle.dumps(result.unflatten(range(taken)))
        body = pickle.dumps((serialize(code)[0], numbered, (given, taken, devices)))
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent)
        put(path, blake2b(body, digest_size=DIGEST).digest() + body)


def put(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        OSError: it cannot be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    try:
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise


@cache
def _make_room(folder: Path) -> None:
    """Remove what was not used for longest, where there is too much; once a process."""
    found = ((x.stat(), x) for x in folder.iterdir() if x.is_file())
    files = sorted(found, key=lambda x: x[0].st_mtime)
    excess = sum(about.st_size for about, _ in files) - MOST_BYTES
    for about, file in files:
        if excess <= 0:
            break
        file.unlink(missing_ok=True)
        excess -= about.st_size
