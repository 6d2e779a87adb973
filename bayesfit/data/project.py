"""`bayesfit.toml`: what the headings of somebody's tables mean, written down once.

    [columns]
    loss = "eval/c4_loss"
    N = "width_params"
    seq_len = 2048

The file lies beside the table, or in the folder where bayesfit is run.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from bayesfit.errors import InputError

FILE = "bayesfit.toml"


def columns_said(
    path: Path, given: Mapping[str, str] | None
) -> tuple[dict[str, str], dict[str, str], Path | None]:
    """Name of ours -> heading: all of them, those of the file alone, and which file it is.

    Args:
        path: of a table, or of a folder that is one.
        given: what was said in another way, which goes before the file.

    Raises:
        InputError: the file cannot be read, or holds anything else.
    """
    given = dict(given or {})
    folders = (path, path.parent, Path()) if os.path.isdir(path) else (path.parent, Path())
    file = next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)
    if file is None:
        return given, {}, None
    taken = set(given.values())
    said = {c: h for c, h in _read(file).items() if c not in given and h not in taken}
    return said | given, said, file


def _read(file: Path) -> dict[str, str]:
    """The table [columns]."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {file}: {' '.join(str(error).split())}") from error
    columns = found.get("columns", {})
    good = isinstance(columns, dict) and all(map(_is_plain, columns.values()))
    if not good or set(found) - {"columns"}:
        raise InputError(
            f'{file} has to hold one table, [columns], with lines such as loss = "eval/c4_loss"'
        )
    return {name: str(x) for name, x in columns.items()}


def _is_plain(value: object) -> bool:
    """Whether it is a heading, or a number that all runs share."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
