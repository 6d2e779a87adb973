"""One measurement in one process: `python -m benchmarks.jobs NAME` prints a line of JSON.

A process of its own keeps compilers, caches, thread pools and peak memory of one contender out of
the next one's figures. A job is a function here that ends in the name it is started by; what it
returns must be plain numbers and lists.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.stopwatch import once, peak_memory, warm

LAW, TABLE = "chinchilla_approach3", "chinchilla"
REPLICATES, SEED = 4000, 0
FEWER = 5  # --quick gives slow peers one start, or one refit, in so many
REPEATS = 5


def arrays() -> tuple[np.ndarray, ...]:
    """N, D and loss of the 240 runs."""
    import bayesfit

    runs = bayesfit.load(TABLE)
    return tuple(np.asarray(runs[name], float) for name in ("N", "D", "loss"))


def our_problem():
    """The same runs as a Problem, with a device per core as the command line has.

    The likelihood is the one that peers have too; `benchmarks.doubt` says what doubt costs.
    """
    _use_all_cores()
    import bayesfit
    from bayesfit.binding import bind

    return bind(bayesfit.load_law(LAW), bayesfit.load(TABLE), "student_t")


def _use_all_cores() -> None:
    import jax

    jax.config.update("jax_num_cpu_devices", os.cpu_count())


def _in_double() -> None:
    """For peers that compute with jax: ours needs no such setting."""
    import jax

    jax.config.update("jax_enable_x64", True)


# -- multi-start MLE ---------------------------------------------------------------------------


def mle_ours(every: int) -> dict:
    """The race from the published grid."""
    del every
    from bayesfit.inference import mle

    problem = our_problem()
    grid = np.asarray(mle.published_grid(problem))
    found, timings = warm(lambda: mle.race(problem, grid), REPEATS)
    return timings | dict(starts=len(grid), objectives=found.objective)


def mle_ours_to_the_end(every: int) -> dict:
    """Every start of the published grid until it stops."""
    del every
    from bayesfit.inference import mle

    problem = our_problem()
    grid = np.asarray(mle.published_grid(problem))
    found, timings = warm(lambda: mle.minimise(problem, grid), 3)
    return timings | dict(starts=len(grid), objectives=found.objective)


def mle_scipy(every: int, **how: Any) -> dict:
    """scipy from the published grid."""
    from benchmarks.peers import scipy_grid

    data = arrays()
    found, seconds, cpu = once(lambda: scipy_grid.race(*data, every=every, **how))
    return dict(seconds=seconds, cpu=cpu, starts=len(found["objectives"]), **found)


def mle_chinchilla(every: int) -> dict:
    """PyPI chinchilla from the published grid."""
    from benchmarks.peers import chinchilla_pypi

    data = arrays()
    found, seconds, cpu = once(lambda: chinchilla_pypi.race(*data, every=every))
    return dict(seconds=seconds, cpu=cpu, **found)


def mle_optimistix(every: int) -> dict:
    """optimistix from the published grid, compiled before the clock starts."""
    _use_all_cores()
    _in_double()
    from benchmarks.peers import optimistix_lm

    data = arrays()
    found, timings = warm(lambda: optimistix_lm.race(*data, every=every), 1)
    return timings | dict(starts=len(found["objectives"]), **found)


# -- bootstrap ---------------------------------------------------------------------------------


def bootstrap_ours(every: int) -> dict:
    """All refits from the optimum, and again from elsewhere where one did not converge."""
    del every
    from bayesfit.inference import bootstrap, mle

    problem = our_problem()
    best = mle.race(problem, np.asarray(mle.published_grid(problem))).best().q
    resamples = bootstrap.resample(len(arrays()[0]), REPLICATES, SEED)
    found, timings = warm(lambda: bootstrap.refit(problem, best, resamples), REPEATS)
    facts = dict(starts=REPLICATES, objectives=found.objective)
    return timings | facts | dict(converged=float(found.converged.mean()))


def bootstrap_scipy(every: int, **how: Any) -> dict:
    """The notebook's refits on the same resamples."""
    from bayesfit.inference.bootstrap import resample
    from benchmarks.peers import autograd_bootstrap

    data = arrays()
    resamples = resample(len(data[0]), REPLICATES, SEED)[::every]
    found, seconds, cpu = once(lambda: autograd_bootstrap.refit(*data, resamples, **how))
    objectives = found["objectives"]
    return dict(seconds=seconds, cpu=cpu, starts=len(objectives), objectives=objectives)


# -- posterior ---------------------------------------------------------------------------------


def nuts_ours(every: int) -> dict:
    """NUTS with the search for the mode, Laplace and warm-up inside the clock; 16 chains of 500."""
    del every
    from bayesfit.inference import mle
    from bayesfit.inference import nuts as posterior

    problem = our_problem()
    starts = np.asarray(mle.starting_points(problem, 8))
    seeds = iter(range(100))
    walk, timings = warm(lambda: posterior.sample(problem, starts, seed=next(seeds)), REPEATS)
    flat = _values(problem, walk.q.reshape(-1, problem.dimension))
    draws = {name: x.reshape(walk.q.shape[:2]) for name, x in flat.items()}
    stats = dict(leapfrogs=float(walk.stats["n_steps"].mean()))
    stats["divergences"] = int(walk.stats["diverging"].sum())
    return timings | stats | _quality(draws)


def _values(problem, q) -> dict[str, np.ndarray]:
    from bayesfit.problem import described

    values = described(problem, q)
    return {name: values[name] for name in problem.shapes}


def nuts_numpyro(every: int, chain_method: str) -> dict:
    """numpyro's tutorial settings on the engine's own model."""
    del every
    _in_double()
    from benchmarks.peers import numpyro_default

    mcmc = numpyro_default.sampler(our_problem().model, chain_method)
    return _drawn(partial(numpyro_default.draw, mcmc), 1)


def nuts_nutpie(every: int) -> dict:
    """nutpie on the PyMC model; the first call's time includes its compilation."""
    del every
    from benchmarks.peers import pymc_nutpie

    data = arrays()
    program, compilation, _ = once(lambda: pymc_nutpie.compiled(*data))
    facts = _drawn(partial(pymc_nutpie.draw, program), 3)
    return facts | dict(cold=facts["cold"] + compilation)


def _drawn(draw: Callable[[int], dict], repeats: int) -> dict:
    seeds = iter(range(100))
    found, timings = warm(lambda: draw(next(seeds)), repeats)
    return timings | _quality(found.pop("draws")) | found


def _quality(draws: dict[str, np.ndarray]) -> dict:
    """Bulk ESS and R-hat of the worst parameter, law and likelihood; means and their MCSE."""
    import arviz as az

    draws = draws | _textbook(draws)
    ess = {name: float(az.ess(x, method="bulk")) for name, x in draws.items()}
    worst = min(ess, key=lambda name: ess[name])
    return dict(
        ess=ess[worst],
        worst=worst,
        r_hat=max(float(az.rhat(x)) for x in draws.values()),
        draws_kept=int(next(iter(draws.values())).size),
        means={name: float(x.mean()) for name, x in draws.items()},
        errors={name: float(x.std() / np.sqrt(ess[name])) for name, x in draws.items()},
    )


def _textbook(draws: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """E, log A and log B of draws at the reference run."""
    N, D, _ = (np.mean(np.log(x)) for x in arrays())
    reducible = draws["L_ref"] * draws["reducible"]
    return dict(
        E=draws["L_ref"] - reducible,
        log_A=np.log(reducible * draws["share_N"]) + draws["alpha"] * N,
        log_B=np.log(reducible * (1 - draws["share_N"])) + draws["beta"] * D,
    )


# -- scaling -----------------------------------------------------------------------------------


def scaling(every: int, runs: int) -> dict:
    """The MLE on a SIMULATED table of so many runs: seconds per lane, run and step."""
    del every
    _use_all_cores()
    from bayesfit.inference import mle

    problem = _simulated(runs)
    starts = np.asarray(mle.starting_points(problem, 128 if runs <= 10_000 else 8))
    starts = starts[:, : problem.law_dimension]
    found, timings = warm(lambda: mle.minimise(problem, starts), 3 if runs <= 100_000 else 1)
    steps = int(found.steps.sum())
    facts = dict(starts=len(starts), steps=steps, converged=float(found.converged.mean()))
    facts["nanoseconds"] = 1e9 * timings["seconds"] / (steps * runs)
    return timings | facts | dict(peak=peak_memory())


def _simulated(count: int):
    import pandas as pd

    import bayesfit
    from bayesfit.binding import bind
    from bayesfit.data.runs import from_frame

    rng = np.random.default_rng(SEED)
    N = np.exp(rng.uniform(np.log(5e7), np.log(2e10), count))
    D = N * np.exp(rng.uniform(np.log(2), np.log(200), count))
    scatter = 0.01 * rng.standard_t(4, count)
    loss = (1.8172 + 482.01 / N**0.3478 + 2085.43 / D**0.3658) * np.exp(scatter)
    table = from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "SIMULATED", "simulated")
    return bind(bayesfit.load_law(LAW), table)


# ----------------------------------------------------------------------------------------------

JOBS: dict[str, Callable[[int], dict]] = {
    "mle_ours": mle_ours,
    "mle_ours_to_the_end": mle_ours_to_the_end,
    "mle_lbfgsb": mle_scipy,
    "mle_lbfgsb_tight": partial(mle_scipy, tight=True),
    "mle_bfgs": partial(mle_scipy, method="BFGS"),
    "mle_bfgs_tight": partial(mle_scipy, method="BFGS", tight=True),
    "mle_finite_differences": partial(mle_scipy, gradient="finite"),
    "mle_chinchilla": mle_chinchilla,
    "mle_optimistix": mle_optimistix,
    "bootstrap_ours": bootstrap_ours,
    "bootstrap_autograd": bootstrap_scipy,
    "bootstrap_hand": partial(bootstrap_scipy, gradient="hand"),
    "nuts_ours": nuts_ours,
    "nuts_numpyro_vectorized": partial(nuts_numpyro, chain_method="vectorized"),
    "nuts_numpyro_sequential": partial(nuts_numpyro, chain_method="sequential"),
    "nuts_nutpie": nuts_nutpie,
} | {f"scaling_{runs}": partial(scaling, runs=runs) for runs in (10**k for k in range(2, 7))}


def _plain(x: Any) -> Any:
    if isinstance(x, np.generic | np.ndarray):
        return x.tolist()
    raise TypeError(f"a job returned a {type(x).__name__}")


if __name__ == "__main__":
    facts = JOBS[sys.argv[1]](FEWER if "--quick" in sys.argv else 1)
    print(json.dumps(facts, default=_plain))
