"""Where a table of timings was measured: without that, it says nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("jax", "numpyro", "optax", "numpy", "scipy", "autograd", "chinchilla", "optimistix")
PACKAGES += ("pymc", "nutpie", "arviz")


def describe() -> list[str]:
    """A few lines: processor, memory, system, load, and the versions that matter."""
    load = os.getloadavg()[0]
    return [
        f"{len(os.sched_getaffinity(0))} cores, {_field('/proc/cpuinfo', 'model name')}, "
        f"{_memory():.0f} GiB, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}; "
        + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        f"load when the run began: {load:.1f}" + (" (NOT QUIET)" if load > 0.5 else ""),
    ]


def _field(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":")[1].strip() for line in lines if line.startswith(key)), "unknown")


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
