"""How a fit was made: what another person needs to make it again, and to trust it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import jax

from bayesfit import __version__
from bayesfit.data.runs import Runs
from bayesfit.extrapolation import backtest
from bayesfit.fitted import Fit
from bayesfit.prior_fit import Known

PACKAGES = ("jax", "jaxlib", "numpyro", "arviz", "optax", "numpy", "pandas", "matplotlib")


def short(fit: Known) -> dict[str, Any]:
    """Which fit an answer is about, for its facts."""
    return dict(
        bayesfit=__version__,
        law=fit.law.name,
        likelihood=fit.likelihood.name,
        priors=dict(fit.law.overrides),
        seed=fit.seed,
        data=_data(fit.runs),
    )


def record(fit: Fit) -> dict[str, Any]:
    """The same with versions, times, convergence, and how the fits to the smaller runs did."""
    scored = fit.holdouts
    return short(fit) | dict(
        versions={name: version(name) for name in PACKAGES}
        | dict(python=platform.python_version()),
        device=f"{jax.device_count()} x {jax.devices()[0].device_kind}",
        seconds={name: round(x, 3) for name, x in fit.timings.items()},
        seconds_compiling={name: round(x, 3) for name, x in fit.compiling.items()},
        mle=_mle(fit),
        bootstrap=_bootstrap(fit),
        nuts=_nuts(fit),
        backtest={} if scored.empty else backtest.summary(scored).to_dict("index"),
    )


def _data(runs: Runs) -> dict[str, Any]:
    return dict(
        name=runs.name,
        source=runs.source,
        runs=len(runs),
        sha256=runs.sha256,
        simulated=runs.simulated,
        left_out=list(runs.left_out),
        notes=list(runs.notes),
    )


def _mle(fit: Fit) -> dict[str, Any]:
    best = fit.mle.best()
    return dict(
        objective=float(best.objective),
        gradient_norm=float(best.gradient_norm),
        evaluations=int(best.steps),
    )


def _bootstrap(fit: Fit) -> dict[str, Any] | None:
    if fit.bootstrap is None:
        return None
    stats = fit.bootstrap.stats
    return dict(
        refits=int(stats["converged"].size),
        converged=int(stats["converged"].sum()),
        largest_gradient_norm=float(stats["gradient_norm"].max()),
    )


def _nuts(fit: Fit) -> dict[str, Any]:
    stats, convergence = fit.posterior.stats, fit.convergence
    return dict(
        chains=stats["diverging"].shape[0],
        draws=stats["diverging"].shape[1],
        divergences=int(stats["diverging"].sum()),
        acceptance_rate=float(stats["acceptance_rate"].mean()),
        leapfrogs_per_draw=float(stats["n_steps"].mean()),
        r_hat_max=float(convergence["r_hat"].max()),
        ess_bulk_min=float(convergence["ess_bulk"].min()),
        ess_tail_min=float(convergence["ess_tail"].min()),
    )
