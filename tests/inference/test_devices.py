"""The same numbers on one device, on eight, and on two processes."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from bayesfit.errors import InputError
from bayesfit.inference import devices

FIT = """
import json, os, sys
from bayesfit.inference import devices
import jax
count = int(sys.argv[1])
jax.config.update("jax_num_cpu_devices", count)
if len(sys.argv) > 2:
    devices.join_hosts()
import bayesfit
fit = bayesfit.fit("chinchilla_approach3", bayesfit.load("pile"), bootstrap=64, chains=8, draws=100)
best = fit.mle.best()
told = dict(devices=jax.device_count(), objective=float(best.objective),
            bootstrap=fit.bootstrap.flat["A"].tolist(),
            first=fit.posterior.flat["alpha"][:3].tolist(),
            mean=float(fit.posterior.flat["alpha"].mean()))
if devices.is_first():
    print("told:", json.dumps(told))
"""


def told(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out.rpartition("told:")[2]) if "told:" in out else None


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", FIT, *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def same(one, other):
    assert one["objective"] == pytest.approx(other["objective"], rel=1e-9)
    np.testing.assert_allclose(one["bootstrap"], other["bootstrap"], rtol=1e-4)
    np.testing.assert_allclose(one["first"], other["first"], rtol=1e-6)
    assert one["mean"] == pytest.approx(other["mean"], rel=0.02)


@pytest.fixture(scope="module")
def alone():
    return told(start("1"))


def test_eight_devices_give_the_numbers_of_one(alone):
    eight = told(start("8"))
    assert (alone["devices"], eight["devices"]) == (1, 8)
    same(alone, eight)


def test_two_processes_give_the_numbers_of_one(alone):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    both = [
        start(
            "1",
            "join",
            JAX_COORDINATOR_ADDRESS=address,
            JAX_NUM_PROCESSES="2",
            JAX_PROCESS_ID=str(i),
        )
        for i in range(2)
    ]
    first, second = (told(process) for process in both)
    assert second is None and first["devices"] == 2
    same(alone, first)


def test_lanes_are_rounded_up_to_the_devices():
    count = devices.mesh().size
    assert devices.per_device(1) == count and devices.per_device(count + 1) == 2 * count


def test_a_device_that_is_not_there_is_one_sentence():
    code = "from bayesfit import devices; devices.choose('tpu')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}"], capture_output=True, text=True, env=os.environ
    )
    assert "InputError" in done.stderr and "jax finds no tpu" in done.stderr
    assert issubclass(InputError, ValueError)
