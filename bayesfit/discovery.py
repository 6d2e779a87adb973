"""Where additions are found: one file each, in the package of their kind or in a folder of yours.

A kind is a folder and a name. Every file of `bayesfit/figures/` ends with `plot = Plot(...)`, every
file of `models/` with `law = Law(...)`, and so on (`KINDS`); a file whose name begins with _ is
something that others share. Nothing is registered: what is in the folder is there.

The environment variable BAYESFIT_PLUGINS names folders of yours (separated as PATH is), with a
sub-folder for each kind, such as `figures/my_figure.py`. Other packages add to a kind by an entry
point in the group of its package, such as `bayesfit.models`. Files of both are run when used.
"""

from __future__ import annotations

import ast
import difflib
import os
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from bayesfit.errors import InputError

PLUGINS = "BAYESFIT_PLUGINS"
_HERE = Path(__file__).parent
_PACKED = _HERE / "_models"  # where a wheel keeps the laws; in a checkout they stand beside us


class Kind(NamedTuple):
    """One kind of addition: what it is called, what each file defines, where the files are."""

    what: str
    attribute: str
    package: str
    folder: Path

    @property
    def plugin_folder(self) -> str:
        """The sub-folder of a plug-in folder."""
        return self.package.rpartition(".")[2]


def _kind(what: str, attribute: str, package: str, folder: Path | None = None) -> Kind:
    return Kind(what, attribute, package, folder or _HERE.joinpath(*package.split(".")[1:]))


KINDS = {
    kind.attribute: kind
    for kind in (
        _kind(
            "law",
            "law",
            "bayesfit.models",
            _PACKED if _PACKED.is_dir() else _HERE.parent / "models",
        ),
        _kind("likelihood", "likelihood", "bayesfit.likelihoods"),
        _kind("reader", "reader", "bayesfit.data.readers"),
        _kind("check", "check", "bayesfit.findings"),
        _kind("figure", "plot", "bayesfit.figures"),
        _kind("question", "question", "bayesfit.questions"),
        _kind("section", "section", "bayesfit.report.sections"),
        _kind("command", "command", "bayesfit.commands"),
    )
}


def names(attribute: str) -> list[str]:
    """What there is of a kind, in alphabetical order; nothing is imported.

    Args:
        attribute: of `KINDS`, what each file of the kind defines.
    """
    kind = KINDS[attribute]
    return sorted({*files(kind), *_foreign(kind)})


def load(attribute: str, name: str) -> Any:
    """What the file of that name defines.

    Raises:
        InputError: there is no such name, or its file does not run or defines nothing of the kind.
    """
    kind = KINDS[attribute]
    path = files(kind).get(name)
    if path is not None:
        return _from_path(kind, name, path)
    if name in _foreign(kind):
        return _from_entry_point(kind, name)
    raise InputError(unknown(kind, name))


def service(room: str) -> ModuleType:
    """An upper room, for a lower one that hands something to it, as a fit does to its figures."""
    return import_module(f"bayesfit.{room}")


def every(attribute: str) -> Iterator[tuple[str, Any]]:
    """(name, what its file defines) of all of a kind, in alphabetical order."""
    for name in names(attribute):
        yield name, load(attribute, name)


def files(kind: Kind) -> dict[str, Path]:
    """Name -> file; of two files of one name that of bayesfit comes first."""
    folders = [kind.folder]
    for root in filter(None, os.environ.get(PLUGINS, "").split(os.pathsep)):
        folders.append(Path(root, kind.plugin_folder))
    found: dict[str, Path] = {}
    for folder in folders:
        for path in folder.glob("[!_]*.py"):
            found.setdefault(path.stem, path)
    return found


def describe(attribute: str, name: str) -> str:
    """The first line of what a file says about itself; it is not imported."""
    kind = KINDS[attribute]
    path = files(kind).get(name)
    if path is None:
        return f"from {_foreign(kind)[name].value}"
    try:
        return (ast.get_docstring(tree(path)) or "").partition("\n")[0]
    except SyntaxError as error:
        return f"cannot be read: line {error.lineno}: {error.msg}"


def documentation(attribute: str, name: str) -> str:
    """All that a file says about itself; empty if another package brings it."""
    path = files(KINDS[attribute]).get(name)
    return "" if path is None else ast.get_docstring(tree(path)) or ""


def tree(path: Path) -> ast.Module:
    """The syntax of a file that is not imported."""
    return ast.parse(path.read_text(encoding="utf-8"))


def _foreign(kind: Kind) -> dict[str, EntryPoint]:
    """Name -> entry point of what other packages bring."""
    return {point.name: point for point in entry_points(group=kind.package)}


@cache
def _from_path(kind: Kind, name: str, path: Path) -> Any:
    where = f"the {kind.what} file {path}"
    try:
        module = _module(kind, name, path)
    except Exception as error:
        raise InputError(f"{where} does not run: {failure(error, path)}") from error
    return defined(module, kind, where)


def _module(kind: Kind, name: str, path: Path) -> ModuleType:
    """A file of ours as the submodule that it is; one of a plug-in folder under another name."""
    if path.parent == kind.folder:
        return import_module(f"{kind.package}.{name}")
    return run_file(path, f"bayesfit_plugin_{kind.attribute}_{name}")


def run_file(path: Path, module_name: str) -> ModuleType:
    """Run a file as a module; whatever it raises goes through, and leaves no module behind."""
    spec = spec_from_file_location(module_name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module  # before it runs: dataclasses and pickle look here
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


@cache
def _from_entry_point(kind: Kind, name: str) -> Any:
    point = _foreign(kind)[name]
    where = f"the {kind.what} {name!r} of {point.value}"
    try:
        found = point.load()
    except Exception as error:
        raise InputError(f"{where} does not run: {failure(error)}") from error
    return defined(found, kind, where) if isinstance(found, ModuleType) else found


def defined(module: ModuleType, kind: Kind, where: str) -> Any:
    """What a module defines of a kind.

    Raises:
        InputError: nothing.
    """
    found = getattr(module, kind.attribute, None)
    if found is None:
        raise InputError(
            f"{where} defines no `{kind.attribute}`: end it with {kind.attribute} = ..."
        )
    return found


def failure(error: Exception, path: Path | None = None) -> str:
    """An error of a file and the line, without the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else own[-1] if own else None
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}" + (f" (line {line})" if line else "")


def unknown(kind: Kind, name: str, cure: str = "") -> str:
    """The sentence about a name that is not there, with the nearest that are."""
    known = names(kind.attribute)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(known)}"
    return f"there is no {kind.what} called {name!r}: {hint}?{cure}"
