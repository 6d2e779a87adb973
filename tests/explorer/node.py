"""JavaScript run by node, and laws with draws to run it on."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bayesfit import binding, explorer, models
from bayesfit.datasets import load
from bayesfit.errors import InputError
from bayesfit.law import Law
from bayesfit.prediction.bending import bent
from bayesfit.problem import prior_draws

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node, which runs JavaScript, is not here")
FOLDER = Path(explorer.__file__).parent
PARTS = "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in explorer.PARTS)
ENCODED = """
function encoded(key, x) {
  if (typeof x === "number" && !Number.isFinite(x)) return `${x}`;
  return ArrayBuffer.isView(x) ? Array.from(x) : x;
}
"""


def run(script: str, **given: Any) -> Any:
    """What the last line of a script comes to; `given` stands in variables."""
    names = "".join(f"const {name} = {json.dumps(plain(x))};\n" for name, x in given.items())
    *lines, last = script.strip().split("\n")
    end = f"console.log(JSON.stringify({last}, encoded));"
    whole = "\n".join(["'use strict';", names.replace('"Infinity"', "Infinity"), *lines, end])
    done = subprocess.run(
        [str(NODE), "-"], input=whole + ENCODED, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return decoded(json.loads(done.stdout))


def plain(x: Any) -> Any:
    """Numbers and arrays of numpy for JSON; infinity by its name."""
    if isinstance(x, dict):
        return {name: plain(value) for name, value in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(value) for value in x]
    if isinstance(x, (float, np.floating)):
        return float(x) if np.isfinite(x) else "Infinity"
    return x


def decoded(x: Any) -> Any:
    """Infinities and NaN, which JSON does not know, from their names; lists as arrays."""
    if isinstance(x, dict):
        return {name: decoded(value) for name, value in x.items()}
    if isinstance(x, list):
        return np.array([decoded(value) for value in x])
    return float(x.replace("Infinity", "inf")) if x in ("Infinity", "-Infinity", "NaN") else x


@cache
def drawn(law: Law, count: int = 40, data: str = "") -> tuple[Law, dict, Any, tuple[str, ...]]:
    """A law as questions see it, with draws from its prior; its runs and its groups."""
    try:
        runs = load(data or law.default_data)
    except InputError as error:
        pytest.skip(f"the law's table cannot be fetched: {error}")
    problem = binding.bind(law, binding.explained(law, runs))
    values = prior_draws(problem, count, seed=11)
    asked, values = bent(law, problem, values, seed=11)
    return asked, values, runs, problem.labels


def with_optimum() -> list[str]:
    """Laws that say how large a model a budget should train."""
    return [name for name in models.names() if models.load(name).is_allocation]
