"""Double precision and compiled programs, within bayesfit's own scope.

The raw problem of a scaling law has a condition number of 1e13, so everything is computed in
float64. Importing bayesfit changes nothing in the user's process: programs that are compiled by
`program`, and functions marked `in_double`, switch jax to float64 while they run and back after.

Three settings of jax know no scope. When bayesfit first computes, listeners begin to count the
seconds of compilation; where programs are not kept whole, jax's own cache is turned on, unless the
user has set one; and where jax has not computed before, each core of a CPU becomes a device of its
own (`jax_num_cpu_devices`), unless the user has set that.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bayesfit import compiled
from bayesfit.errors import InputError
from bayesfit.kept import Kept, forget, hear_of_cache, here, seconds_reading

P = ParamSpec("P")
R = TypeVar("R")
_COMPILING = {
    "/jax/core/compile/backend_compile_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
}
_compiled = [0.0]
MOST_CORES = 16
FULL = 0.6  # share of the memory maps allowed, above which compiled programs are forgotten


def float64() -> Any:
    """A context in which jax has float64; nothing else is touched."""
    import jax

    return jax.enable_x64(True)


def double() -> Any:
    """A context in which bayesfit computes, in float64.

    Raises:
        InputError: jax has no device, or was in use in a process that this one is a fork of.
    """
    if prepare() != os.getpid():
        raise InputError(
            "this process is a fork of one that has computed already, where jax would wait for "
            'ever: start it by multiprocessing.get_context("spawn")'
        )
    return float64()


def in_double(function: Callable[P, R]) -> Callable[P, R]:
    """The function, computing in float64 whatever the process around it does."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with double():
            return function(*args, **kwargs)

    return inside


def program(
    function: Callable | None = None,
    *,
    static_argnums: int | tuple[int, ...] = (),
    hasty: bool = False,
) -> Any:
    """`jax.jit` in float64, its programs kept on disk; with options, a decorator.

    Args:
        hasty: whether to compile in half of the time what is then slower, for a program that does
            little, such as to draw from priors.
    """
    if function is None:
        return partial(program, static_argnums=static_argnums, hasty=hasty)
    static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
    kept = Kept(function, static, hasty)

    @wraps(function)
    def called(*args: Any) -> Any:
        with double():
            return kept(*args)

    called.cache_size = kept.count  # type: ignore[attr-defined]
    return called


@cache
def prepare() -> int:
    """Count the seconds of compilation, and see that programs are kept; once a process.

    Returns:
        The number of the process that computes.

    Raises:
        InputError: jax has no device.
    """
    import jax

    take_cores()
    check_devices()
    if not here() and jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(compiled.folder() / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.monitoring.register_event_duration_secs_listener(_listen)
    jax.monitoring.register_event_listener(hear_of_cache)
    return os.getpid()


def take_cores() -> None:
    """Make every core of a CPU a device, where jax has not begun and the user has not said.

    A program that uses several cores through one device loses half of them on problems as small as
    a scaling law.
    """
    import jax

    if jax.config.values["jax_num_cpu_devices"] < 1:
        with suppress(RuntimeError):  # a process that has used jax already keeps its devices
            jax.config.update("jax_num_cpu_devices", min(os.cpu_count() or 1, MOST_CORES))


def check_devices() -> None:
    """InputError if jax has none of the devices that it is to compute on."""
    import jax

    try:
        jax.devices()
    except (AssertionError, RuntimeError) as error:  # the former of a name that jax does not know
        asked = jax.config.values["jax_platforms"] or "device"
        raise InputError(
            f"jax finds no {asked} on this machine: leave --device and JAX_PLATFORMS out, or "
            "install jax for it"
        ) from error


def make_room() -> None:
    """Forget compiled programs when the system is about to allow no more of them.

    Each keeps tens of memory maps, of which Linux allows a process 65530; beyond that LLVM fails
    and the process dies. A forgotten program comes back from the cache on disk.
    """
    try:
        allowed = int(Path("/proc/sys/vm/max_map_count").read_text())
        with open("/proc/self/maps", "rb") as maps:
            used = sum(1 for _ in maps)
    except (OSError, ValueError):  # another system, without such a limit
        return
    if used > FULL * allowed:
        import jax

        forget()
        jax.clear_caches()


def _listen(event: str, duration_secs: float, **_: Any) -> None:
    if event in _COMPILING:
        _compiled[0] += duration_secs


def seconds_compiling() -> float:
    """Seconds that this process has spent on lowering and compiling (or on fetching from cache)."""
    return _compiled[0] + seconds_reading()
