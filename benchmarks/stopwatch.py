"""Wall and processor seconds of a piece of work, its finished child processes included."""

from __future__ import annotations

import resource
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any


def cpu_seconds() -> float:
    """User and system time of this process and of the children it has waited for."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, who))


def peak_memory() -> float:
    """The most memory this process ever held, in GiB (Linux counts kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def once(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, wall seconds and processor seconds of one call."""
    wall, cpu = perf_counter(), cpu_seconds()
    result = work()
    return result, perf_counter() - wall, cpu_seconds() - cpu


def warm(work: Callable[[], Any], repeats: int) -> tuple[Any, dict[str, float]]:
    """The last result, and timings: the first call (cold), then the median of `repeats` more."""
    _, cold, _ = once(work)
    calls = [once(work) for _ in range(repeats)]
    return calls[-1][0], dict(
        cold=cold, seconds=median(c[1] for c in calls), cpu=median(c[2] for c in calls)
    )
