"""Programs that are read from disk before they are asked for.

A process asks for much the same ones as the last process that began alike. Their machine code is
made ready without Python's lock, so that a thread does it while this one still imports modules and
reads tables. What is read in vain costs a core that had nothing to do.
"""

from __future__ import annotations

import atexit
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Thread, main_thread

from bayesfit import compiled, kept

MOST, MOST_BYTES = 64, 2**13  # programs that are remembered, and their names
_begun: list[Path] = []


def begin(*alike: str) -> None:
    """Read what the last process used that began with the same words, and remember what this does.

    Only the first call of a process counts.
    """
    if _begun:
        return
    name = blake2b("\0".join(alike).encode(), digest_size=16).hexdigest()
    path = compiled.folder().with_name("ahead") / name
    _begun.append(path)
    atexit.register(_remember, path)
    if path.is_file():
        # Imports have effects that others must not see half of: numpy's types, for one, which
        # jax adds to and pandas goes through. The thread imports next to nothing.
        import jax.experimental.serialize_executable  # noqa: F401

        import bayesfit.computing  # noqa: F401

        Thread(target=_read, args=(path,), name="bayesfit ahead").start()


def _read(path: Path) -> None:
    """Read all that are remembered there, unless the process comes to its end."""
    with suppress(Exception):  # the main thread asks for the same, and says what is wrong
        from bayesfit.computing import float64, take_cores

        take_cores()
        with float64():
            for name in _remembered(path) if kept.can_keep() else ():
                if not (main_thread().is_alive() and kept.read_ahead(name)):
                    return


def _remembered(path: Path) -> list[str]:
    """Files of programs, in the order in which they will be asked for; none of other versions.

    Machine code for another processor, say, is not to be looked at.
    """
    try:
        if not compiled.is_ours(path) or path.stat().st_size > MOST_BYTES:
            return []
        around, *names = path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
    return [x for x in names[:MOST] if x.isalnum()] if around == _around() else []


def _around() -> str:
    """Versions, devices and settings, as a hash."""
    return blake2b(repr(kept.around()).encode(), digest_size=16).hexdigest()


def _remember(path: Path) -> None:
    """Write down what was used, if it is not what is written there."""
    names = kept.used()[:MOST]
    if names and names != _remembered(path):
        with suppress(OSError):  # a folder that cannot be written
            compiled.put(path, "\n".join([_around(), *names]).encode())
