"""What doubting the law costs: the sampler with and without the misfit, side by side.

    python -m benchmarks.doubt

Each law and table in a process of its own, twice: first the time from a loaded table to a posterior
(compilation included, an empty cache), then effective draws a second of sampling once more, the
time of one gradient, and leapfrogs a draw.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from os import environ
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.table import Table

CASES = (("kaplan_chinchilla", "pile"), ("kaplan_chinchilla", "chinchilla"),
         ("chinchilla_approach3", "chinchilla"))  # fmt: skip
KINDS = ("shared_t", "misfit_t")
CHAINS, DRAWS = 8, 500


def measured(law: str, data: str, kind: str) -> dict[str, float]:
    """One case, in this process."""
    import bayesfit

    runs = bayesfit.load(data)
    asked = dict(likelihood=kind, bootstrap=0, refits=False, chains=CHAINS, draws=DRAWS)
    begin = perf_counter()
    bayesfit.fit(law, runs, **asked)
    first = perf_counter() - begin
    fit = bayesfit.fit(law, runs, **(asked | dict(seed=1)))
    seconds = fit.timings["posterior"] - fit.compiling["posterior"]
    own = [name for name in fit.convergence.index if name not in fit.likelihood.hidden]
    least = float(fit.convergence.loc[own, "ess_bulk"].min())
    steps = np.asarray(fit.posterior.stats["n_steps"])
    return dict(
        first=first,
        ess=least / seconds,
        per_1000=1000 * least / float(steps.sum()),
        leapfrogs=float(steps.mean()),
        milliseconds=1000 * seconds / float(steps.sum()),
    )


def main() -> None:
    """Every case in a process of its own, and the ratios."""
    if len(sys.argv) > 1:
        print(json.dumps(measured(*sys.argv[1:])))
        return
    columns = ("law, data", "likelihood", "first posterior, s", "ESS a second",
               "ESS / 1000 gradients", "leapfrogs a draw", "ms a gradient")  # fmt: skip
    table = Table(*columns)
    for law, data in CASES:
        rows = [_elsewhere(law, data, kind) for kind in KINDS]
        for kind, row in zip(KINDS, rows, strict=True):
            table.add_row(f"{law}, {data}", kind, *(f"{x:.3g}" for x in row.values()))
        ratio = (after / before for before, after in zip(*(r.values() for r in rows), strict=True))
        table.add_row("", "ratio", *(f"{x:.2f}" for x in ratio))
    Console(width=150).print(table)


def _elsewhere(law: str, data: str, kind: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "benchmarks.doubt", law, data, kind]
        own = environ | dict(JAX_COMPILATION_CACHE_DIR=cache)
        done = subprocess.run(command, env=own, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
