"""What a task of ScaleBench is: a table of runs that could be bought, and laws to fit to them.

Tables and protocol are those of Li et al. 2026, "Spend Less, Fit Better" (arXiv:2604.22753,
repository PlanarG/active-sl at e0a58ff, data CC-BY-4.0). A task is one file that ends with
`task = Task(...)`, and one csv with a column `split` (`train`: the pool that may be bought, `test`:
the region to be predicted). Formulas are evaluated in float64, for one theta.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.errors import InputError
from bayesfit.law import View

DATA = Path(__file__).parents[3] / "shared" / "data" / "scalebench"
LAWS = Path(__file__).parent / "laws"
SHARES = (0.01, 0.05, 0.1)


@dataclass(frozen=True, eq=False)  # a law is itself: programs are compiled for each
class Law:
    """A formula with bounds on its parameters.

    Attributes:
        name: as ScaleBench calls it.
        formula: (parameters, inputs) -> responses (runs,) or (runs, outputs).
        bounds: parameter -> (low, high), or (low, high, shape) of an array of parameters.
    """

    name: str
    formula: Callable[[Any, Any], Any]
    bounds: Mapping[str, tuple]

    @property
    def ends(self) -> np.ndarray:
        """Low and high of each parameter, arrays flattened in C order (2, parameters)."""
        low, high = [], []
        for a, b, *shape in self.bounds.values():
            size = int(np.prod(shape[0])) if shape else 1
            low += [a] * size
            high += [b] * size
        return np.array([low, high], float)

    @property
    def logged(self) -> np.ndarray:
        """Which parameters are positive, and so drawn and fitted by their log (parameters,)."""
        return self.ends[0] > 0

    def named(self, theta) -> View:
        """Flat parameters (parameters,) by name."""
        values, at = {}, 0
        for name, (_, _, *shape) in self.bounds.items():
            size = int(np.prod(shape[0])) if shape else 1
            part = theta[at : at + size]
            values[name] = part.reshape(shape[0]) if shape else part[0]
            at += size
        return View(**values)


@dataclass(frozen=True, eq=False)  # a group is itself: what is worked out of one is kept
class Group:
    """Runs that are bought and fitted together.

    Attributes:
        name: of the group.
        pool, target: inputs of the runs on sale and of those to predict, name -> (runs, ...).
        responses, outcomes: what they gave (runs, outputs).
        costs: of each run on sale (runs,).
        places: inputs as standardised coordinates, of pool and of target (runs, dimensions).
    """

    name: str
    pool: dict[str, np.ndarray]
    target: dict[str, np.ndarray]
    responses: np.ndarray
    outcomes: np.ndarray
    costs: np.ndarray
    places: tuple[np.ndarray, np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class Task:
    """A table and its laws.

    Attributes:
        name: also that of its table, `name.csv`.
        inputs: name in the formulas -> column of the table, or several columns for an array.
        response: the columns that a law predicts.
        cost: of each run of a table (runs,).
        laws: those fitted.
        group: the column whose values are bought and fitted one at a time.
        shares: of the pool's whole cost at which a method is scored.
        logs: whether inputs are compared by their logarithm (proportions are not).
    """

    name: str
    inputs: Mapping[str, str | tuple[str, ...]]
    response: tuple[str, ...]
    cost: Callable[[pd.DataFrame], Any]
    laws: tuple[Law, ...]
    group: str = "group"
    shares: tuple[float, ...] = SHARES
    logs: bool = True

    def groups(self, table: pd.DataFrame) -> Iterator[Group]:
        """Groups of a table that have runs to sell and runs to predict, by name.

        Raises:
            InputError: the table lacks a column.
        """
        wanted = {"split", *self.response, *np.hstack([*self.inputs.values()])}
        if missing := sorted(wanted - set(table)):
            raise InputError(f"the table of {self.name} lacks {missing[0]}: add the column")
        by = table[self.group] if self.group in table else pd.Series("all", table.index)
        for name, part in table.groupby(by.astype(str)):
            bought, held = (part[part["split"] == x] for x in ("train", "test"))
            if len(bought) and len(held):
                yield self._group(str(name), bought, held)

    def _group(self, name: str, bought: pd.DataFrame, held: pd.DataFrame) -> Group:
        pool, target = self._inputs(bought), self._inputs(held)
        costs = np.broadcast_to(np.asarray(self.cost(bought), float), len(bought))
        outcomes = (part[list(self.response)].to_numpy(float) for part in (bought, held))
        return Group(name, pool, target, *outcomes, costs, self._places(pool, target))

    def _inputs(self, table: pd.DataFrame) -> dict[str, np.ndarray]:
        return {
            name: table[column if isinstance(column, str) else list(column)].to_numpy(float)
            for name, column in self.inputs.items()
        }

    def _places(self, pool: dict, target: dict) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates in which the pool has mean 0 and sd 1."""
        flat = [np.column_stack([*part.values()]) for part in (pool, target)]
        if self.logs:
            flat = [np.log(x) for x in flat]
        mean, sd = flat[0].mean(0), flat[0].std(0)
        apart = sd > 0
        return tuple((x[:, apart] - mean[apart]) / sd[apart] for x in flat)  # type: ignore


def load(path: Path) -> Task:
    """The task that a file defines.

    Raises:
        InputError: there is no such file, or it defines none.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}: name a file that ends with task = Task(...)")
    task = runpy.run_path(str(path)).get("task")
    if task is None:
        raise InputError(f"{path} defines no task: let it end with task = Task(...)")
    return task


def shipped() -> dict[str, Path]:
    """Files of the tasks in `laws/`, by name."""
    return {path.stem: path for path in sorted(LAWS.glob("[a-z]*.py"))}


def table_of(task: Task, path: Path | None = None) -> Path:
    """The file of a task's table.

    Raises:
        InputError: there is none.
    """
    path = path or DATA / f"{task.name}.csv"
    if not path.is_file():
        raise InputError(f"there is no table {path}: name one with --table")
    return path


def read(task: Task, path: Path | None = None) -> list[Group]:
    """The groups of a task's table.

    Raises:
        InputError: there is no such table, or no group has runs on both sides of the split.
    """
    path = table_of(task, path)
    groups = list(task.groups(pd.read_csv(path)))
    if not groups:
        raise InputError(f"{path} has no runs marked train and test in its column split: mark them")
    return groups
