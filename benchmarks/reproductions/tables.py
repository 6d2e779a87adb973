"""The tables of runs that papers are refitted to: built in, fetched, or in `../shared/data`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bayesfit import datasets
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from benchmarks.splits import DATA


class Absent(Exception):
    """A table that this machine does not have."""


def built_in(name: str, *, all_runs: bool = False) -> Runs:
    """A table that the package ships or fetches.

    Raises:
        Absent: it cannot be fetched.
    """
    try:
        return datasets.load(name, all_runs=all_runs)
    except InputError as error:
        raise Absent(str(error)) from error


def shared(name: str) -> pd.DataFrame:
    """A reference table, which is not part of the project.

    Raises:
        Absent: it is not there.
    """
    path = folder() / name
    if not path.exists():
        raise Absent(f"{name} is not in {DATA}")
    return pd.read_csv(path)


def folder() -> Path:
    """Where the reference tables are.

    Raises:
        Absent: they are not there.
    """
    if not DATA.is_dir():
        raise Absent(f"there is no folder {DATA}")
    return DATA
