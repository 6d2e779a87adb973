"""Ctrl-C and SIGTERM end a command at once, with one sentence, whatever it is doing.

Python runs the handler of a signal between two steps of Python: a compiled program holds it up for
as long as it runs, and an exception that it raises inside a callback of jax is swallowed. So a
thread of its own hears of the signal as it comes, removes what is unfinished, and ends the process.
The main thread, which writes files, waits from its next step on.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TRIES = 3
_folders: list[Path] = []  # what is unfinished now
_cures: list[str] = []  # how to go on from here


def listen() -> None:
    """End this process at Ctrl-C (exit code 130) and SIGTERM (143) from here on.

    For a command, not for a program that imports bayesfit; by the main thread, once. What the
    process was started to ignore, as in a shell's background, it goes on to ignore.
    """
    hears, rings = socket.socketpair()
    rings.setblocking(False)
    signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)
    # The sockets are arguments so that they stay open as long as the thread lives.
    Thread(target=_hear, args=(hears, rings), name="bayesfit stopping", daemon=True).start()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _wait)


def _wait(number: int, frame: object) -> None:
    """What the main thread does once a signal has come: nothing more."""
    Event().wait()


def _hear(hears: socket.socket, rings: socket.socket) -> None:
    number = 0
    while number not in SIGNALS:  # others that Python handles ring too
        number = hears.recv(1)[0]
    for folder in _folders:
        for _ in range(TRIES):  # a file may be coming into being there
            shutil.rmtree(folder, ignore_errors=True)
    shown = "\r\x1b[J\x1b[?25h" if os.isatty(2) else ""  # a bar has hidden the cursor
    said = "; ".join(["stopped", *_cures[-1:]])
    try:
        os.write(2, f"{shown}{said}\n".encode())  # the main thread may hold the lock of sys.stderr
    finally:
        os._exit(128 + number)


@contextmanager
def unfinished(folder: Path) -> Iterator[None]:
    """A folder that is removed when the block ends, and also if a signal ends the process."""
    with _listed(_folders, folder):
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def can_go_on(how: str) -> Iterator[None]:
    """What is said to a person whose signal ends the process within the block."""
    with _listed(_cures, how):
        yield


@contextmanager
def _listed(where: list, what: object) -> Iterator[None]:
    """Something that the thread knows of within the block."""
    where.append(what)
    try:
        yield
    finally:
        where.remove(what)
