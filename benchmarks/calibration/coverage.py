"""Coverage of the intervals that a user reads, on tables simulated from known truths.

    python -m benchmarks.calibration.coverage                60 tables for each case
    python -m benchmarks.calibration.coverage --tables 500

Three cases have the surface of Besiroglu et al. 2024 (arXiv:2404.10102) at runs spaced like those
of Hoffmann et al. 2022: nine budgets, each with sizes around its optimum. Their log loss scatters
by

* t: Student-t with 4 degrees of freedom;
* graded: the same, wider where tokens are few and narrower as C grows;
* outliers: t, and 5 % of the runs end 2 to 15 % too high, as diverged or broken runs do.

The fourth, pile, is the estimate of `kaplan_chinchilla` on the built-in table, at its own runs: few
of them, on few rays, so that the priors have a say.

Each table is fitted by `bayesfit.fit`, with fewer draws: under the likelihood that is shipped,
which doubts the law, and under one that believes it. Their posteriors and the pairs bootstrap are
asked whether their intervals hold the truth. Nothing here is out of the law's reach, so that the
doubt is for nothing: its price is the width beside the coverage. How bands fare where no law is
true is what `make bands` measures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, from_frame
from bayesfit.datasets import load as load_table
from bayesfit.fitted import Fit
from bayesfit.fitting import fit
from bayesfit.inference import devices
from bayesfit.law import Law, View
from bayesfit.models import load as load_law
from bayesfit.prediction.optimum import loss_of_size, optima
from benchmarks.calibration import drawing, record

LEVELS = (0.50, 0.80, 0.95)
BUDGET = 1e25  # FLOPs at which N*, D* and the loss are asked for
SIGMA = 0.006  # log loss; that of the 240 digitised runs is .005
SHIPPED, BELIEVED, BOOTSTRAP = drawing.WAYS
FITS: dict[str, dict[str, Any]] = {  # how `fit` is asked by each way
    SHIPPED: dict(bootstrap=50, chains=8, draws=100),  # its bootstrap is not looked at
    BELIEVED: dict(likelihood="student_t", bootstrap=400, chains=8, draws=200),
}
BESIROGLU = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
Scatter = Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """A law that is true, and the runs at which it is seen.

    Attributes:
        law: name.
        truth: its parameters.
        N, D: of the runs.
        scatter: ``(rng, N, D) -> errors of log loss``.
    """

    law: str
    truth: Mapping[str, float]
    N: np.ndarray
    D: np.ndarray
    scatter: Scatter

    def table(self, seed: int) -> Runs:
        """One simulated sweep."""
        rng = np.random.default_rng(seed)
        surface = load_law(self.law).log_loss(View(**self.truth), View(N=self.N, D=self.D))
        loss = np.exp(np.asarray(surface) + self.scatter(rng, self.N, self.D))
        frame = pd.DataFrame(dict(N=self.N, D=self.D, loss=loss))
        return from_frame(frame, "simulated", simulated=True)

    @cached_property
    def right(self) -> dict[str, float]:
        """What the intervals should hold."""
        values = {name: np.array([x]) for name, x in self.truth.items()}
        law = load_law(self.law)
        values |= {n: np.asarray(x) for n, x in law.derived(View(**values)).items()}
        best = {name: float(x[0, 0]) for name, x in optima(law, values, [BUDGET]).items()}
        return {name: float(values[name][0]) for name in ("alpha", "beta", "E", "a")} | {
            f"log_{name}": float(np.log(best[name])) for name in ("N", "D", "loss")
        }

    def quantities(self, law: Law, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Draws of the same; the loss is that of building the right size."""
        best = optima(law, values, [BUDGET])
        loss = loss_of_size(law, values, [np.exp(self.right["log_N"])], [BUDGET])
        with np.errstate(divide="ignore"):  # a refit at a bound wants no parameters at all
            logs = dict(log_N=best["N"], log_D=best["D"], log_loss=loss)
            logs = {name: np.log(x[:, 0]) for name, x in logs.items()}
        return {name: values[name] for name in self.right if name in values} | logs


def t(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Scatter of one scale."""
    return SIGMA * rng.standard_t(4, len(N))


def graded(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Scale x 1.4 for each halving of D/N below 20, and x 0.75 for each decade of C above 1e20."""
    starved = np.maximum(0.0, np.log2(20 * N / D))
    return t(rng, N, D) * 1.4**starved * 0.75 ** np.log10(6 * N * D / 1e20)


def outliers(rng: np.random.Generator, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """Each run is one that went wrong with probability .05."""
    wrong = rng.uniform(size=len(N)) < 0.05
    return t(rng, N, D) + wrong * rng.uniform(0.02, 0.15, len(N))


def hoffmann(scatter: Scatter) -> Case:
    """72 runs: 8 sizes, a fifth to four times the optimum's, at each of nine budgets."""
    budgets = np.array([6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21])
    values = {name: np.array([x]) for name, x in BESIROGLU.items()}
    best = optima(load_law("chinchilla_approach3"), values, budgets)["N"][0]
    N = (best[:, None] * np.geomspace(0.2, 4.0, 8)[None]).ravel()
    return Case("chinchilla_approach3", BESIROGLU, N, np.repeat(budgets, 8) / (6 * N), scatter)


def pile() -> Case:
    """The runs of the built-in table, and the MLE of `kaplan_chinchilla` on them."""
    runs = load_table("pile")
    found = fit("kaplan_chinchilla", runs, bootstrap=0, refits=False, chains=4, draws=50)
    truth = {name: float(found.estimate[name]) for name in ("E", "A", "B", "alpha", "beta", "q")}
    return Case("kaplan_chinchilla", truth, runs["N"], runs["D"], t)


CASES: dict[str, Callable[[], Case]] = dict(
    t=lambda: hoffmann(t),
    graded=lambda: hoffmann(graded),
    outliers=lambda: hoffmann(outliers),
    pile=pile,
)


def ways(case: Case, runs: Runs) -> dict[str, dict[str, np.ndarray]]:
    """Draws of the quantities by each way to intervals."""
    fits = {way: fit(case.law, runs, refits=False, **asked) for way, asked in FITS.items()}
    plain: Fit = fits[BELIEVED]
    assert plain.bootstrap is not None
    drawn = {way: found.drawn(None) for way, found in fits.items()}
    drawn[BOOTSTRAP] = (plain.law, plain.bootstrap.flat)
    return {way: case.quantities(*each) for way, each in drawn.items()}


def judged(draws: np.ndarray, truth: float) -> dict[str, float]:
    """Whether the interval at each level holds the truth, and how wide the last one is."""
    hits = {}
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        hits[f"{level:.2f}"] = float(low <= truth <= high)
    return hits | dict(width95=float(high - low))


def cover(case: Case, tables: int, seed: int, tell) -> dict[str, dict[str, dict[str, float]]]:
    """way -> quantity -> coverage at each level and mean width, over simulated tables."""
    seen: dict = {}
    for i in range(tables):  # the fit keeps its seed: another would compile anew
        for way, values in ways(case, case.table(seed + i)).items():
            for name, draws in values.items():
                seen.setdefault((way, name), []).append(judged(draws, case.right[name]))
        if (i + 1) % 20 == 0:
            tell(i + 1)
    found: dict = {}
    for (way, name), rows in seen.items():
        found.setdefault(way, {})[name] = pd.DataFrame(rows).mean().round(4).to_dict()
    return found


def main() -> None:
    """Cover every case; write the numbers and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    devices.choose(None)
    report = {}
    for name, make in CASES.items():
        begin, case = perf_counter(), make()
        found = cover(case, asked.tables, asked.seed, record.progress(name))
        report[name] = dict(
            law=case.law,
            truth=dict(case.truth),
            coverage=found,
            seconds=round(perf_counter() - begin, 1),
        )
        print(name, report[name]["seconds"], "s")
        for way, quantities in found.items():
            print(pd.DataFrame(quantities).T.assign(way=way).to_string(), flush=True)
    setting = vars(asked) | dict(budget=BUDGET, sigma=SIGMA, fits=FITS)
    figure = drawing.coverages({k: v["coverage"] for k, v in report.items()}, asked.tables)
    record.write("coverage", setting, report, figure)


if __name__ == "__main__":
    main()
