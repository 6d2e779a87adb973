"""How long a person waits: whole commands as processes of their own, cold and warm, beside a peer.

A wait is counted from the start of the process. Its first numbers are there when a line of the
answer's table is on the screen, and all is there when the process ends. Cold is with an empty
folder of compiled programs, warm is the next process. The peer keeps nothing, so it has one wait;
ratios to it, in one sitting, can be compared between machines and commits. Each sitting adds a line
for each wait to `history.csv`.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
HISTORY = Path(__file__).with_name("history.csv")
PEER = "numpyro script, arviz summary"
FIT = "import bayesfit; print(bayesfit.fit('chinchilla_approach3', 'pile').exponents())"
FIRST = "MLE"  # a word of the first table of numbers
MODEL = ("--model", "chinchilla_approach3", "--data", "pile")
LAWS = ("chinchilla_approach3", "chinchilla_tied", "kaplan_chinchilla")


class Wait(NamedTuple):
    """Seconds to the first numbers (nan where there is no such table), and to the end."""

    first: float
    all: float


NONE = Wait(float("nan"), float("nan"))


def commands(folder: Path) -> Iterator[tuple[str, Sequence[str], bool]]:
    """What is waited for: its name, the arguments of Python, and whether it is also timed cold.

    Args:
        folder: where results go; the second command asks what the first has written.
    """
    ours, laws = ("-m", "bayesfit"), ("--models", ",".join(LAWS), "--data", "pile")
    results = str(folder / "results")
    yield "run, pile", (*ours, "run", *MODEL, "--out", results), True
    yield "optimum of a saved fit", (*ours, "optimum", results, "--flops", "1e25"), False
    yield "bayesfit.fit in Python", ("-W", "ignore", "-c", FIT), True
    kaplan = ("--model", "kaplan_chinchilla", "--data")
    out = ("--out", str(folder / "kaplan"))
    yield "run, kaplan_chinchilla, chinchilla", (*ours, "run", *kaplan, "chinchilla", *out), False
    yield "compare three laws, pile", (*ours, "compare", *laws), False
    yield "backtest, kaplan_chinchilla, pile", (*ours, "backtest", *kaplan, "pile"), False


def measured(only: str = "") -> dict[str, tuple[Wait | None, Wait]]:
    """Name -> the cold wait, where it is timed, and the warm one; the peer's under `PEER`.

    Args:
        only: part of a name.
    """
    found: dict[str, tuple[Wait | None, Wait]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, table = Path(name), Path(name, "pile.csv")
        _write_pile(table)
        found[PEER] = None, wait(("-W", "ignore", "-m", "benchmarks.peers.numpyro_script", table))
        for what, command, cold in commands(folder):
            if only in what:
                own = what if cold else ""  # another command may have compiled the same programs
                around = dict(BAYESFIT_CACHE=str(folder / "cache" / own))
                first = wait(command, around)
                found[what] = first if cold else None, wait(command, around)
    return found


def wait(arguments: Sequence[str | Path], around: Mapping[str, str] | None = None) -> Wait:
    """The wait for a process of this Python; neither number of one that fails, which is said."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "150", **(around or {})}
    began, first = perf_counter(), float("nan")
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if first != first and FIRST in line:
                first = perf_counter() - began
    if process.returncode:
        print(f"{' '.join(command)} ended with {process.returncode}", file=sys.stderr)
        return NONE
    return Wait(first, perf_counter() - began)


def rows(found: Mapping[str, tuple[Wait | None, Wait]]) -> list[tuple[str, ...]]:
    """The table: first numbers and all, warm and cold, and the warm wait over the peer's."""
    peer = found[PEER][1].all
    return [
        (what, *_seconds(warm), *_seconds(cold or NONE),
         f"{warm.all / peer:.2f}")
        for what, (cold, warm) in found.items()
    ]  # fmt: skip


def _seconds(one: Wait) -> list[str]:
    return ["-" if x != x else f"{x:.1f}" for x in one]


def record(found: Mapping[str, tuple[Wait | None, Wait]], path: Path = HISTORY) -> None:
    """Add a line for each wait: when, of which commit, under which load, and over the peer's."""
    peer, new = found[PEER][1].all, not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(("date", "commit", "load", "wait", "cold", "first", "all", "of_peer"))
        about = date.today().isoformat(), _commit(), f"{os.getloadavg()[0]:.1f}"
        for what, (cold, warm) in found.items():
            seconds = (cold.all if cold else float("nan"), warm.first, warm.all)
            shown = ("" if x != x else f"{x:.2f}" for x in seconds)
            writer.writerow((*about, what, *shown, f"{warm.all / peer:.3f}"))


def _commit() -> str:
    """The commit that is checked out, with a plus where files differ from it."""
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()
        changed = subprocess.check_output([*git, "status", "--porcelain", "bayesfit", "models"])
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + "+" * bool(changed.strip())


def _write_pile(path: Path) -> None:
    import bayesfit

    runs = bayesfit.load("pile")
    lines = zip(*(runs[name] for name in ("N", "D", "loss")), strict=True)
    text = "\n".join(",".join(repr(float(x)) for x in line) for line in lines)
    path.write_text(f"N,D,loss\n{text}\n", encoding="utf-8")
