"""Importing changes nothing in the user's process, and no order of imports changes a number.

Each test asks a new process: this one has long been changed by pytest and by other tests.
"""

import json
import math
import os
import subprocess
import sys

import pytest

from tests.test_architecture import ROOT, modules

UNCHANGED = """
import importlib, json, os, sys
import bayesfit
assert "jax" not in sys.modules, "importing bayesfit imports jax"
import jax, matplotlib
def state():
    rc = {k: str(v) for k, v in matplotlib.rcParams.items() if k != "backend"}  # found when asked
    jax_config = {k: str(v) for k, v in jax.config.values.items()}
    return {"jax": jax_config, "environment": dict(os.environ), "matplotlib": rc}
before, changed = state(), {}
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
    after = state()
    for what in before:
        keys = [k for k in after[what] if after[what][k] != before[what].get(k)]
        if keys:
            changed[name] = [what, keys]
    before = after
print(json.dumps(changed))
"""


def fresh(code: str, *arguments: str) -> str:
    """What a new process prints that has none of jax's variables and no cache of ours."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "XLA_"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=ROOT,
        env={**environment, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_importing_changes_nothing():
    names = [name for name in modules() if not name.endswith("__main__")]
    assert not json.loads(fresh(UNCHANGED, json.dumps(sorted(names))))


PUBLISHED = """
import importlib, json, sys
import jax.numpy as jnp
import bayesfit
jnp.ones(3).sum()  # the process computes in float32, and goes on to
for name in json.loads(sys.argv[1]):
    importlib.import_module(name) if "." in name else bayesfit.load_law(name)
values = bayesfit.load_law("chinchilla_tied").published[0].values
assert jnp.ones(3).dtype == "float32"
print(json.dumps(dict(values)))
"""


@pytest.mark.parametrize(
    "first",
    [[], ["chinchilla_approach3", "kaplan_chinchilla"], ["bayesfit.models.chinchilla_tied"]],
    ids=["at once", "after other laws", "imported before"],
)
def test_published_values_are_exact(first):
    """The paper prints log E, log A, log B (Muennighoff et al. 2023): exp is taken in float64."""
    values = json.loads(fresh(PUBLISHED, json.dumps(first)))
    printed = dict(E=0.6254804, A=6.255414, B=7.3049974)
    for name, logarithm in printed.items():
        assert values[name] == pytest.approx(math.exp(logarithm), rel=1e-14, abs=0), name
    assert values["alpha"] == 0.3526596


UNUSED = """
import bayesfit
for name in bayesfit.models.names():
    bayesfit.load_law(name)
import jax
jax.config.update("jax_num_cpu_devices", 3)  # refused once jax has computed
print(jax.device_count())
"""


def test_loading_laws_computes_nothing():
    """So that whoever fits next, bayesfit or the user, still says how many devices there are."""
    assert fresh(UNUSED) == "3"


CORES = """
import os, bayesfit
fit = bayesfit.fit("chinchilla_approach2", "simulated_isoflop", chains=2, draws=100, bootstrap=0)
import jax
print(jax.device_count(), min(os.cpu_count(), 16))
"""


@pytest.mark.parametrize("said, expected", [("", None), ("1", 1)])
def test_a_fit_takes_every_core_unless_the_user_has_said(said, expected):
    before = f'import os; os.environ["JAX_NUM_CPU_DEVICES"] = {said!r}\n' if said else ""
    found, cores = map(int, fresh(before + CORES).split())
    assert found == (expected or cores)


NOTEBOOK = """
import sys
from types import ModuleType, SimpleNamespace
sys.modules |= {x: ModuleType(x) for x in ("ipykernel", "ipykernel.zmqshell")}
sys.modules["IPython"] = SimpleNamespace(get_ipython=object)
sys.modules["ipywidgets"] = None  # not installed
import warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as heard:
    import bayesfit
    bayesfit.load_law("chinchilla_approach3")
    assert "tqdm.auto" in sys.modules
print([str(x.message) for x in heard if "IProgress" in str(x.message)])
"""


def test_a_notebook_without_widgets_hears_of_none():
    assert fresh(NOTEBOOK) == "[]"
