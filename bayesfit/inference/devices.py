"""Where the arithmetic happens: double precision, the compilation cache, and the local devices.

Every module that traces a program imports this one first, because precision and cache must be set
before jax compiles anything.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from bayesfit.errors import InputError

jax.config.update("jax_enable_x64", True)  # the raw problem has a condition number of 1e13

LANES = PartitionSpec("lanes")  # split over devices along the first axis
EVERYWHERE = PartitionSpec()


def cache_folder() -> Path:
    """The user's folder for compiled programs; `BAYESFIT_CACHE` moves it."""
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("BAYESFIT_CACHE") or Path(user) / "bayesfit") / "compiled"


def _keep_compiled_programs() -> None:
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


_keep_compiled_programs()

_COMPILING = {
    "/jax/core/compile/backend_compile_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
}
_compiled = [0.0]


def _listen(event: str, duration_secs: float, **_) -> None:
    if event in _COMPILING:
        _compiled[0] += duration_secs


jax.monitoring.register_event_duration_secs_listener(_listen)


def seconds_compiling() -> float:
    """Seconds that this process has spent on lowering and compiling (or on fetching from cache)."""
    return _compiled[0]


def choose(platform: str | None, distributed: bool = False) -> None:
    """Take a platform (cpu, gpu, tpu), and every core of a CPU as a device of its own.

    With `distributed`, join the other processes of the job first (`join_hosts`). Must be called
    before jax computes anything. A program that uses several cores through one device loses half
    of them on problems as small as a scaling law.

    Raises:
        InputError: this machine has no such device.
    """
    with suppress(RuntimeError):  # a program that has used jax already keeps its devices
        jax.config.update("jax_num_cpu_devices", min(os.cpu_count() or 1, 16))
    if platform is not None:
        jax.config.update("jax_platforms", {"gpu": "cuda"}.get(platform, platform))
    if distributed:
        join_hosts()
    try:
        jax.devices()
    except RuntimeError as error:
        raise InputError(
            f"jax finds no {platform} on this machine; leave --device out, or install jax for it"
        ) from error


def join_hosts() -> None:
    """Become one of several processes that share the work (Slurm, Kubernetes, a TPU pod).

    Where jax cannot tell by itself, `JAX_COORDINATOR_ADDRESS` (host:port), `JAX_NUM_PROCESSES`
    and `JAX_PROCESS_ID` say who is who.
    """
    told = (os.environ.get(f"JAX_{name}") for name in ("NUM_PROCESSES", "PROCESS_ID"))
    try:
        processes, process = (int(x) if x else None for x in told)
        jax.distributed.initialize(num_processes=processes, process_id=process)
    except (RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"cannot join the other processes ({reason}); leave --distributed out, or set "
            "JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and JAX_PROCESS_ID"
        ) from error


def is_first() -> bool:
    """Whether this process is the one that prints and writes."""
    return jax.process_index() == 0


@cache
def mesh() -> Mesh:
    """All devices in one row; starts, replicates and chains are dealt out along it."""
    return Mesh(np.array(jax.devices()), ("lanes",))


def deal(x: np.ndarray) -> jax.Array:
    """Place an array with its first axis split over the devices of all processes."""
    return jax.make_array_from_callback(x.shape, NamedSharding(mesh(), LANES), lambda at: x[at])


def gather(x: jax.Array) -> np.ndarray:
    """The whole of an array that was dealt out, in every process."""
    if x.is_fully_addressable:
        return np.array(x)
    return np.array(multihost_utils.process_allgather(x, tiled=True))


def per_device(lanes: int) -> int:
    """`lanes` rounded up to a multiple of the number of devices."""
    count = mesh().size
    return -(-lanes // count) * count
