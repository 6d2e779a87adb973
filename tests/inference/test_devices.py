"""The same numbers on one device, on two, on eight, and on two processes."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from bayesfit.errors import InputError
from bayesfit.inference import devices

FIT = """
import sys
from bayesfit.inference import devices
import jax
import numpy as np
file, count, chains = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jax.config.update("jax_num_cpu_devices", count)
if len(sys.argv) > 4:
    devices.join_hosts()
import bayesfit
fit = bayesfit.fit("kaplan_n", bayesfit.load("pile"), bootstrap=64, chains=chains,
                   draws=100, refits=False)
if devices.is_first():
    np.savez(file, objective=fit.mle.best().objective, bootstrap=fit.bootstrap.flat["alpha_N"],
             **fit.posterior.values)
print("devices:", jax.device_count())
"""
CHAINS = 10  # neither a multiple of the groups that advance together, nor of the devices


def start(file, count, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", FIT, str(file), str(count), str(CHAINS), *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    """How many devices there were."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return int(out.rpartition("devices:")[2])


def close(one, other, rtol=1e-6):
    """One device and several are two programs: they round in other places, and draw alike."""
    assert one["alpha_N"].shape == other["alpha_N"].shape == (CHAINS, 100)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=rtol, err_msg=name)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Number of devices -> draws."""
    folder = tmp_path_factory.mktemp("devices")
    found = {}
    for count in (1, 2):
        assert finished(start(folder / f"{count}.npz", count)) == count
        found[count] = dict(np.load(folder / f"{count}.npz"))
    return found


@pytest.mark.slow
def test_eight_devices_draw_what_two_draw(results, tmp_path):
    """Bit for bit, all chains: no sum over another number of lanes may round otherwise."""
    assert finished(start(tmp_path / "8.npz", 8)) == 8
    eight = dict(np.load(tmp_path / "8.npz"))
    for name, values in results[2].items():
        if name not in ("objective", "bootstrap"):
            np.testing.assert_array_equal(values, eight[name], err_msg=name)
    close(results[2], eight)


def test_several_devices_draw_what_one_draws(results):
    close(results[1], results[2])


@pytest.mark.slow
def test_two_processes_draw_what_one_draws(results, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    several = dict(JAX_COORDINATOR_ADDRESS=address, JAX_NUM_PROCESSES="2")
    both = [
        start(tmp_path / f"{i}.npz", 1, "join", JAX_PROCESS_ID=str(i), **several) for i in range(2)
    ]
    assert [finished(process) for process in both] == [2, 2]
    assert not (tmp_path / "1.npz").exists()
    close(results[1], dict(np.load(tmp_path / "0.npz")))


def test_lanes_are_rounded_up_to_the_devices():
    count = devices.mesh().size
    assert devices.per_device(1) == count and devices.per_device(count + 1) == 2 * count


def test_a_device_that_is_not_there_is_one_sentence():
    code = "from bayesfit.inference import devices; devices.choose('tpu')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ
    )
    assert "InputError" in done.stderr and "jax finds no tpu" in done.stderr
    assert issubclass(InputError, ValueError)
