"""Measure ours and theirs in one sitting, print the ratios, write RESULTS.md.

    python -m benchmarks.run            everything; the slow peers take about ten minutes
    python -m benchmarks.run --quick    a fifth of the work for slow peers, scaled up and marked
    python -m benchmarks.run --only nuts

Nothing runs beside anything else, and every contender has a process of its own (see `jobs`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import machine, waits

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("RESULTS.md")
OPTIMUM = 1.0182740178006e-3  # the lowest sum of Huber losses on the 240 runs, to all digits
# On vectors of five a second BLAS thread only spins, and burns most of L-BFGS-B's CPU seconds.
ONE_THREAD = dict(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

MLE = {  # job -> what the table calls it; ours comes first in every section
    "mle_ours": "ours, race",
    "mle_ours_to_the_end": "ours, every start to the end",
    "mle_lbfgsb": "scipy L-BFGS-B, gradient by hand",
    "mle_lbfgsb_tight": "the same, tight tolerances",
    "mle_bfgs": "scipy BFGS, gradient by hand",
    "mle_bfgs_tight": "the same, tight tolerances",
    "mle_finite_differences": "scipy L-BFGS-B, finite differences",
    "mle_chinchilla": "PyPI chinchilla, all cores",
    "mle_optimistix": "optimistix LM, vmapped, warm",
}
BOOTSTRAP = {
    "bootstrap_ours": "ours",
    "bootstrap_autograd": "scipy BFGS, autograd (Epoch's notebook)",
    "bootstrap_hand": "scipy BFGS, gradient by hand",
}
NUTS = {
    "nuts_ours": "ours, 16 chains",
    "nuts_numpyro_vectorized": "numpyro, dense mass, 4 chains vectorized",
    "nuts_numpyro_sequential": "numpyro, dense mass, 4 chains in turn (its default)",
    "nuts_nutpie": "PyMC by nutpie, 4 chains",
}
SLOW = {"mle_chinchilla", *(job for job in MLE if "bfgs" in job or "finite" in job)}
SLOW |= {"mle_optimistix", "bootstrap_autograd", "bootstrap_hand"}  # what --quick cuts short
Rows = list[tuple[str, ...]]


def main() -> None:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the work for slow peers")
    parser.add_argument("--only", choices=SECTIONS, help="one section; RESULTS.md is not written")
    asked = parser.parse_args()
    data = ROOT.parent / "shared" / "upstream"
    if data.is_dir():
        os.environ.setdefault("BAYESFIT_DATA", str(data))
    header, console = machine.describe(), Console(highlight=False, width=150)
    parts = []
    for name, section in SECTIONS.items():
        if asked.only in (None, name):
            title, headings, rows, notes = section(asked.quick)
            console.print(_rich(title, headings, rows), *notes, sep="\n")
            parts.append(_markdown(title, headings, rows, notes))
    if asked.only is None:
        RESULTS.write_text(_head(header, asked.quick) + "\n".join(parts))
        console.print(f"written to {RESULTS}")


# -- starting things ---------------------------------------------------------------------------


def measure(job: str, quick: bool) -> dict:
    """What one job reports, from a process with an empty cache of compiled programs.

    A job that fails is a row without figures, not the end of the run.
    """
    print(f"{job} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "benchmarks.jobs", job, *(["--quick"] if quick else [])]
        env = os.environ | ONE_THREAD | dict(BAYESFIT_CACHE=cache, PYTHONWARNINGS="ignore")
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"{job} failed: {reason}", file=sys.stderr)
        return dict(failed=reason)
    return json.loads(done.stdout.strip().splitlines()[-1])


def _all(jobs: dict[str, str], quick: bool, whole: int) -> dict[str, dict]:
    """Every job's facts, seconds scaled to `whole` starts where fewer were made."""
    found = {job: measure(job, quick and job in SLOW) for job in jobs}
    for facts in found.values():
        facts["scale"] = whole / facts.get("starts", whole)
        for name in ("seconds", "cpu"):
            if name in facts:
                facts[name] *= facts["scale"]
    return found


# -- sections: each returns a title, headings, rows, and notes ---------------------------------


def mle(quick: bool) -> tuple:
    """4500 starts from the published grid."""
    found = _all(MLE, quick, 4500)
    rows = []
    for job, facts in found.items():
        ends = np.array(facts.get("objectives", [np.nan]), float)
        excess = ends / OPTIMUM - 1
        one = "race" in MLE[job] or len(ends) == 1  # only the best of these is kept
        arrived = "-" if one else " / ".join(_share(excess, off) for off in (1e-6, 1e-9))
        best = "-" if np.isnan(ends).all() else f"{np.nanmin(excess):.0e}"
        rows.append((MLE[job], *_times(facts, found["mle_ours"]), best, arrived))
    headings = ("best is off by", "starts that arrive within 1e-6 / 1e-9")
    notes = [
        "Best: how far the lowest objective lies above the optimum, relative. Tight: objective "
        "scaled to about 1 and tolerances of 1e-8 or less; scipy's default tolerances are absolute."
    ]
    return "4500-start MLE", (*TIMES, *headings), rows, notes


def bootstrap(quick: bool) -> tuple:
    """4000 pairs-bootstrap refits of the same resamples."""
    found = _all(BOOTSTRAP, quick, 4000)
    ours = np.array(found["bootstrap_ours"].get("objectives", [np.nan]))
    rows = []
    for job, facts in found.items():
        ends = np.array(facts.get("objectives", [np.nan]), float)
        lowest = np.fmin(ours[:: round(facts["scale"])][: len(ends)], ends)
        reached = _share(ends / lowest - 1, 1e-6)
        good = f"{facts['converged']:.2%}" if "converged" in facts else "-"
        rows.append((BOOTSTRAP[job], *_times(facts, found["bootstrap_ours"]), reached, good))
    headings = ("refits within 1e-6 of the lowest found", "gradient says converged")
    return "4000 bootstrap refits", (*TIMES, *headings), rows, []


def nuts(quick: bool) -> tuple:
    """Effective draws a second, the worst parameter's."""
    found = {job: measure(job, quick) for job in NUTS}
    rows = []
    for job, facts in found.items():
        if "failed" in facts:
            rows.append((NUTS[job], *["failed"] * 8))
            continue
        rate, ours = _rate(facts), _rate(found["nuts_ours"])
        rows.append(
            (
                NUTS[job],
                f"{facts['cold']:.1f}",
                f"{facts['seconds']:.2f}",
                f"{facts['cpu']:.2f}",
                f"{facts['ess']:.0f} of {facts['draws_kept']} ({facts['worst']})",
                f"{facts['r_hat']:.3f}",
                f"{facts.get('leapfrogs', float('nan')):.1f}",
                f"{rate:.0f}",
                f"{ours / rate:.1f}x",
            )
        )
    headings = ("", "first s", "warm s", "CPU s", "bulk ESS (worst)", "R-hat", "leapfrogs a draw")
    notes = [
        "Worst of E, log A, log B, alpha, beta, the three reference coordinates, sigma and nu. "
        "Seconds include warm-up, ours also the search for the mode.",
        _agreement(found),
    ]
    return "NUTS", (*headings, "ESS/s", "ours is"), rows, notes


def waits_(quick: bool) -> tuple:
    """From the start of a process to numbers on the screen, and to the end."""
    del quick
    found = waits.measured()
    waits.record(found)
    headings = ("", "first numbers, warm s", "all, warm s", "first numbers, cold s", "all, cold s")
    notes = [
        f"One process each, with its own defaults. `{waits.PEER}`: four chains of 2000 transitions "
        "of one law, and nothing else. `history.csv` has the ratios by commit."
    ]
    return "Waits", (*headings, "of the peer's"), waits.rows(found), notes


def scaling(quick: bool) -> tuple:
    """From a hundred runs to a million."""
    del quick
    rows: Rows = []
    for exponent in range(2, 7):
        facts = measure(f"scaling_{10**exponent}", False)
        if "failed" in facts:
            rows.append((f"1e{exponent}", *["failed"] * 6))
            continue
        whole = (f"1e{exponent}", str(facts["starts"]), str(facts["steps"]))
        rest = (f"{facts['seconds']:.2f}", f"{facts['nanoseconds']:.1f}", f"{facts['peak']:.2f}")
        rows.append((*whole, *rest, f"{facts['converged']:.0%}"))
    headings = ("runs", "lanes", "steps", "warm s", "ns per run and step", "peak GiB", "converged")
    return "Scaling of the MLE (SIMULATED runs)", headings, rows, []


SECTIONS = dict(mle=mle, bootstrap=bootstrap, nuts=nuts, waits=waits_, scaling=scaling)


# -- small parts -------------------------------------------------------------------------------

TIMES = ("", "first s", "wall s", "CPU s", "ours is (wall)", "ours is (CPU)")


def _times(facts: dict, ours: dict) -> tuple[str, ...]:
    if "failed" in facts:
        return ("failed",) * 5
    mark = "*" if facts["scale"] > 1 else ""
    first_call = f"{facts['cold']:.1f}" if "cold" in facts else "-"
    seconds = (f"{facts[name]:.2f}{mark}" for name in ("seconds", "cpu"))
    ratios = (f"{facts[n] / ours[n]:.1f}x" if n in ours else "-" for n in ("seconds", "cpu"))
    return first_call, *seconds, *ratios


def _share(excess: np.ndarray, tolerance: float) -> str:
    return f"{np.mean(excess < tolerance):.2%}"


def _rate(facts: dict) -> float:
    return facts["ess"] / facts["seconds"] if "ess" in facts else float("nan")


def _agreement(found: dict[str, dict]) -> str:
    """The largest difference of posterior means between nutpie and ours, in its own MCSE."""
    a, b = found["nuts_ours"], found["nuts_nutpie"]
    if "means" not in a or "means" not in b:
        return ""
    off = {
        name: abs(a["means"][name] - b["means"][name])
        / np.hypot(a["errors"][name], b["errors"][name])
        for name in a["means"]
    }
    worst = max(off, key=lambda name: off[name])
    return f"Posterior means of ours and nutpie differ by at most {off[worst]:.1f} MCSE ({worst})."


def _rich(title: str, headings: tuple[str, ...], rows: Rows) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(title: str, headings: tuple[str, ...], rows: Rows, notes: list[str]) -> str:
    lines = [headings, ("---", *["---:"] * (len(headings) - 1)), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {title}\n\n{table}\n\n" + "".join(f"{note}\n\n" for note in notes if note)


def _head(header: list[str], quick: bool) -> str:
    about = (
        "# Results of `make bench`\n\n"
        f"{date.today()}. The 240 runs of `chinchilla`, double precision; every contender in a "
        "process of its own, one after the other. Ours: median of the warm calls; `first` includes "
        "compilation with an empty cache. `ours is`: their seconds over ours. Starts and refits of "
        "scipy run one after the other on one core, as in the notebooks; CPU seconds compare work. "
        "BLAS has one thread in every process, which is the kindest setting for scipy.\n\n"
    )
    starred = "Starred figures: a fifth of the work (`--quick`), scaled to the whole.\n\n"
    return about + (starred if quick else "") + "".join(f"* {line}\n" for line in header) + "\n"


if __name__ == "__main__":
    main()
