"""Fit neural scaling laws, by Huber maximum likelihood and by posterior, and say how sure.

    import bayesfit
    runs = bayesfit.load("pile")
    fit = bayesfit.fit("chinchilla_approach3", runs)
    fit.optimum(1e25)

Units everywhere: parameters, tokens, FLOPs, nats per token. The names below are imported when
they are first used, so `import bayesfit` and `bayesfit --help` do not wait for jax, and importing
changes nothing in your process (`bayesfit.computing`).
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter, warn

if TYPE_CHECKING:
    from bayesfit import datasets, figures, models
    from bayesfit.answers import Answer, Table
    from bayesfit.data.runs import Runs, from_frame, read
    from bayesfit.datasets import load
    from bayesfit.errors import InputError
    from bayesfit.fitted import Fit
    from bayesfit.fitting import fit
    from bayesfit.fitting import open_fit as open
    from bayesfit.law import Law, Published
    from bayesfit.likelihoods import Likelihood
    from bayesfit.many import Fits, fit_many
    from bayesfit.models import load as load_law
    from bayesfit.prediction.chain import chain
    from bayesfit.prior_fit import from_priors
    from bayesfit.questions._check import check
    from bayesfit.questions.compare import compare
    from bayesfit.questions.optimum import optimum
    from bayesfit.questions.predict import predict

__version__ = "0.1.0"

# Public name -> where it is: a module, or a name in one. No public function may share its name
# with a submodule: importing the submodule would put the module in the function's place.
_HOME = {
    "Answer": "bayesfit.answers:Answer",
    "Fit": "bayesfit.fitted:Fit",
    "Fits": "bayesfit.many:Fits",
    "InputError": "bayesfit.errors:InputError",
    "Law": "bayesfit.law:Law",
    "Likelihood": "bayesfit.likelihoods:Likelihood",
    "Published": "bayesfit.law:Published",
    "Runs": "bayesfit.data.runs:Runs",
    "Table": "bayesfit.answers:Table",
    "chain": "bayesfit.prediction.chain:chain",
    "check": "bayesfit.questions._check:check",
    "compare": "bayesfit.questions.compare:compare",
    "datasets": "bayesfit.datasets",
    "figures": "bayesfit.figures",
    "fit": "bayesfit.fitting:fit",
    "fit_many": "bayesfit.many:fit_many",
    "from_frame": "bayesfit.data.runs:from_frame",
    "from_priors": "bayesfit.prior_fit:from_priors",
    "load": "bayesfit.datasets:load",
    "load_law": "bayesfit.models:load",
    "models": "bayesfit.models",
    "open": "bayesfit.fitting:open_fit",
    "optimum": "bayesfit.questions.optimum:optimum",
    "predict": "bayesfit.questions.predict:predict",
    "read": "bayesfit.data.runs:read",
}

__all__ = [
    "Answer",
    "Fit",
    "Fits",
    "InputError",
    "Law",
    "Likelihood",
    "Published",
    "Runs",
    "Table",
    "chain",
    "check",
    "compare",
    "datasets",
    "figures",
    "fit",
    "fit_many",
    "from_frame",
    "from_priors",
    "load",
    "load_law",
    "models",
    "open",
    "optimum",
    "predict",
    "read",
]


# Public name that was renamed -> its name now. The old one warns and is in no list of names; how
# long it stays, docs/reference/stability.md says.
_RENAMED: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        now = _RENAMED[name]
        warn(f"bayesfit.{name} is now bayesfit.{now}: write that", DeprecationWarning, stacklevel=2)
        return globals().get(now) or __getattr__(now)
    if name not in _HOME:
        raise AttributeError(f"module 'bayesfit' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    if "ipykernel" in sys.modules and "tqdm.auto" not in sys.modules:
        _import_bars()
    value = import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value  # the next use does not come here
    return value


def _import_bars() -> None:
    """Import numpyro's bars, which bayesfit never draws, without their wish for widgets."""
    with catch_warnings():
        simplefilter("ignore")
        import_module("tqdm.auto")


def __dir__() -> list[str]:
    return sorted({*__all__, "__doc__", "__version__"})  # for tab completion: what is meant for use
