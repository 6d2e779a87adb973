"""Where additions are found: one file each, in the package of their kind or in a folder of yours.

A kind is a folder and a name. Every file of `bayesfit/figures/` ends with `plot = Plot(...)`, every
file of `models/` with `law = Law(...)`, and so on (`KINDS`); a file whose name begins with _ is
something that others share. Nothing is registered: what is in the folder is there.

The environment variable BAYESFIT_PLUGINS names folders of yours (separated as PATH is), with a
sub-folder for each kind, such as `figures/my_figure.py`. Other packages add to a kind by an entry
point in the group of its package, such as `bayesfit.models`. Files of both are run when used, and
neither takes the place of one of ours: an addition of a name that is taken is refused.
"""

from __future__ import annotations

import ast
import difflib
import os
import sys
import traceback
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from bayesfit.errors import InputError
from bayesfit.text import printable

PLUGINS = "BAYESFIT_PLUGINS"
_HERE = Path(__file__).parent
_PACKED = _HERE / "_models"  # where a wheel keeps the laws; in a checkout they stand beside us


class Kind(NamedTuple):
    """One kind of addition.

    Attributes:
        what: the word for it in a sentence.
        attribute: the name that each of its files defines.
        package: where those of bayesfit are imported from.
        folder: where their files are.
        type: the class of what a file defines, in words: no room above is imported to check it.
    """

    what: str
    attribute: str
    package: str
    folder: Path
    type: str

    @property
    def plugin_folder(self) -> str:
        """The sub-folder of a plug-in folder."""
        return self.package.rpartition(".")[2]


def _kind(what: str, attribute: str, type: str, package: str, folder: Path | None = None) -> Kind:
    folder = folder or _HERE.joinpath(*package.split(".")[1:])
    return Kind(what, attribute, package, folder, type)


KINDS = {
    kind.attribute: kind
    for kind in (
        _kind(
            "law",
            "law",
            "bayesfit.law.Law",
            "bayesfit.models",
            _PACKED if _PACKED.is_dir() else _HERE.parent / "models",
        ),
        _kind(
            "likelihood", "likelihood", "bayesfit.likelihoods.Likelihood", "bayesfit.likelihoods"
        ),
        _kind("reader", "reader", "bayesfit.data.readers.Reader", "bayesfit.data.readers"),
        _kind("check", "check", "bayesfit.findings.Check", "bayesfit.findings"),
        _kind("figure", "plot", "bayesfit.figures.Plot", "bayesfit.figures"),
        _kind("question", "question", "bayesfit.questions.Question", "bayesfit.questions"),
        _kind("section", "section", "bayesfit.report.sections.Section", "bayesfit.report.sections"),
        _kind("command", "command", "click.Command", "bayesfit.commands"),
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
        InputError: there is no such name, or two of it; or its file does not run or defines
            nothing of the kind.
    """
    kind = KINDS[attribute]
    path = files(kind).get(name)
    _check_alone(kind, name)
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
    """Name -> file; of two files of one name, which `load` refuses, that of bayesfit."""
    found: dict[str, Path] = {}
    for folder in _folders(kind):
        for path in folder.glob("[!_]*.py"):
            found.setdefault(path.stem, path)
    return found


def _folders(kind: Kind) -> list[Path]:
    """That of bayesfit, then those of the user; each once."""
    roots = filter(None, os.environ.get(PLUGINS, "").split(os.pathsep))
    found = [kind.folder, *(Path(root, kind.plugin_folder) for root in roots)]
    return list({folder.resolve(): folder for folder in reversed(found)}.values())[::-1]


def _check_alone(kind: Kind, name: str) -> None:
    """InputError if two things of a kind have one name, for one of them would never be used."""
    paths = [folder / f"{name}.py" for folder in _folders(kind)]
    found = [str(path) for path in paths if path.is_file()]
    point = _foreign(kind).get(name)
    found += [] if point is None else [point.value]
    if len(found) > 1:
        raise InputError(
            f"two {kind.what} files are called {name}, {found[0]} and {found[1]}: rename the second"
        )


def source(attribute: str, name: str) -> str:
    """The text of the file that defines something; empty if it cannot be found."""
    path = files(KINDS[attribute]).get(name)
    if path is None and (point := _foreign(KINDS[attribute]).get(name)):
        home = getattr(sys.modules.get(point.module), "__file__", None)  # loaded before
        path = Path(home) if home else None
    try:
        return "" if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def digest(text: str) -> str:
    """A hash of the code in the text of a file, documentation aside; empty of an empty text.

    Raises:
        SyntaxError: the text is no Python.
    """
    syntax = ast.parse(text)
    for node in ast.walk(syntax):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    return sha256(ast.dump(syntax).encode()).hexdigest() if text else ""


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def describe(attribute: str, name: str) -> str:
    """The first line of what a file says about itself; it is not imported."""
    kind = KINDS[attribute]
    path = files(kind).get(name)
    if path is None:
        return f"from {_foreign(kind)[name].value}"
    try:
        return printable((ast.get_docstring(tree(path)) or "").partition("\n")[0])
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
    return {point.name: point for point in _installed(tuple(sys.path)).select(group=kind.package)}


@lru_cache(maxsize=4)
def _installed(places: tuple[str, ...]) -> Any:  # of two types, by the version of Python
    """What the packages in these places bring; what is installed later, the next process sees.

    To look takes as long as a hundred files of ours.
    """
    del places
    return entry_points()


@cache
def _from_path(kind: Kind, name: str, path: Path) -> Any:
    where = f"the {kind.what} file {path}"
    try:
        module = _module(kind, name, path)
    except (Exception, SystemExit) as error:
        raise InputError(f"{where} does not run: {failure(error, path)}") from error
    return defined(module, kind, where)


def _module(kind: Kind, name: str, path: Path) -> ModuleType:
    """A file of ours as the submodule that it is; one of a plug-in folder under another name."""
    if path.parent == kind.folder:
        return import_module(f"{kind.package}.{name}")
    return run_file(path, f"bayesfit_plugin_{kind.attribute}_{name}")


def run_file(path: Path, module_name: str, text: str | None = None) -> ModuleType:
    """Run a file as a module; whatever it raises goes through, and leaves no module behind.

    Args:
        text: of the file, if it was read already.
    """
    text = path.read_text(encoding="utf-8") if text is None else text
    spec = spec_from_file_location(module_name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module  # before it runs: dataclasses and pickle look here
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
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
    except (Exception, SystemExit) as error:
        raise InputError(f"{where} does not run: {failure(error)}") from error
    if isinstance(found, ModuleType):
        return defined(found, kind, where)
    return _of_the_kind(found, kind, where)


def defined(module: ModuleType, kind: Kind, where: str) -> Any:
    """What a module defines of a kind.

    Raises:
        InputError: nothing, or something of another type.
    """
    found = getattr(module, kind.attribute, None)
    if found is None:
        raise InputError(
            f"{where} defines no `{kind.attribute}`: end it with {kind.attribute} = ..."
        )
    return _of_the_kind(found, kind, where)


def _of_the_kind(found: Any, kind: Kind, where: str) -> Any:
    """What was found, if it is an object of the class that files of its kind define."""
    package, _, name = kind.type.rpartition(".")
    root = package.partition(".")[0]  # click.Command is defined in click.core
    for cls in type(found).__mro__:
        if cls.__name__ == name and cls.__module__.partition(".")[0] == root:
            return found
    raise InputError(
        f"`{kind.attribute}` in {where} is a {type(found).__name__}, not a {kind.type}: end the "
        f"file with {kind.attribute} = {name}(...)"
    )


def failure(error: BaseException, path: Path | None = None) -> str:
    """An error of a file, the first line of what it says, and where, without the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else own[-1] if own else None
    message = error.msg if isinstance(error, SyntaxError) else str(error).partition("\n")[0]
    return f"{type(error).__name__}: {message}" + (f" (line {line})" if line else "")


def unknown(kind: Kind, name: str, cure: str = "") -> str:
    """The sentence about a name that is not there, with the nearest that are."""
    known = names(kind.attribute)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(known)}"
    return f"there is no {kind.what} called {name!r}: {hint}?{cure}"
