"""What sharing one fit between processes costs: `python -m benchmarks.hosts`.

The same fit by one process that has all cores, and by several with `--distributed` that share them,
on this machine: so the same arithmetic, and beside it what processes have to say to each other.
Seconds are those of a stage, by the first process and without compilation; exponents have to be the
same. The table is fetched, or lies in the folder that `BAYESFIT_DATA` names.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

PROCESSES = (1, 2, 4)
FIT = ("--model", "kaplan_chinchilla", "--data", "chinchilla", "--no-figures")
WORK = ("--draws", "4000", "--bootstrap", "4000")
STAGES = ("estimate", "bootstrap", "posterior")


def shared(processes: int, cores: int) -> tuple[dict[str, float], pd.DataFrame]:
    """Seconds of each stage, and the exponents, of a fit by so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bayesfit", "run", *FIT, *WORK, "--out", f"{folder}/out"]
        command += ["--distributed"] * (processes > 1)
        own = dict(
            JAX_PLATFORMS="cpu",
            JAX_NUM_CPU_DEVICES=str(max(1, cores // processes)),
            JAX_COORDINATOR_ADDRESS=f"127.0.0.1:{_free_port()}",
            JAX_NUM_PROCESSES=str(processes),
        )
        started = [
            subprocess.Popen(
                command,
                env=os.environ | own | dict(JAX_PROCESS_ID=str(i)),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE if i == processes - 1 else subprocess.DEVNULL,
            )
            for i in range(processes)
        ]
        _wait(started)
        record = json.loads(Path(folder, "out", "run.json").read_text(encoding="utf-8"))
        exponents = pd.read_csv(Path(folder, "out", "exponents.csv"), index_col="parameter")
    compiling = record["seconds_compiling"]
    seconds = {stage: record["seconds"][stage] - compiling[stage] for stage in STAGES}
    return seconds, exponents.filter(regex="^(mle|posterior_|bootstrap_)")


def _wait(processes: list[subprocess.Popen]) -> None:
    """Until all have ended; if one fails, the others would wait for it, and are ended."""
    while any(process.poll() is None for process in processes):
        if any(process.poll() for process in processes):
            break
        time.sleep(0.2)
    for process in processes:
        process.terminate()
        process.wait()
    if any(process.returncode for process in processes):
        raise SystemExit(f"one of {len(processes)} processes failed:\n{_said(processes[-1])}")


def _said(process: subprocess.Popen) -> str:
    return process.communicate()[1].decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main() -> None:
    """The table, printed."""
    cores, found = os.cpu_count() or 1, {n: shared(n, os.cpu_count() or 1) for n in PROCESSES}
    alone, numbers = found[PROCESSES[0]]
    print(f"{cores} cores; {' '.join(WORK)} of {FIT[1]} on {FIT[3]}; seconds, and of one process")
    print("| processes | " + " | ".join(STAGES) + " | largest difference of a number |")
    print("|---:|" + "---:|" * (len(STAGES) + 1))
    for processes, (seconds, exponents) in found.items():
        cells = [f"{seconds[x]:.1f} ({seconds[x] / alone[x]:.2f})" for x in STAGES]
        apart = float((exponents / numbers - 1).abs().max().max())
        print(f"| {processes} | " + " | ".join(cells) + f" | {apart:.0e} |")


if __name__ == "__main__":
    main()
