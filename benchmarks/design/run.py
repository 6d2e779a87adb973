"""Which run to pay for next, on the tables of ScaleBench: ours beside the published methods.

    make design
    make design ARGS="--redrawn"
    make design ARGS="--task my_task.py --table my_table.csv --seeds 2"

Every law of every task, every method and seed: buy, fit, score (`protocol`), and score the bands of
the targets (`bands`). With --redrawn each seed has a table of its own (`redrawn`). What is done is
kept in `.cache/design`, so that a run that was stopped goes on. Whole runs of the tasks at hand are
written to `SCALEBENCH.md` and `scalebench.csv`, or REDRAWN and redrawn; another task is printed.
Needs the tables in `../shared/data/scalebench`, of which no row is kept.
"""

from __future__ import annotations

import argparse
import hashlib
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit import computing
from bayesfit.errors import InputError
from benchmarks.design import bands, fitting, page, protocol
from benchmarks.design import task as tasks
from benchmarks.design.protocol import Method
from benchmarks.design.redrawn import redrawn
from benchmarks.design.task import Task

METHODS = ("random", "cheapest", "cost_weighted", "d_optimal", "v_optimal", "expected_error")
SEEDS = 10
CACHE = Path(__file__).parents[2] / ".cache" / "design"


def load_method(name: str) -> Method:
    """The method that a file of `methods/` defines."""
    return import_module(f"benchmarks.design.methods.{name}").method


def records(task: Task, groups: list, law: tasks.Law, method: Method, seed: int) -> list[dict]:
    """One row a share: R2, runs, share spent, seconds; and of ours the scores of the bands."""
    points = [protocol.buy(task, group, law, method, seed) for group in groups]
    total = sum(group.costs.sum() for group in groups)
    rows = []
    for at, share in enumerate(task.shares):
        here = [point[at] for point in points]
        spent = sum(g.costs[c.bought].sum() for g, c in zip(groups, here, strict=True))
        rows.append(
            dict(task=task.name, law=law.name, method=method.name, seed=seed, place=at, share=share)
            | dict(r2=protocol.score(law, groups, here), spent=spent / total)
            | dict(runs=sum(len(c.bought) for c in here), seconds=sum(c.seconds for c in here))
            | (_bands(law, groups, here, seed) if method.name == page.OURS else {})
        )
    return rows


def _bands(law, groups, points, seed: int) -> dict[str, float]:
    """Scores of the bands over all groups; CRPS and width in sd of the group's pool."""
    found = []
    for group, point in zip(groups, points, strict=True):
        if point.fits is not None:
            rng = np.random.default_rng([seed, len(point.bought)])
            unit = fitting.spread(group.responses)
            drawn = bands.draws(law, group, point.bought, point.fits, rng)
            found.append(bands.scored(drawn / unit, group.outcomes / unit))
    return pd.DataFrame(found).mean().to_dict() if found else {}


def kept(
    path: Path | str, table: Path | None, law: str, name: str, seeds: range, anew: bool = False
) -> pd.DataFrame:
    """The rows of one law and method, from the cache where they are.

    Args:
        anew: whether each seed has a table drawn again.
    """
    task = tasks.load(Path(path))
    method = load_method(name)
    folder = CACHE / ("redrawn" if anew else "") / task.name
    source = tasks.table_of(task, table)
    stem = folder / f"{law}-{name}-{_version(name, Path(path), source, anew)}"
    frames = []
    for seed in seeds:
        file = Path(f"{stem}-{seed}.csv")
        if not file.exists():
            chosen = next(x for x in task.laws if x.name == law)
            groups = _redrawn(Path(path), table, law, seed) if anew else tasks.read(task, table)
            file.parent.mkdir(parents=True, exist_ok=True)
            computing.make_room()
            rows = records(task, groups, chosen, method, seed)
            pd.DataFrame(rows).to_csv(file, index=False)
        frames.append(pd.read_csv(file))
    return pd.concat(frames)


@lru_cache(maxsize=SEEDS)
def _redrawn(path: Path, table: Path | None, law: str, seed: int) -> list[tasks.Group]:
    """One draw of a table for all methods: the truth is fitted once."""
    task = tasks.load(path)
    chosen = next(x for x in task.laws if x.name == law)
    return redrawn(task, tasks.read(task, table), chosen, seed)


# What a method reads beside its own file, the protocol and the fits.
READS = dict(
    d_optimal=("methods/_local",),
    v_optimal=("methods/_local",),
    expected_error=("methods/_local", "methods/_plans", "misfit", "bands"),
)


def _version(name: str, path: Path, table: Path, anew: bool) -> str:
    """What a result depends on: protocol, fits, task, table, method, and what draws anew."""
    here = Path(__file__).parent
    stems = ("task", "fitting", "protocol", f"methods/{name}", *READS.get(name, ()))
    stems += ("redrawn",) * anew
    files = [path, table, *(here / f"{x}.py" for x in stems)]
    return hashlib.sha256(b"".join(x.read_bytes() for x in files)).hexdigest()[:12]


def main() -> None:
    """Everything, printed and written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--task", action="append", help="a task's name or file; may be repeated")
    parser.add_argument("--table", type=Path, help="the table of the one task that is named")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--laws", help="names of laws, with commas; all if omitted")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--redrawn", action="store_true", help="draw the tables again, each seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    asked = parser.parse_args()
    if asked.seeds < 1:
        parser.error("--seeds counts from 1")
    console = Console(highlight=False, width=140)
    found = measured(asked, console)
    write = page.redrawn if asked.redrawn else page.scalebench
    text = write(found)
    console.print(text)
    if asked.task is None and asked.laws is None and asked.methods == ",".join(METHODS):
        page.write(text, found, write.__name__)
        console.print(f"wrote {write.__name__.upper()}.md")


def measured(asked: argparse.Namespace, console: Console) -> pd.DataFrame:
    """All rows that were asked for."""
    shipped = tasks.shipped()
    at_hand = [x for x in shipped if (tasks.DATA / f"{x}.csv").is_file()]
    paths = [shipped.get(x, Path(x)) for x in asked.task or at_hand]
    jobs = [
        (path, asked.table, law.name, name, range(asked.seeds), asked.redrawn)
        for path in paths
        for law in tasks.load(path).laws
        if asked.laws is None or law.name in asked.laws.split(",")
        for name in asked.methods.split(",")
    ]
    if not jobs:
        raise InputError(f"no task has a law called {asked.laws}: see benchmarks/design/laws")
    frames, together = [], len(asked.methods.split(","))  # a law's programs serve all its methods
    with ProcessPoolExecutor(asked.jobs, get_context("spawn")) as pool:
        done = pool.map(kept, *zip(*jobs, strict=True), chunksize=together)
        for job, frame in zip(jobs, done, strict=True):
            frames.append(frame)
            console.print(f"{Path(job[0]).stem} {job[2]} {job[3]}", style="dim")
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    main()
