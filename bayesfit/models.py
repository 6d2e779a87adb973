"""Where the laws are: one file each in the folder `models/`.

In a checkout, also one installed with `pip install -e`, that folder stands beside this package; a
wheel packs it as `bayesfit/_models`. Either way a law imports as `bayesfit.models.<file name>`,
because this module sets its own `__path__`. A folder called `models` where the user happens to
stand is never looked at. Other packages add laws by an entry point in the group `bayesfit.models`.
"""

import ast
import difflib
import os
import sys
import traceback
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from bayesfit.errors import InputError
from bayesfit.law import Law

_PACKED = Path(__file__).with_name("_models")
FOLDER = _PACKED if _PACKED.is_dir() else Path(__file__).parents[1] / "models"
__path__ = [str(FOLDER)]


def names() -> list[str]:
    """The laws that `load` knows by name, in alphabetical order; imports none of them."""
    return sorted({*_files(), *_foreign()})


def load(name_or_path: str | os.PathLike[str]) -> Law:
    """The law of that name, or the one that a Python file defines (a path ending in ``.py``).

    The same law is the same object each time, so that what was compiled for it is used again; a
    file that has changed since is read anew.

    Raises:
        InputError: no such law, or its file does not run or defines no `law`.
    """
    name = os.fspath(name_or_path)
    return _from_file(*_read(Path(name))) if name.endswith(".py") else _from_name(name)


def describe(name: str) -> str:
    """The first line of what a law's file says about itself; the law is not imported."""
    if name not in _files():
        return f"from {_foreign()[name].value}"
    try:
        return (ast.get_docstring(_tree(name)) or "").partition("\n")[0]
    except SyntaxError as error:
        return f"cannot be read: line {error.lineno}: {error.msg}"


def default_data(name: str) -> str:
    """The table that a law is fitted to when the user names none; the law is not imported."""
    if name not in _files():
        return ""
    try:
        calls = [node for node in ast.walk(_tree(name)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return ""
    for call in calls:
        for keyword in call.keywords:
            if keyword.arg == "default_data" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return Law.default_data


def _files() -> dict[str, Path]:
    """Name -> file of each law in the folder; names that begin with _ are not laws."""
    return {path.stem: path for path in FOLDER.glob("[!_]*.py")}


def _foreign() -> dict[str, EntryPoint]:
    """Name -> entry point of the laws that other packages bring."""
    return {point.name: point for point in entry_points(group="bayesfit.models")}


def _tree(name: str) -> ast.Module:
    return ast.parse(_files()[name].read_text(encoding="utf-8"))


@cache
def _from_name(name: str) -> Law:
    if name in _files():
        where, bring = f"the law file {_files()[name]}", lambda: import_module(f"{__name__}.{name}")
    elif name in _foreign():
        point = _foreign()[name]
        where, bring = f"the law {name!r} of {point.value}", point.load
    else:
        raise InputError(_unknown(name))
    try:
        found = bring()
    except Exception as error:
        what = _what(error, str(_files().get(name)))
        raise InputError(f"{where} does not run: {what}") from error
    return _named(found, name, where)


def _read(path: Path) -> tuple[Path, str]:
    try:
        return path.resolve(), path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"cannot read the law file {path}: {reason}") from error


@cache
def _from_file(path: Path, source: str) -> Law:
    """Run a user's file; `source` is part of the key, so an edited file is another law."""
    key = sha256(f"{path}\n{source}".encode()).hexdigest()[:12]
    module = ModuleType(f"bayesfit_user_law_{key}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # before it runs: dataclasses and pickle look here
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)
    except Exception as error:
        del sys.modules[module.__name__]
        raise InputError(f"the law file {path} does not run: {_what(error, str(path))}") from error
    return _named(module, path.stem, f"the law file {path}")


def _named(found: object, name: str, where: str) -> Law:
    """The law in a module (or a law itself), told its name and its documentation."""
    law, doc = found, ""
    if isinstance(found, ModuleType):
        law, doc = getattr(found, "law", None), (found.__doc__ or "").strip()
    if law is None:
        raise InputError(f"{where} defines no `law`: end it with law = Law(...)")
    if not isinstance(law, Law):
        raise InputError(f"`law` in {where} is a {type(law).__name__}, not a bayesfit.law.Law")
    return replace(law, name=name, doc=doc or law.doc)


def _what(error: Exception, file: str) -> str:
    """Error and line, without the traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)]
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    line = error.lineno if isinstance(error, SyntaxError) else None
    if line is None and file in files:
        line = lines[len(files) - 1 - files[::-1].index(file)]  # the innermost in that file
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}" + (f" (line {line})" if line else "")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.4)
    known = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(names())}"
    return f"there is no law called {name!r}: {known}? A file of your own has to end in .py"
