"""Fit neural scaling laws, by Huber maximum likelihood and by posterior, and say how sure.

    import bayesfit
    runs = bayesfit.load("pile")
    fit = bayesfit.fit("chinchilla_approach3", runs)
    fit.optimum(flops=[1e25])

Units everywhere: parameters, tokens, FLOPs, nats per token. The names below are imported when
they are first used, so `import bayesfit` and `bayesfit --help` do not wait for jax.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesfit import datasets, models
    from bayesfit.data.runs import Runs, read
    from bayesfit.datasets import load
    from bayesfit.errors import InputError
    from bayesfit.fitting import Fit, fit
    from bayesfit.law import Law, Published
    from bayesfit.models import load as load_law
    from bayesfit.questions.compare import Comparison, compare

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "Fit",
    "InputError",
    "Law",
    "Published",
    "Runs",
    "compare",
    "datasets",
    "fit",
    "load",
    "load_law",
    "models",
    "read",
]

# Public name -> where it is: a module, or a name in one. No public function may share its name
# with a submodule: importing the submodule would put the module in the function's place.
_HOME = {
    "Comparison": "bayesfit.questions.compare:Comparison",
    "Fit": "bayesfit.fitting:Fit",
    "InputError": "bayesfit.errors:InputError",
    "Law": "bayesfit.law:Law",
    "Published": "bayesfit.law:Published",
    "Runs": "bayesfit.data.runs:Runs",
    "compare": "bayesfit.questions.compare:compare",
    "datasets": "bayesfit.datasets",
    "fit": "bayesfit.fitting:fit",
    "load": "bayesfit.datasets:load",
    "load_law": "bayesfit.models:load",
    "models": "bayesfit.models",
    "read": "bayesfit.data.runs:read",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bayesfit' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    value = import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
