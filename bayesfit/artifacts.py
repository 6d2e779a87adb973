"""Fits on disk: each stage in a file as soon as it is there, and whole fits read back.

A folder holds `fit.json` (what was fitted to what, how, and with which version), `runs.csv` (the
table as it was given, every digit), `estimate.csv`, `bootstrap.nc`, `posterior.nc`, `refits.nc`,
and `law.py` for a law of the user's own. Nothing is pickled. Reading a folder runs its `law.py`,
if it has one: open folders that you trust.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import __version__, likelihoods, models, stages
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.extrapolation.refits import Refit, bound_below
from bayesfit.inference.draws import Draws, load_tree, save_tree
from bayesfit.inference.mle import Minimum
from bayesfit.law import Law
from bayesfit.stages import Settings, Task

FORMAT = 1  # of the folder; another one cannot be read
RECORD, LAW = "fit.json", "law.py"
FILES = {
    "estimate": "estimate.csv",
    "bootstrap": "bootstrap.nc",
    "posterior": "posterior.nc",
    "refits": "refits.nc",
}


# -- a task ---------------------------------------------------------------------------------------


def write_task(folder: Path, task: Task) -> None:
    """Tables, law and settings; stages of another task are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    record = task_record(task)
    if _record(folder).get("task") == record:
        return
    for file in (RECORD, *FILES.values()):
        (folder / file).unlink(missing_ok=True)
    _write_runs(folder / "runs.csv", task.given)
    if task.held_out_given is not None:
        _write_runs(folder / "held_out.csv", task.held_out_given)
    if task.law.home and Path(task.law.home) != (folder / LAW).resolve():
        shutil.copyfile(task.law.home, folder / LAW)
    write_record(folder, task=record)


def task_record(task: Task) -> dict[str, Any]:
    """What identifies a task: law, likelihood, tables and settings."""
    law, held = task.law, task.held_out_given
    return dict(
        format=FORMAT,
        law=dict(
            name=law.name,
            home=law.home,
            digest=models.digest(law),
            group=task.group,
            vary=None if task.vary is None else list(task.vary),
            priors=dict(law.overrides),
        ),
        likelihood=task.likelihood.name,
        data=_about_runs(task.given),
        held_out=None if held is None else _about_runs(held),
        settings=asdict(task.settings),
    )


def read_task(folder: Path, law: Law | None = None) -> Task:
    """The task of a folder.

    Args:
        law: the law, for one that was made in Python and has no file.

    Raises:
        InputError: the folder holds no fit, or one that cannot be read any more.
    """
    record = _record(folder)
    if "task" not in record:
        raise InputError(f"{folder} holds no fit: name a folder that `bayesfit run` wrote")
    about = record["task"]
    if about["format"] != FORMAT:
        raise InputError(f"{folder} was written by another version of bayesfit: fit again")
    given = _read_runs(folder / "runs.csv", about["data"])
    held = about["held_out"]
    return stages.task(
        law or _law(folder, about["law"]),
        likelihoods.load(about["likelihood"]),
        given,
        None if held is None else _read_runs(folder / "held_out.csv", held),
        Settings(**about["settings"]),
        group=about["law"]["group"],
        vary=about["law"]["vary"],
        replaced=about["law"]["priors"],
    )


def _law(folder: Path, about: Mapping[str, Any]) -> Law:
    if about["home"]:
        return replace(models.load(folder / LAW), name=about["name"])
    if not about["digest"]:
        raise InputError(
            f"the law {about['name']} was made in Python and has no file: give it, as in "
            "bayesfit.open(folder, law=law)"
        )
    law = models.load(about["name"])
    if models.digest(law) != about["digest"]:
        raise InputError(
            f"the law {about['name']} has changed since {folder} was written: fit again"
        )
    return law


# -- tables ---------------------------------------------------------------------------------------


def _about_runs(runs: Runs) -> dict[str, Any]:
    return dict(
        name=runs.name,
        source=runs.source,
        simulated=runs.simulated,
        left_out=list(runs.left_out),
        notes=list(runs.notes),
        warnings=list(runs.warnings),
        reduced=runs.reduced,
        sha256=runs.sha256,
        text=[name for name in runs.columns if runs.table[name].dtype.kind not in "biuf"],
    )


def _write_runs(path: Path, runs: Runs) -> None:
    """Numbers by their shortest spelling that reads back the same."""
    cells = {n: [_spelled(x) for x in runs.table[n]] for n in runs.columns}
    pd.DataFrame(cells).to_csv(path, index=False)


def _spelled(value: Any) -> str:
    return repr(float(value)) if isinstance(value, (float, int, np.number)) else str(value)


def _read_runs(path: Path, about: Mapping[str, Any]) -> Runs:
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}): fit again") from error
    columns = {
        str(n): cells[n].to_numpy(object) if n in about["text"] else cells[n].to_numpy(float)
        for n in cells
    }
    runs = Runs(
        pd.DataFrame(columns),
        about["name"],
        about["source"],
        about["simulated"],
        tuple(about["left_out"]),
        tuple(about["notes"]),
        tuple(about["warnings"]),
        reduced=about["reduced"],
    )
    if runs.sha256 != about["sha256"]:
        raise InputError(f"{path} was changed since the fit was written: fit again")
    return runs


# -- stages ---------------------------------------------------------------------------------------


def write_stage(folder: Path, stage: str, result: Any, seconds: tuple[float, float]) -> None:
    """One finished stage, whole or not at all, with the seconds it took (and those compiling)."""
    path = folder / FILES[stage]
    if stage == "estimate":
        _write_text(path, _minimum_frame(result).to_csv(index=False))
    elif stage == "refits":
        _save_refits(path, result)
    elif result is not None:
        result.save(path)
    done = _record(folder).get("stages", {}) | {stage: seconds}
    write_record(folder, stages=done)


def read_stage(folder: Path, stage: str, task: Task) -> Any:
    """What `write_stage` wrote."""
    path = folder / FILES[stage]
    if stage == "estimate":
        return _minimum(pd.read_csv(path, float_precision="round_trip"))
    if stage == "refits":
        return _load_refits(path, task)
    return Draws.load(path) if path.exists() else None


def write_answers(folder: Path, holdouts: pd.DataFrame, convergence: pd.DataFrame) -> None:
    """What takes time to work out of a fit, so that whoever opens it does not wait again."""
    _write_text(folder / "holdouts.csv", holdouts.to_csv(index=False))
    _write_text(folder / "convergence.csv", convergence.to_csv())


def read_answers(folder: Path) -> dict[str, pd.DataFrame]:
    """What `write_answers` wrote, by the names of the fit's attributes."""
    convergence = pd.read_csv(folder / "convergence.csv", index_col=0, float_precision="round_trip")
    try:
        holdouts = pd.read_csv(folder / "holdouts.csv", float_precision="round_trip")
    except pd.errors.EmptyDataError:
        holdouts = pd.DataFrame()
    return dict(holdouts=holdouts, convergence=convergence)


def finished(folder: Path) -> dict[str, tuple[float, float]]:
    """The stages that are there, with the seconds that they took."""
    return {stage: tuple(x) for stage, x in _record(folder).get("stages", {}).items()}


def _minimum_frame(found: Minimum) -> pd.DataFrame:
    q = {f"q{i}": x for i, x in enumerate(np.asarray(found.q).T)}
    rest = {name: x for name, x in found._asdict().items() if name != "q"}
    return pd.DataFrame(rest | q)


def _minimum(frame: pd.DataFrame) -> Minimum:
    q = frame[[name for name in frame if str(name).startswith("q")]].to_numpy(float)
    rest = {str(name): frame[name].to_numpy() for name in frame if name in Minimum._fields}
    return Minimum(q=q, **rest)


def _save_refits(path: Path, refits: list[Refit]) -> None:
    import xarray

    groups = {}
    for i, refit in enumerate(refits):
        arrays = {
            name: (("draw", *(f"{name}_dim_{k}" for k in range(1, np.ndim(x)))), np.asarray(x))
            for name, x in refit.values.items()
        }
        arrays["below"] = (("run",), refit.below.astype(np.int8))
        groups[f"refit_{i:02d}"] = xarray.Dataset(arrays, attrs=dict(label=refit.label))
    tree = xarray.DataTree.from_dict(groups or {"/": xarray.Dataset()})
    tree.attrs["labels"] = json.dumps([refit.label for refit in refits])
    save_tree(tree, path)


def _load_refits(path: Path, task: Task) -> list[Refit]:
    groups, attrs = load_tree(path)
    found = []
    for (_, values), label in zip(sorted(groups.items()), json.loads(attrs["labels"]), strict=True):
        below = values.pop("below").astype(bool)
        problem = bound_below(task.law, task.runs, task.likelihood, below)
        found.append(Refit(below, problem, values, problem.inputs(task.runs), label))
    return found


# -- the record -----------------------------------------------------------------------------------


def write_record(folder: Path, **parts: Any) -> None:
    """Join parts to `fit.json`."""
    record = dict(bayesfit=__version__) | _record(folder) | parts
    _write_text(folder / RECORD, json.dumps(record, indent=2))


def _record(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / RECORD} cannot be read ({error})") from error


def record(folder: Path) -> dict[str, Any]:
    """All of `fit.json`; empty if there is none."""
    return _record(folder)


def _write_text(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


class Work:
    """The hidden folder beside a results folder in which a run keeps its finished stages.

    Attributes:
        folder: where; `done` removes it.
    """

    def __init__(self, target: Path, resume: bool) -> None:
        key = sha256(target.name.encode()).hexdigest()[:8]  # the name itself may be long already
        self.folder = target.resolve().parent / f".bayesfit-{key}.unfinished"
        if not resume:
            self.done()

    def done(self) -> None:
        """Remove what is there."""
        shutil.rmtree(self.folder, ignore_errors=True)
