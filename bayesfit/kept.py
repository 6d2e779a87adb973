"""Compiled programs, kept on disk whole and read back without tracing.

The cache that jax has is looked into only once a program has been traced and lowered, in Python,
which takes most of the time of a warm start. Here the key is what the program is made of
(`identity`), the shapes it is for, the devices and the versions, and what is kept is the machine
code (`compiled`). Whatever cannot be kept or read, for any reason, is compiled as ever.
"""

from __future__ import annotations

import os
import platform
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, cached_property
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from time import perf_counter
from typing import Any, NamedTuple

from bayesfit import compiled
from bayesfit.compiled import OnDisk
from bayesfit.identity import identity

HIT = "/jax/compilation_cache/cache_hits"
SETTINGS = (  # of jax, that change what a program computes
    "jax_default_matmul_precision", "jax_default_prng_impl", "jax_threefry_partitionable",
    "jax_numpy_dtype_promotion", "jax_numpy_rank_promotion", "jax_default_device",
    "jax_random_seed_offset", "jax_optimization_level", "jax_exec_time_optimization_effort",
)  # fmt: skip
STRICT = ("jax_disable_jit", "jax_debug_nans", "jax_debug_infs", "jax_check_tracer_leaks")
# To the compiler of CPUs, where it knows them. What it leaves out by these takes up to half of its
# time and makes programs of ours no faster (benchmarks/NOTES.md); in haste it leaves out more, and
# they are slower.
PLAIN = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 1}
HASTY = PLAIN | {"xla_backend_optimization_level": 0}
PACKAGES = ("jax", "jaxlib", "numpy", "numpyro", "optax", "scipy")
_all: weakref.WeakSet[Kept] = weakref.WeakSet()
# Of threads, one compiles at a time: two at once have been seen to die (benchmarks/NOTES.md).
_in_turn = RLock()
_seconds, _hits = [0.0], [0]
_used: dict[str, None] = {}  # names of files, in the order in which they were asked for
_misses: list[str] = []  # those that were not there
_ahead: dict[str, Future[OnDisk | None]] = {}  # programs that are read before they are asked for


class Kept:
    """A function compiled by jax for each shape of its arguments, or read from disk.

    Args:
        function: what is compiled.
        static: positions of arguments that are part of the program.
        hasty: whether its compilation is a longer wait than it itself can become.
    """

    def __init__(self, function: Callable, static: tuple[int, ...], hasty: bool) -> None:
        self.__wrapped__, self.static, self.hasty = function, static, hasty
        self.programs: dict[Any, Program | None] = {}
        _all.add(self)

    def __call__(self, *args: Any) -> Any:
        import jax
        from jax.core import Tracer

        moving = tuple(x for i, x in enumerate(args) if i not in self.static)
        leaves, tree = jax.tree.flatten(moving)
        if any(isinstance(x, Tracer) for x in leaves):
            return self.inside(*args)
        program = self._program(args, leaves, tree) if can_keep() else None
        return self.alone(*args) if program is None else program(leaves)

    def count(self) -> int:
        """How many programs there are, one for each shape."""
        return len(self.programs) + self.inside._cache_size() + self.alone._cache_size()

    @cached_property
    def inside(self) -> Any:
        """The function by `jax.jit`, as a part of another program."""
        import jax

        return jax.jit(self.__wrapped__, static_argnums=self.static)

    @cached_property
    def alone(self) -> Any:
        """The same as a program that is not kept."""
        return self._jitted(self.__wrapped__, self.static)

    def _jitted(self, function: Callable, static: tuple[int, ...] = ()) -> Any:
        import jax

        options = {name: x for name, x in self._options().items() if _is_known(name, x)}
        return jax.jit(function, static_argnums=static, compiler_options=options)

    def _options(self) -> dict[str, Any]:
        import jax

        if jax.default_backend() != "cpu":
            return {}
        return HASTY if self.hasty else PLAIN

    def _program(self, args: tuple, leaves: list, tree: Any) -> Program | None:
        """The program for these arguments; None for one that cannot be kept."""
        fixed, shapes = tuple(args[i] for i in self.static), tuple(map(_shape, leaves))
        key = (fixed, tree, shapes, *_settings())
        if key not in self.programs:
            with _in_turn:
                if key not in self.programs:
                    self.programs[key] = self._found(args, fixed, leaves, tree, shapes)
        return self.programs.get(key)  # another thread may just have let go of it

    def _found(
        self, args: tuple, fixed: tuple, leaves: list, tree: Any, shapes: tuple
    ) -> Program | None:
        """The program for these arguments: from disk, or else compiled and kept there."""
        depends = [self._options(), *around()]
        name = identity(self.__wrapped__, fixed, _nodes(tree), list(map(str, shapes)), depends)
        if name is None:
            return None
        began, path = perf_counter(), compiled.folder() / name
        _used[name] = None  # before it is read, or a thread that reads ahead would read it too
        read = _ahead.pop(name, None)
        found = compiled.read(path) if read is None else read.result()
        result = None if found is None else compiled.structure(found.result)
        _seconds[0] += perf_counter() - began
        if found is not None and result is not None:
            return Program(found.code, result)
        _misses.append(name)
        flat = _Flat(self.__wrapped__, args, self.static, tree)
        jitted, hits = self._jitted(flat), _hits[0]
        code = jitted.lower(*leaves).compile()
        assert flat.result is not None
        if _hits[0] == hits:  # what jax has read from a cache cannot be written again
            compiled.write(path, code, flat.result, len(leaves))
        return Program(code, flat.result)


class Program(NamedTuple):
    """A compiled program, from leaves to leaves.

    Attributes:
        code: what jax calls with the leaves of the arguments.
        result: the structure of what it returns.
    """

    code: Callable[..., list]
    result: Any

    def __call__(self, leaves: list) -> Any:
        return self.result.unflatten(self.code(*leaves))


class _Flat:
    """A function of the leaves of its arguments; traced once, it knows the structure it returns.

    An object of its own each time, for jax remembers what it has traced of the same one.
    """

    def __init__(self, function: Callable, args: tuple, static: tuple[int, ...], tree: Any) -> None:
        self._function, self._args, self._static, self._tree = function, args, static, tree
        self.result: Any = None
        self.__name__ = getattr(function, "__name__", "program")

    def __call__(self, *leaves: Any) -> list:
        import jax

        moving = iter(self._tree.unflatten(leaves))
        args = [x if i in self._static else next(moving) for i, x in enumerate(self._args)]
        found, self.result = jax.tree.flatten(self._function(*args))
        return found


@cache
def _is_known(option: str, value: Any) -> bool:
    """Whether the compiler has an option: each of its versions has others."""
    import jax

    try:
        jax.jit(lambda: 0, compiler_options={option: value}).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True


def forget() -> None:
    """Let go of all programs in memory; they come back from disk."""
    for kept in _all:
        kept.programs.clear()
    _ahead.clear()


def read_ahead(name: str) -> bool:
    """Read a program that will be asked for, unless it has been; and whether to go on with others.

    Not once something is compiled: that is not to be disturbed.
    """
    if name not in _used and not _misses:
        with _in_turn:  # it traces, and whoever waits for the program may be about to compile
            compiled.wake_lapack()
        _ahead[name] = read = Future()
        read.set_result(compiled.read(compiled.folder() / name))
    return not _misses


def used() -> list[str]:
    """The files of the programs that this process has asked for, in their order."""
    return list(_used)


def hear_of_cache(event: str, **_: Any) -> None:
    """Count what jax reads from a cache of its own."""
    _hits[0] += event == HIT


def seconds_reading() -> float:
    """Seconds that this process has spent on reading programs from disk."""
    return _seconds[0]


def here() -> bool:
    """Whether programs are kept whole on these devices: the CPU of one process.

    A program of a GPU or a TPU calls libraries that are made ready as it is lowered, which has been
    looked into for CPUs alone; and one of several processes cannot keep what is of them all.
    """
    import jax

    return jax.process_count() == 1 and jax.default_backend() == "cpu"


def can_keep() -> bool:
    """Whether they are kept now: jax is not asked to check anything, nor to do without a cache."""
    import jax

    return (
        here()
        and jax.config.values["jax_enable_compilation_cache"]
        and not any(getattr(jax.config, name) for name in STRICT)
    )


def _settings() -> list[Any]:
    import jax

    return [str(getattr(jax.config, name, None)) for name in SETTINGS]


def _shape(x: Any) -> tuple:
    """What of an argument a program depends on."""
    import jax

    if isinstance(x, jax.Array):
        return x.shape, x.dtype, x.weak_type, x.sharding if x.committed else None
    kind = type(x) if isinstance(x, (bool, int, float, complex)) else x.dtype
    return getattr(x, "shape", ()), kind


def _nodes(tree: Any) -> list:
    """What a structure of arguments is made of, types and what they hold beside arrays."""
    return [tree.node_data(), *(_nodes(child) for child in tree.children())]


def around() -> list[Any]:
    """What a program depends on beside itself: versions, devices, settings."""
    return [_versions(), *_settings()]


@cache
def _versions() -> list[str]:
    """What is the same for all programs of a process."""
    import jax

    devices = [f"{x.id} {x.platform} {x.device_kind}" for x in jax.devices()]
    ours = blake2b(b"".join(x.read_bytes() for x in sorted(Path(__file__).parent.rglob("*.py"))))
    found = [f"{name} {version(name)}" for name in PACKAGES]
    about = [sys.version, platform.machine(), _processor(), jax.default_backend(), *devices]
    return [ours.hexdigest(), *found, *about, os.environ.get("XLA_FLAGS", "")]


def _processor() -> str:
    """The instructions that the processor has: machine code for others would end the process."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    return "".join(x for x in lines if x.startswith(("flags", "Features", "model name")))
