"""How far the work is, on stderr: bars on a terminal, elsewhere a plain line every few seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bayesfit.output.console import screen

Stage = Callable[[str, int, int], None]  # (stage, done, total)
EVERY, SLOWER = 4.0, 0.1  # seconds between lines where there is no terminal, or this share of all


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def progress(quiet: bool = False) -> Iterator[Stage]:
    """How far the work is, as a function of (stage, done, total), on stderr."""
    console = screen(stderr=True, quiet=quiet)
    if quiet:
        yield silent
    elif console.is_terminal:
        with _bars(console) as tell:
            yield tell
    else:
        with _lines() as tell:
            yield tell


@contextmanager
def _bars(console: Console) -> Iterator[Stage]:
    """A bar for each stage."""
    columns = (TextColumn("{task.description:<9}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        tasks: dict = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


@contextmanager
def _lines() -> Iterator[Stage]:
    """A line every few seconds, also while one step takes long; fewer of them in a long run."""
    started, finished = monotonic(), Event()
    now = ["starting"]

    def tell(stage: str, done: int, total: int) -> None:
        now[0] = f"{stage}: {done} of {total}" if done < total else f"after {stage}"
        now[0] = now[0] if done else stage  # which has begun

    def speak() -> None:
        while not finished.wait(max(EVERY, SLOWER * (monotonic() - started))):
            print(f"{now[0]} ({monotonic() - started:.0f} s)", file=sys.stderr, flush=True)

    speaker = Thread(target=speak, name="bayesfit progress", daemon=True)
    speaker.start()
    try:
        yield tell
    finally:
        finished.set()
        speaker.join()
