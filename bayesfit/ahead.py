"""Programs that are read from disk before they are asked for.

A process asks for much the same ones as the last process that began alike. Their machine code is
made ready without Python's lock, so that a thread does it while this one still imports modules and
reads tables. What is read in vain costs a core that had nothing to do.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Thread, main_thread

from bayesfit import kept

MOST = 64  # programs that are remembered
_begun: list[Path] = []


def begin(*alike: str) -> None:
    """Read what the last process used that began with the same words, and remember what this does.

    Only the first call of a process counts.
    """
    if _begun:
        return
    name = blake2b("\0".join(alike).encode(), digest_size=16).hexdigest()
    _begun.append(kept.cache_folder().with_name("ahead") / name)
    atexit.register(_remember)
    if names := _remembered():
        Thread(target=_read, args=(names,), name="bayesfit ahead").start()


def _remembered() -> list[str]:
    """Files of programs, in the order in which they will be asked for."""
    try:
        names = _begun[0].read_text(encoding="ascii").split()[:MOST]
    except (OSError, ValueError):
        return []
    return [name for name in names if name.isalnum()]


def _remember() -> None:
    """Write down what was used, if it is not what is written there."""
    names = kept.used()[:MOST]
    if not names or names == _remembered():
        return
    folder = _begun[0].parent
    with suppress(OSError):  # a folder that cannot be written
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", delete=False) as file:
            file.write("\n".join(names))
        os.replace(file.name, _begun[0])


def _read(names: list[str]) -> None:
    """Read them all, unless the process comes to its end."""
    with suppress(Exception):  # the main thread asks for the same, and says what is wrong
        from bayesfit.computing import float64, take_cores

        take_cores()
        if not kept.here():
            return
        with float64():
            for name in names:
                if not (main_thread().is_alive() and kept.read_ahead(name)):
                    return
