"""Coverage of the intervals that a user reads, on tables simulated from published truths.

    python -m benchmarks.calibration.coverage                120 tables for each kind of scatter
    python -m benchmarks.calibration.coverage --tables 500

The truth is the surface of Besiroglu et al. 2024 (arXiv:2404.10102) at runs spaced like those of
Hoffmann et al. 2022: nine budgets, each with sizes around its optimum. Scatter of log loss is

* t: Student-t with 4 degrees of freedom, the family that the fit assumes;
* graded: the same, wider where tokens are few and narrower as C grows;
* outliers: t, and 5 % of the runs end 2 to 15 % too high, as diverged or broken runs do.

Each table is fitted as `bayesfit.fit` does by default, with fewer draws, and its posterior and
pairs-bootstrap intervals are asked whether they hold the truth. Nothing here is out of the law's
reach: how bands fare where no law is true is what `bayesfit backtest` measures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, from_frame
from bayesfit.fitted import Fit
from bayesfit.fitting import fit
from bayesfit.inference import devices
from bayesfit.models import load as load_law
from bayesfit.prediction.optimum import optima
from benchmarks.calibration import drawing, record

LEVELS = (0.50, 0.80, 0.95)
BUDGET = 1e25  # FLOPs at which N* is asked for
SIGMA = 0.006  # log loss; that of the 240 digitised runs is .005
FITS: dict[str, dict[str, Any]] = dict(  # likelihood of the posterior -> how `fit` is asked
    student_t=dict(bootstrap=400, chains=8, draws=200),
    graded_t=dict(bootstrap=50, chains=8, draws=200),  # its bootstrap is the same, so not looked at
)
TRUTH = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
Scatter = Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]


def design() -> tuple[np.ndarray, np.ndarray]:
    """N and D of 72 runs: 8 sizes, a fifth to four times the optimum's, at each of nine budgets."""
    budgets = np.array([6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21])
    best = optimal_size(budgets)[:, None]
    N = (best * np.geomspace(0.2, 4.0, 8)[None]).ravel()
    return N, np.repeat(budgets, 8) / (6 * N)


def optimal_size(budgets: np.ndarray) -> np.ndarray:
    """N* of the true surface."""
    law = load_law("chinchilla_approach3")
    return optima(law, {name: np.array([x]) for name, x in TRUTH.items()}, budgets)["N"][0]


def t(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Scatter of the family that the fit assumes."""
    return SIGMA * rng.standard_t(4, len(N))


def graded(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Scale x 1.4 for each halving of D/N below 20, and x 0.75 for each decade of C above 1e20."""
    starved = np.maximum(0.0, np.log2(20 * N / D))
    return t(rng, N, D) * 1.4**starved * 0.75 ** np.log10(6 * N * D / 1e20)


def outliers(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Each run is one that went wrong with probability .05."""
    wrong = rng.uniform(size=len(N)) < 0.05
    return t(rng, N, D) + wrong * rng.uniform(0.02, 0.15, len(N))


KINDS: dict[str, Scatter] = dict(t=t, graded=graded, outliers=outliers)


def table(kind: Scatter, seed: int) -> Runs:
    """One simulated sweep."""
    rng = np.random.default_rng(seed)
    N, D = design()
    surface = TRUTH["E"] + TRUTH["A"] / N ** TRUTH["alpha"] + TRUTH["B"] / D ** TRUTH["beta"]
    loss = surface * np.exp(kind(rng, N, D))
    return from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "simulated", simulated=True)


def truths() -> dict[str, float]:
    """What the intervals should hold."""
    a = TRUTH["beta"] / (TRUTH["alpha"] + TRUTH["beta"])
    return {name: TRUTH[name] for name in ("alpha", "beta", "E")} | dict(
        a=a, log_N=float(np.log(optimal_size(np.array([BUDGET]))[0]))
    )


def ways(fitted: dict[str, Fit]) -> dict[str, dict[str, np.ndarray]]:
    """Draws of the quantities by each way to intervals."""
    plain = fitted["student_t"]
    flat = {"posterior": plain.posterior.flat, "bootstrap": plain.bootstrap.flat}
    flat["posterior, graded_t"] = fitted["graded_t"].posterior.flat
    return {way: _quantities(plain, values) for way, values in flat.items()}


def _quantities(fitted: Fit, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = [name for name in truths() if name in values]
    N = optima(fitted.law, values, [BUDGET])["N"][:, 0]
    return {name: values[name] for name in names} | dict(log_N=np.log(N))


def judged(draws: np.ndarray, truth: float) -> dict[str, float]:
    """Whether the interval at each level holds the truth, and how wide the last one is."""
    hits = {}
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        hits[f"{level:.2f}"] = float(low <= truth <= high)
    return hits | dict(width95=float(high - low))


def cover(kind: Scatter, tables: int, seed: int, tell) -> dict[str, dict[str, dict[str, float]]]:
    """way -> quantity -> coverage at each level and mean width, over simulated tables."""
    seen, right = {}, truths()
    for i in range(tables):
        runs = table(kind, seed + i)  # the fit keeps its seed: another would compile anew
        fitted = {name: _fitted(runs, name, settings) for name, settings in FITS.items()}
        for way, values in ways(fitted).items():
            for name, draws in values.items():
                seen.setdefault((way, name), []).append(judged(draws, right[name]))
        if (i + 1) % 20 == 0:
            tell(i + 1)
    found: dict = {}
    for (way, name), rows in seen.items():
        found.setdefault(way, {})[name] = pd.DataFrame(rows).mean().round(4).to_dict()
    return found


def _fitted(runs: Runs, likelihood: str, settings: dict[str, Any]) -> Fit:
    asked = dict(likelihood=likelihood, refits=False)
    return fit("chinchilla_approach3", runs, **asked, **settings)


def main() -> None:
    """Cover every kind of scatter; write the numbers and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    devices.choose(None)
    report = {}
    for name, kind in KINDS.items():
        begin = perf_counter()
        found = cover(kind, asked.tables, asked.seed, record.progress(name))
        report[name] = dict(coverage=found, seconds=round(perf_counter() - begin, 1))
        print(name, report[name]["seconds"], "s")
        for way, quantities in found.items():
            print(pd.DataFrame(quantities).T.assign(way=way).to_string(), flush=True)
    setting = vars(asked) | dict(truth=TRUTH, budget=BUDGET, sigma=SIGMA, fits=FITS)
    figure = drawing.coverages({k: v["coverage"] for k, v in report.items()}, asked.tables)
    record.write("coverage", setting, report, figure)


if __name__ == "__main__":
    main()
