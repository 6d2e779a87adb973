"""Does the recommended size lose less than the plug-in and than 20 tokens per parameter?

    make decisions

Truths are drawn from the posterior of a fit to a built-in table, law and misfit together, so that
each is a surface with a known best size. A table is SIMULATED from each on the same design with the
fit's own scatter, fitted as shipped, and asked what a budget should build. What counts is the loss
of that size on the true surface, over the lowest there is. Rules are compared truth by truth; the
standard error is that of the mean difference to the recommended size.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from rich.console import Console

import bayesfit
from bayesfit.bands import band
from bayesfit.data.runs import from_frame
from bayesfit.inference import devices
from bayesfit.prediction.decision import decide
from bayesfit.prediction.optimum import loss_of_size, optima
from bayesfit.prediction.surface import log_observed, log_surface

QUICK = dict(bootstrap=0, refits=False, chains=4, draws=200, starts=32)
BEST, MEDIAN, PLUG_IN, POPULAR = "least expected loss", "median N*", "N* of the MLE", "20 to 1"


def truths(fit, count: int, seed: int) -> dict[str, np.ndarray]:
    """Draws of the posterior, one a truth."""
    _, values = fit.drawn()
    chosen = np.random.default_rng(seed).choice(len(next(iter(values.values()))), count, False)
    return {name: np.asarray(x)[chosen] for name, x in values.items()}


def tables(fit, truth: dict[str, np.ndarray], seed: int) -> np.ndarray:
    """Losses of the runs of the fit, observed under each truth (truths, runs)."""
    law, _ = fit.drawn()
    columns = fit.problem.inputs(fit.runs)
    surface = log_surface(law, truth, columns)
    return np.exp(log_observed(fit.problem, truth, surface, columns, seed))


def built(fit, C: float) -> dict[str, float]:
    """The size that each rule builds."""
    decision = decide(*fit.drawn(), C)
    estimate = {name: np.asarray(x)[None] for name, x in fit.estimate.items()}
    return {
        BEST: decision.size,
        MEDIAN: float(band(decision.best_N)["median"]),
        PLUG_IN: float(optima(fit.law, estimate, C)["N"][0, 0]),
        POPULAR: (C / 120) ** 0.5,
    }


def regrets(law_name: str, data: str, C: float, count: int, console: Console) -> pd.DataFrame:
    """Excess loss of each rule, one row a truth, as a share of the lowest loss."""
    runs = bayesfit.load(data)
    fit = bayesfit.fit(law_name, runs, bootstrap=0, refits=False)
    law, _ = fit.drawn()
    truth = truths(fit, count, seed=1)
    losses = tables(fit, truth, seed=2)
    rows = []
    for i in range(count):
        p = {name: x[i : i + 1] for name, x in truth.items()}
        lowest = optima(law, p, C)["loss"][0, 0]
        if not np.isfinite(lowest):
            continue
        frame = pd.DataFrame(dict(N=fit.runs["N"], D=fit.runs["D"], loss=losses[i]))
        table = from_frame(frame, f"SIMULATED {i}", "simulated")
        sizes = built(bayesfit.fit(law_name, table, seed=i, **QUICK), C)
        paid = {name: loss_of_size(law, p, [N], [C])[0, 0] for name, N in sizes.items()}
        lowest = min(lowest, *paid.values())
        rows.append({name: x / lowest - 1 for name, x in paid.items()})
        console.print(f"{law_name} on {data}, {C:g}: {i + 1} of {count}", style="dim")
    return pd.DataFrame(rows)


def line(found: pd.DataFrame) -> pd.DataFrame:
    """Mean regret of each rule, and how much more than the recommended size it is."""
    more = found.sub(found[BEST], axis=0)
    return pd.DataFrame(
        dict(
            mean=100 * found.mean(),
            more=100 * more.mean(),
            error=100 * more.std() / np.sqrt(len(found)),
            worst=100 * found.max(),
            truths=len(found),
        )
    )


def main() -> None:
    """Every case, printed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--truths", type=int, default=200)
    count = parser.parse_args().truths
    devices.choose(None)
    console = Console(highlight=False, width=120)
    for law_name, data, C in (
        ("kaplan_chinchilla", "pile", 1e24),
        ("chinchilla_approach3", "pile", 1e24),
    ):
        found = regrets(law_name, data, C, count, console)
        console.print(f"{law_name} on {data}, {C:g} FLOPs: regret in per cent of the lowest loss")
        console.print(line(found).round(4).to_string())


if __name__ == "__main__":
    main()
