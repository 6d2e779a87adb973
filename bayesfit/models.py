"""Where the laws are: one file each in the folder `models/`.

In a checkout, also one installed with `pip install -e`, that folder stands beside this package; a
wheel packs it as `bayesfit/_models`. Either way a law imports as `bayesfit.models.<file name>`,
because this module sets its own `__path__`. A folder called `models` where the user happens to
stand is never looked at; `bayesfit.discovery` says where else laws may come from.
"""

import ast
import os
import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from bayesfit import discovery
from bayesfit.computing import float64
from bayesfit.errors import InputError
from bayesfit.law import Law
from bayesfit.text import printable

KIND = discovery.KINDS["law"]
FOLDER = KIND.folder
__path__ = [str(FOLDER)]
CODE = [part.name for part in fields(Law) if part.name not in ("name", "doc", "home")]
_FILED: dict[str, list[tuple[Law, str]]] = {}  # path or name -> laws as loaded, with their text


def names() -> list[str]:
    """The laws that `load` knows by name, in alphabetical order; imports none of them."""
    return discovery.names("law")


def load(name_or_path: str | os.PathLike[str]) -> Law:
    """The law of that name, or the one that a Python file defines (a path ending in ``.py``).

    The same law is the same object each time, so that what was compiled for it is used again; a
    file that has changed since is read anew. A file runs when it is loaded: use files you trust.

    Args:
        name_or_path: one of `names()`, or the path of a law file.

    Raises:
        InputError: no such law, or its file does not run or defines no `law`.

    Examples:
        >>> law = bayesfit.load_law("chinchilla_approach3")
        >>> law.inputs
        ('N', 'D')
        >>> law.roles["irreducible"]
        'E'
    """
    name = os.fspath(name_or_path)
    return _from_file(*_read(Path(name))) if name.endswith(".py") else _from_name(name)


def describe(name: str) -> str:
    """The first line of what a law's file says about itself; the law is not imported."""
    return discovery.describe("law", name)


def declared(name: str, field: str) -> Any:
    """What a law's file declares for a field of `Law`, such as `default_data` or `inputs`.

    The file is read and not run: a value that is worked out there is None, and so is every field of
    a file that cannot be read; one that is left out has its default.
    """
    path = discovery.files(KIND).get(name)
    try:
        calls = [] if path is None else ast.walk(discovery.tree(path))
        for call in calls:
            for keyword in call.keywords if isinstance(call, ast.Call) else ():
                if keyword.arg == field:
                    return ast.literal_eval(keyword.value)
    except (SyntaxError, ValueError):
        return None
    return None if path is None else getattr(Law, field)


def cited(name: str) -> str:
    """The first paper that a law's file names, as arXiv:2203.15556; nothing is imported."""
    found = re.search(r"arXiv:\d{4}\.\d{4,5}", discovery.documentation("law", name))
    return found.group() if found else ""


def is_as_filed(law: Law) -> bool:
    """Whether a law does what `load` gives for its file, and is not one made from it in Python."""
    return bool(source_of(law))


def source_of(law: Law) -> str:
    """The text of the file that a law came from, as it was when it ran.

    Empty if it has no file, or is not what its file defines: pooled, given other priors, or made by
    `dataclasses.replace`.
    """
    if not law.home and law.name not in _FILED:
        try:
            load(law.name)
        except InputError:
            return ""
    for filed, text in _FILED.get(law.home or law.name, ()):
        if all(_same(getattr(law, part), getattr(filed, part)) for part in CODE):
            return text
    return ""


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str) and one == other)


def digest(law: Law) -> str:
    """A hash of the code of a law's file, documentation aside; empty unless it `is_as_filed`."""
    return discovery.digest(source_of(law))


@cache
def _from_name(name: str) -> Law:
    if name not in names():
        cure = " A file of your own has to end in .py, or lie in a folder of BAYESFIT_PLUGINS"
        raise InputError(discovery.unknown(KIND, name, cure))
    with float64():  # for constants that a file works out with jax
        found = discovery.load("law", name)
    doc = discovery.documentation("law", name)
    text = discovery.source("law", name)
    return _kept(_named(found, name, doc, f"the law {name}"), text)


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
    where = f"the law file {path}"
    try:
        with float64():
            module = discovery.run_file(path, f"bayesfit_user_law_{key}", source)
    except (Exception, SystemExit) as error:
        raise InputError(f"{where} does not run: {discovery.failure(error, path)}") from error
    found = discovery.defined(module, KIND, where)
    # A file that is named like a law of ours is another law, and its results another folder.
    name = f"{path.stem}.py" if path.stem in names() else path.stem
    law = _named(found, name, (module.__doc__ or "").strip(), where)
    return _kept(_guarded(replace(law, home=str(path)), path), source)


def _guarded(law: Law, path: Path) -> Law:
    """The law, whose functions say in one sentence what fails in their file."""

    def guarded(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except InputError:
                raise
            except (Exception, SystemExit) as error:
                reason = discovery.failure(error, path)
                raise InputError(f"{part} of the law file {path} fails: {reason}") from error

        return inside

    parts = {part: getattr(law, part) for part in CODE}
    own = {part: x for part, x in parts.items() if getattr(x, "__globals__", None) is not None
           and x.__code__.co_filename == str(path)}  # fmt: skip
    return replace(law, **{part: guarded(part, x) for part, x in own.items()})


def _named(law: object, name: str, doc: str, where: str) -> Law:
    """The law, with its name and its documentation."""
    if not isinstance(law, Law):
        raise InputError(f"`law` in {where} is a {type(law).__name__}, not a bayesfit.law.Law")
    return replace(law, name=name, doc="\n".join(map(printable, (doc or law.doc).splitlines())))


def _kept(law: Law, source: str) -> Law:
    """The law, remembered with the text of its file."""
    _FILED.setdefault(law.home or law.name, []).append((law, source))
    return law
