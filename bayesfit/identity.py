"""What a function computes, as a hash: its code, and all that the code reads.

Two functions of one hash compute the same, whichever process they are in. The walk follows a
function into what it closes over, into the globals that its code names, and into the functions and
classes among them, so that a changed law file, a replaced prior or a constant set to another value
is another hash. Libraries are taken at their version. Whatever the walk does not understand has no
hash, and is then compiled anew rather than mistaken for something else.
"""

from __future__ import annotations

import collections
import dis
import functools
import pickle
import sys
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from typing import Any

import numpy as np

LIBRARIES = {
    "jax", "jaxlib", "numpy", "numpyro", "optax", "scipy", "pandas", "matplotlib", "click", "rich",
}  # fmt: skip
OPAQUE = LIBRARIES | set(sys.stdlib_module_names) - {"__main__"}
WRAPS = "bayesfit.computing"  # whose wrappers compute what they wrap
MOST = 100_000  # steps of a walk, after which it has lost its way
OF_TUPLES = set(vars(collections.namedtuple("_Any", "x"))) - {"_fields", "_field_defaults"}


class Unknown(Exception):
    """Something whose meaning the walk cannot tell."""


def identity(*things: Any) -> str | None:
    """A hash of what these functions, laws and numbers are; None if that cannot be known."""
    walk = _Walk()
    try:
        for thing in things:
            walk.see(thing)
    except (Unknown, RecursionError):
        return None
    return walk.hash.hexdigest()


class _Walk:
    """One walk; what was seen before is named by when it was."""

    def __init__(self) -> None:
        self.hash = blake2b(digest_size=20)
        self.seen: dict[int, tuple[int, Any]] = {}  # holds what it saw, so that ids stay taken
        self.looked: set[tuple[int, int]] = set()  # which code has looked into which module
        self.steps = 0

    def say(self, *parts: object) -> None:
        self.hash.update(repr(parts).encode("utf-8", "surrogatepass"))

    def see(self, x: Any) -> None:
        """Any object."""
        if x is None or isinstance(x, (bool, int, float, complex, str, bytes)):
            return self.say(type(x).__name__, x)
        if id(x) in self.seen:
            return self.say("seen", self.seen[id(x)][0])
        if type(x) not in (tuple, frozenset):  # equal constants are one object, or are not
            self.seen[id(x)] = (len(self.seen), x)
        self.steps += 1
        if self.steps > MOST:
            raise Unknown
        name = _of_library(x)
        if name:
            return self.say("library", name)
        return self._see_into(x)

    def _see_into(self, x: Any) -> None:
        self.say(type(x).__name__)
        if isinstance(x, (np.ndarray, np.generic)) or type(x).__name__ == "ArrayImpl":
            self._array(np.asarray(x))
        elif isinstance(x, Enum):
            self.say(type(x).__qualname__, x.name)
        elif isinstance(x, types.ModuleType):
            self.say(x.__name__)  # what is used of it, the code that uses it says
        elif isinstance(x, types.GenericAlias):
            self.say(str(x))
        elif isinstance(x, types.FunctionType):
            self._function(x)
        elif isinstance(x, types.CodeType):
            self._code(x)
        elif isinstance(x, type):
            self._class(x)
        elif isinstance(x, (set, frozenset)):
            self.say(sorted(identity(part) or _lost() for part in x))
        elif isinstance(x, Mapping):
            self._all(part for pair in x.items() for part in pair)
        elif isinstance(x, (tuple, list)):
            self.see(type(x))
            self._all(x)
        else:
            self._instance(x)

    def _all(self, parts: Iterable[Any]) -> None:
        parts = list(parts)
        self.say(len(parts))
        for part in parts:
            self.see(part)

    def _array(self, x: np.ndarray) -> None:
        if x.dtype.hasobject:
            raise Unknown
        self.say(x.dtype.str, x.shape)
        self.hash.update(np.ascontiguousarray(x).tobytes())

    def _function(self, f: types.FunctionType) -> None:
        if f.__globals__.get("__name__") == WRAPS and hasattr(f, "__wrapped__"):
            return self.see(f.__wrapped__)
        self._all([f.__code__, f.__defaults__, f.__kwdefaults__])
        self._all(_inside(cell) for cell in f.__closure__ or ())
        self._globals(f.__code__, f.__globals__)

    def _globals(self, code: types.CodeType, names: Mapping[str, Any]) -> None:
        """What the code, and the functions within it, read from around them."""
        for name in code.co_names:
            if name in names:
                self.say(name)
                self.see(names[name])
                self._parts(code, names[name])
        for name in _imported(code):
            self.say(name)
            if name.partition(".")[0] not in OPAQUE:
                self._parts(code, sys.modules.get(name) or _lost())
        for inner in code.co_consts:
            if isinstance(inner, types.CodeType):
                self._globals(inner, names)

    def _parts(self, code: types.CodeType, module: Any) -> None:
        """What the code may read of a module that it names."""
        if not isinstance(module, types.ModuleType) or _of_library(module):
            return
        if (id(code), id(module)) in self.looked:
            return
        self.looked.add((id(code), id(module)))
        for name in code.co_names:
            if name in vars(module):
                self.say(name)
                self.see(vars(module)[name])
                self._parts(code, vars(module)[name])

    def _code(self, code: types.CodeType) -> None:
        self.say(code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self.say(code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_flags)
        self._all(code.co_consts)

    def _class(self, cls: type) -> None:
        self.say(cls.__module__, cls.__qualname__)
        self._all(cls.__bases__)
        for name, part in vars(cls).items():
            made = name.startswith(("__", "_abc")) and not isinstance(part, types.FunctionType)
            if not made and not (name in OF_TUPLES and hasattr(cls, "_fields")):
                self.say(name)
                self.see(part)

    def _instance(self, x: Any) -> None:
        """An object by its class, and by what it holds."""
        for attribute in ("__wrapped__", "__func__", "fget", "func"):  # a decorated function
            inner = getattr(x, attribute, None)
            if inner is not None and not isinstance(x, functools.partial):
                self.see(inner)
                return self.see(getattr(x, "__self__", None))
        if isinstance(x, functools.partial):
            return self._all([x.func, x.args, x.keywords])
        self.see(type(x))
        if is_dataclass(x):
            return self._all(getattr(x, field.name) for field in fields(x))
        return self._all(_children(x))


def _children(x: Any) -> list[Any]:
    """What an object holds, by the rule that jax has for it, or else all that it was given."""
    import jax

    parts = jax.tree_util.default_registry.flatten_one_level(x)
    if parts is not None:
        return [list(parts[0]), parts[1]]
    if hasattr(x, "__dict__"):
        return [dict(vars(x))]
    if not _of_library(type(x)):
        raise Unknown
    try:
        return [pickle.dumps(x)]  # of a class in C, or with slots
    except Exception as error:
        raise Unknown from error


def _of_library(x: Any) -> str:
    """The name of something that a library defines; empty for what is ours, or has no name."""
    if isinstance(x, types.ModuleType):
        return x.__name__ if x.__name__.partition(".")[0] in OPAQUE else ""
    name = getattr(x, "__qualname__", None) or getattr(x, "__name__", None)
    home = getattr(x, "__module__", None) or type(x).__module__
    if not isinstance(name, str) or not isinstance(home, str) or "<" in name:
        return ""
    if isinstance(x, (types.MethodType, types.MethodWrapperType)) or (
        isinstance(x, types.BuiltinFunctionType)
        and not isinstance(x.__self__, (types.ModuleType, types.NoneType))
    ):
        return ""  # of an object that may be anything
    return f"{home}.{name}" if home.partition(".")[0] in OPAQUE else ""


def _inside(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet there
        return None


@functools.cache
def _imported(code: types.CodeType) -> tuple[str, ...]:
    """Modules that the code imports as it runs."""
    if dis.opmap["IMPORT_NAME"] not in code.co_code[::2]:
        return ()
    return tuple(x.argval for x in dis.get_instructions(code) if x.opname == "IMPORT_NAME")


def _lost() -> Any:
    raise Unknown
