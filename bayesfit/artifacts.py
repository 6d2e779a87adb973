"""Fits on disk: each stage in a file as soon as it is there, and whole fits read back.

A folder holds `fit.json` (what was fitted to what, how, and with which version), `runs.csv` (the
table as it was given, every digit), `estimate.csv`, `bootstrap.nc`, `posterior.nc`, `refits.nc`,
and `law.py` for a law of the user's own. Nothing is pickled, and `fit.json` has a hash of each
file: what was changed since is refused, not read. Reading a folder runs its `law.py`, if it has
one: open folders that you trust.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit import __version__, discovery, likelihoods, models, stages
from bayesfit.data.stored import about as about_runs
from bayesfit.data.stored import one_line, read_frame, read_runs, write_runs, write_text
from bayesfit.errors import InputError
from bayesfit.extrapolation.refits import Refit, bound_below
from bayesfit.inference.draws import Draws, load_tree, save_tree
from bayesfit.inference.mle import Minimum
from bayesfit.law import Law
from bayesfit.likelihoods import Likelihood
from bayesfit.stages import Settings, Task
from bayesfit.text import printable

FORMAT = 4  # of the folder; another one cannot be read
RECORD, LAW = "fit.json", "law.py"
FILES = {
    "estimate": "estimate.csv",
    "bootstrap": "bootstrap.nc",
    "posterior": "posterior.nc",
    "refits": "refits.nc",
}
ANSWERS = {"holdouts": "holdouts.csv", "convergence": "convergence.csv", "loo": "loo.csv"}


# -- a task ---------------------------------------------------------------------------------------


def write_task(folder: Path, task: Task) -> None:
    """Tables, law and settings; stages of another task are removed.

    So are those of a law or a likelihood that no file defines: another one may have its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = task_record(task)
    if not _holds(folder, about):
        for file in (RECORD, *FILES.values(), *ANSWERS.values()):
            (folder / file).unlink(missing_ok=True)
    write_runs(folder / "runs.csv", task.given)
    if task.held_out_given is not None:
        write_runs(folder / "held_out.csv", task.held_out_given)
    if about["law"]["file"]:
        write_text(folder / LAW, models.source_of(task.base))
    write_record(folder, task=about)


def holds(folder: Path, task: Task) -> bool:
    """Whether what is kept in a folder is surely of this task."""
    return _holds(folder, task_record(task))


def _holds(folder: Path, about: Mapping[str, Any]) -> bool:
    """The same of a task's record, where files define both its law and its likelihood."""
    known = about["law"]["digest"] and about["likelihood"]["digest"]
    return bool(known) and _usable_record(folder).get("task") == about


def task_record(task: Task) -> dict[str, Any]:
    """What identifies a task: law, likelihood, tables and settings."""
    law, held = task.law, task.held_out_given
    # Whoever renames the law of a task, or takes its file away, has another law.
    filed = (law.name, law.home) == (task.base.name, task.base.home)
    digest = models.digest(task.base) if filed else ""
    about = dict(
        format=FORMAT,
        law=dict(
            name=law.name,
            file=LAW if digest and law.home else "",
            digest=digest,
            group=task.group,
            vary=None if task.vary is None else list(task.vary),
            priors=dict(law.overrides),
        ),
        likelihood=dict(name=task.likelihood.name, digest=likelihoods.digest(task.likelihood)),
        data=about_runs(task.given),
        held_out=None if held is None else about_runs(held),
        settings=asdict(task.settings),
    )
    return json.loads(json.dumps(about))  # as it will be read


def read_task(folder: Path, law: Law | None = None, likelihood: Likelihood | None = None) -> Task:
    """The task of a folder.

    Args:
        law, likelihood: those of the task, for one that was made in Python and has no file.

    Raises:
        InputError: the folder holds no fit, or one that was changed since.
    """
    about = record(folder).get("task")
    if about is None:
        raise InputError(f"{folder} holds no fit: name a folder that `bayesfit run` wrote")
    with _readable(folder / RECORD):
        if about["format"] != FORMAT:
            raise InputError(_other_format(folder))
        held = about["held_out"]
        found: dict[str, Any] = dict(
            law=_law(folder, about["law"], law),
            likelihood=_likelihood(folder, about["likelihood"], likelihood),
            given=read_runs(folder / "runs.csv", about["data"]),
            held_out=None if held is None else read_runs(folder / "held_out.csv", held),
            settings=Settings(**about["settings"]),
            group=about["law"]["group"],
            vary=about["law"]["vary"],
            replaced=about["law"]["priors"],
        )
    return stages.task(**found)


def _other_format(folder: Path) -> str:
    """Why a fit cannot be opened, and what can open it."""
    writer = printable(str(record(folder).get("bayesfit", "another version")))
    return (
        f"{folder} holds a fit in the format of bayesfit {writer}, which {__version__} does not "
        "read: fit again, or install that version to open it"
    )


def _law(folder: Path, about: Mapping[str, Any], law: Law | None) -> Law:
    """The law of a folder: its own file's, the one of that name, or the one given."""
    name, digest = about["name"], about["digest"]
    if not digest:
        return _given(law, "law", name)
    if law is None and about["file"]:
        path = folder / LAW
        if _digest_of(path) != digest:  # before it runs
            raise InputError(f"{path} was changed since the fit was written: fit again")
        return replace(models.load(path), name=name)
    law = law or models.load(name)
    if models.digest(law) != digest:
        raise InputError(f"the law {name} has changed since {folder} was written: fit again")
    return law


def _likelihood(folder: Path, about: Mapping[str, Any], given: Likelihood | None) -> Likelihood:
    name, digest = about["name"], about["digest"]
    if not digest:
        return _given(given, "likelihood", name)
    likelihood = given or likelihoods.load(name)
    if likelihoods.digest(likelihood) != digest:
        raise InputError(f"the likelihood {name} has changed since {folder} was written: fit again")
    return likelihood


def _given(found: Any, what: str, name: str) -> Any:
    """What has no file and was given, if it has the name of what was fitted."""
    called = f"the {what} {name}" if name else f"the {what}"
    if found is None:
        raise InputError(
            f"{called} was made in Python and has no file: give it, as in "
            f"bayesfit.open(folder, {what}={what})"
        )
    if found.name != name:
        raise InputError(f"{called} of the fit is not {found.name or 'the nameless one'}: give it")
    return found


def _digest_of(path: Path) -> str:
    """That of a law file; empty if it cannot be read."""
    try:
        return discovery.digest(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""


# -- stages ---------------------------------------------------------------------------------------


def write_stage(folder: Path, stage: str, result: Any, seconds: tuple[float, float]) -> None:
    """One finished stage, whole or not at all, with the seconds it took (and those compiling)."""
    path = folder / FILES[stage]
    if stage == "estimate":
        write_text(path, _minimum_frame(result).to_csv(index=False))
    elif stage == "refits":
        _save_refits(path, result)
    elif result is not None:
        result.save(path)
    made = stage != "bootstrap" or result is not None
    before = record(folder).get("stages")
    done = (before if isinstance(before, dict) else {}) | {stage: seconds}
    write_record(folder, stages=done, files=_files(folder) | {path.name: made and _hash(path)})


def read_stage(folder: Path, stage: str, task: Task) -> Any:
    """What `write_stage` wrote.

    Raises:
        InputError: the file is missing, or is not the one that was written.
    """
    path = folder / FILES[stage]
    _verify(path)
    if _files(folder)[path.name] is False:
        return None
    with _readable(path):
        if stage == "estimate":
            return _minimum(read_frame(path))
        return _load_refits(path, task) if stage == "refits" else Draws.load(path)


def write_answers(folder: Path, **found: pd.DataFrame) -> None:
    """What takes time to work out of a fit, so that whoever opens it does not wait again.

    Args:
        found: the fit's attributes that `ANSWERS` names.
    """
    for name, file in ANSWERS.items():
        write_text(folder / file, found[name].to_csv(index=name == "convergence"))
    hashes = {file: _hash(folder / file) for file in ANSWERS.values()}
    write_record(folder, files=_files(folder) | hashes)


def read_answers(folder: Path) -> dict[str, pd.DataFrame]:
    """What `write_answers` wrote, by the names of the fit's attributes."""
    for file in ANSWERS.values():
        _verify(folder / file)
    found = {name: read_frame(folder / file) for name, file in ANSWERS.items()}
    by_name = found["convergence"]
    found["convergence"] = by_name.set_index(by_name.columns[0]).rename_axis(None)
    return found


def _files(folder: Path) -> dict[str, Any]:
    """File -> its hash as it was written; False for one that a fit was made without."""
    found = record(folder).get("files")
    return found if isinstance(found, dict) else {}


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _is_intact(path: Path) -> bool:
    expected = _files(path.parent).get(path.name)
    if expected is False:
        return True
    try:
        return _hash(path) == expected
    except OSError:
        return False


def _verify(path: Path) -> None:
    if not path.exists() and _files(path.parent).get(path.name) is not False:
        raise InputError(f"{path} is missing: fit again")
    if not _is_intact(path):
        raise InputError(f"{path} was changed since the fit was written: fit again")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever a file's strange contents raise becomes one sentence."""
    try:
        yield
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be read or was changed: fit again") from error


def finished(folder: Path) -> dict[str, tuple[float, float]]:
    """The stages that are there as they were written, with the seconds that they took."""
    found = _usable_record(folder).get("stages")
    if not isinstance(found, dict):
        return {}
    whole = [stage for stage in FILES if stage in found and _is_intact(folder / FILES[stage])]
    with _readable(folder / RECORD):
        return {stage: (float(found[stage][0]), float(found[stage][1])) for stage in whole}


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
        bound = partial(bound_below, task.law, task.runs, task.likelihood, below)
        found.append(Refit(task.runs, below, values, bound, task.settings.seed, label))
    return found


# -- the record -----------------------------------------------------------------------------------


def write_record(folder: Path, **parts: Any) -> None:
    """Join parts to `fit.json`."""
    whole = dict(bayesfit=__version__) | record(folder) | parts
    write_text(folder / RECORD, json.dumps(whole, indent=2))


def record(folder: Path) -> dict[str, Any]:
    """All of `fit.json`; empty if there is none.

    Raises:
        InputError: it is no record.
    """
    path = folder / RECORD
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({one_line(error)}): fit again") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} cannot be read or was changed: fit again")
    return found


def _usable_record(folder: Path) -> dict[str, Any]:
    """The record; empty if it is damaged, so that everything is made again."""
    try:
        return record(folder)
    except InputError:
        return {}


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
