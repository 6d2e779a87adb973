"""Where the arithmetic happens: the local devices, and those of the job's other processes."""

from __future__ import annotations

import os
from functools import cache

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from bayesfit.computing import check_devices, in_double, take_cores
from bayesfit.errors import InputError

LANES = PartitionSpec("lanes")  # split over devices along the first axis
EVERYWHERE = PartitionSpec()


def choose(platform: str | None, distributed: bool = False) -> None:
    """Take a platform (cpu, gpu, tpu), and every core of a CPU as a device of its own.

    With `distributed`, join the other processes of the job first (`join_hosts`). Must be called
    before jax computes anything.

    Raises:
        InputError: this machine has no such device.
    """
    take_cores()
    if platform is not None:
        jax.config.update("jax_platforms", {"gpu": "cuda"}.get(platform, platform))
    if distributed:
        join_hosts()
    check_devices()


def join_hosts() -> None:
    """Become one of several processes that share the work (Slurm, Kubernetes, a TPU pod).

    Where jax cannot tell by itself, `JAX_COORDINATOR_ADDRESS` (host:port), `JAX_NUM_PROCESSES`
    and `JAX_PROCESS_ID` say who is who.
    """
    given = (os.environ.get(f"JAX_{name}") for name in ("NUM_PROCESSES", "PROCESS_ID"))
    try:
        processes, process = (int(x) if x else None for x in given)
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


@in_double
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
