"""What is kept of a calibration: its numbers with how they were made, and its figure."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bayesfit import __version__, figures

FOLDER = Path(__file__).parent
PACKAGES = ("jax", "numpyro", "optax", "numpy", "scipy")


def progress(name: str) -> Callable[[int], None]:
    """Says now and then how many tables are done."""
    return lambda done: print(f"{name}: {done} tables", flush=True)


def write(stem: str, setting: dict[str, Any], cases: dict[str, Any], figure: Figure) -> None:
    """`stem`.json and `stem`.png, beside this file."""
    made = dict(
        date=date.today().isoformat(),
        bayesfit=__version__,
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES},
        **setting,
    )
    text = json.dumps(dict(made=made, cases=cases), indent=1, default=_plain)
    (FOLDER / f"{stem}.json").write_text(_lists_on_one_line(text) + "\n")
    (FOLDER / f"{stem}.png").write_bytes(figures.png(figure))


def _plain(x: Any) -> Any:
    return x.tolist() if isinstance(x, (np.ndarray, np.generic)) else str(x)


def _lists_on_one_line(text: str) -> str:
    """A list of numbers takes a line, not a line for each number."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside:
            lines[-1] += line.strip() if line.strip().startswith("]") else line.strip() + " "
        else:
            lines.append(line)
        inside = line.rstrip().endswith("[") or (inside and not line.strip().startswith("]"))
    return "\n".join(line.replace(", ]", "]").rstrip() for line in lines)
