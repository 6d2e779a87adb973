"""Other processes turn figures into bytes while this one works out what the next ones show.

matplotlib is most of the wait for files, and holds Python's lock as it draws, so that threads would
not help. A painter is this Python with matplotlib and without jax. It hears nothing of Ctrl-C, and
ends when its pipe does, however this process ends. What it cannot read, such as a figure made with
functions of a plugin, is drawn here, and so is everything where no process can be started.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bayesfit.pictures import Picture

Paint: TypeAlias = "Callable[[Figure], Future[Picture]]"
MOST = 4  # more would mostly start
EACH = 3  # figures, for fewer of which one is not worth its start


@contextmanager
def painters(figures: int = MOST * EACH) -> Iterator[Paint]:
    """How to have figures painted that nobody needs any more; when the block ends, all are.

    Args:
        figures: how many there will be; many, if it is not known yet.
    """
    idle: SimpleQueue[Popen | None] = SimpleQueue()
    with ExitStack() as until_the_end:
        count = min(MOST, os.cpu_count() or 1, figures // EACH)
        for _ in range(count):
            idle.put(until_the_end.enter_context(_painter()))
        if not count:
            idle.put(None)  # this process

        def paint(figure: Figure) -> Picture:
            one = idle.get()
            try:
                return (one and _there(one, figure)) or _here(figure)
            finally:
                idle.put(one)

        threads = ThreadPoolExecutor(max(1, count), "bayesfit figures")
        until_the_end.enter_context(threads)
        yield lambda figure: threads.submit(paint, figure)


def _here(figure: Figure) -> Picture:
    from bayesfit.pictures import both  # with matplotlib, which a command without figures spares

    return both(figure)


def _there(painter: Popen, figure: Figure) -> Picture | None:
    """The picture by another process; None if that cannot make it, or is no more."""
    asked, answers = painter.stdin, painter.stdout
    assert asked is not None and answers is not None
    try:
        asked.write(pickle.dumps(figure))
        asked.flush()
        return pickle.load(answers)
    except Exception:  # an object of anybody's may be in a figure, with a pickle of its own
        return None


@contextmanager
def _painter() -> Iterator[Popen | None]:
    """A process that paints until the block ends; None where the system starts none."""
    command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
    folders = [x for x in sys.path if isinstance(x, str)]  # the others Python passes over too
    there = os.environ | dict(PYTHONPATH=os.pathsep.join(folders))
    try:
        process = Popen(
            command, env=there, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    except (OSError, TypeError, ValueError):  # the latter of a Python or a folder without a name
        yield None
        return
    try:
        yield process
    finally:
        with suppress(OSError), process:  # which closes its pipes and waits for it
            pass


def serve() -> None:
    """Be a painter: figures come on stdin; pictures go to stdout, None for what cannot be one."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library might print is no picture
    while True:
        try:
            picture = _here(pickle.load(asked))
        except EOFError:
            return
        except Exception:  # the process that asked draws it, and has the error where it is seen
            picture = None
        pickle.dump(picture, answers)
        answers.flush()
