"""Besiroglu et al. 2024: the replication of Chinchilla's approach 3, on the digitised runs.

The printed point is that of least absolute deviations (Huber's threshold towards zero), the
authors' notebook has the point of a threshold of .001. Standard errors are on the paper's own
resamples: numpy's legacy generator at seed 42.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm
from scipy.stats import t as student_t

import bayesfit
from bayesfit.inference import mle
from bayesfit.inference.mle import DELTA
from bayesfit.problem import described_law
from benchmarks.reproductions.fits import RESAMPLES, Fitted, response
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import built_in

CITATION = "Besiroglu et al. 2024, arXiv:2404.10102"
LAW = "chinchilla_approach3"
DATA = "chinchilla, 240 digitised runs"
NAMES = ("E", "A", "B", "alpha", "beta")
NOTEBOOK = dict(E="1.81724", A="477.84", B="2143.86", alpha="0.347313", beta="0.367183")
TABLE_1 = dict(E="1.8172", A="482.01", B="2085.43", alpha="0.3478", beta="0.3658")
NOTEBOOK_ERRORS = dict(E="0.0257", A="124.5", B="1293.3", alpha="0.0154", beta="0.0206")
INTERVALS = dict(A=("285.2", "743.6"), B=("1042", "5810"), E=("1.769", "1.871"),
                 alpha=("0.317", "0.373"), beta=("0.331", "0.415"))  # fmt: skip
P_VALUES = dict(A="0.54", B="0.20", E="2.7e-6", alpha="0.58", beta="1.1e-4")
OUTLIERS = dict(E="1.89", A="463", B="12530", alpha="0.345", beta="0.452")


def theirs(count: int = 4000) -> np.ndarray:
    """The paper's resamples: how often each of 240 runs is drawn (count, 240)."""
    legacy = np.random.RandomState(42)
    picks = (legacy.choice(240, size=240, replace=True) for _ in range(count))
    return np.stack([np.bincount(p, minlength=240) for p in picks]).astype(float)


@cache
def fitted() -> Fitted:
    """The estimate, and those of the paper's resamples."""
    return Fitted(LAW, built_in("chinchilla"), resamples=theirs())


@cache
def absolute() -> dict[str, float]:
    """The point of least absolute deviations."""
    found = fitted()
    best = mle.minimise(found.bound, found.q[None], delta=1e-8).best()
    return {name: float(x[0]) for name, x in described_law(found.bound, best.q[None]).items()}


def estimates() -> Iterator[Row]:
    """The two points, and the objective."""
    found = fitted()
    yield Row("notebook", "least sum of Huber losses, 240 runs", "1.01827403e-3", found.objective,
              DATA)  # fmt: skip
    for name in NAMES:
        yield Row("notebook", f"{name}, Huber's threshold .001", NOTEBOOK[name], found.at(name),
                  DATA)  # fmt: skip
    for name in (*NAMES, "a"):
        printed = dict(TABLE_1, a="0.5126")[name]
        yield Row("table 1", f"{name}, least absolute deviations", printed, absolute()[name], DATA)


def resampled() -> Iterator[Row]:
    """Standard errors, intervals, and what they say of a."""
    draws = fitted().draws
    for name in NAMES:
        error = float(draws[name].std(ddof=1))
        yield Row("notebook", f"standard error of {name}", NOTEBOOK_ERRORS[name], error, DATA)
        for side, end, quantile in zip(("low", "high"), INTERVALS[name], (0.025, 0.975),
                                       strict=True):  # fmt: skip
            yield Row(
                "text",
                f"{side} end of the 95 % interval of {name}",
                end,
                float(np.quantile(draws[name], quantile)),
                DATA,
                why="ours is a quantile of the same resamples, all of which converged",
            )
    low, high = np.quantile(draws["a"], [0.1, 0.9])
    yield Row("text", "width of the 80 % interval of a", "0.051", high - low, DATA)
    yield Row(
        "text",
        "runs for an 80 % interval of a .001 wide",
        "634773",
        240 * ((high - low) / 0.001) ** 2,
        DATA,
    )
    yield Row("text", "standard error of a", "0.020", float(draws["a"].std()), DATA)  # fmt: skip


def against_hoffmann() -> Iterator[Row]:
    """Two-sided p of each of Hoffmann et al.'s constants, and chi-squared of all five."""
    draws, own = fitted().draws, absolute()
    hoffmann = bayesfit.load_law(LAW).published[0].values
    for name in NAMES:
        apart = (hoffmann[name] - own[name]) / draws[name].std(ddof=1)
        p = 2 * student_t.sf(abs(apart), 240 - len(NAMES))
        yield Row("notebook", f"p of Hoffmann et al.'s {name}", P_VALUES[name], float(p), DATA)

    printed = bayesfit.load_law(LAW).published[1].values
    yield Row("notebook", "chi-squared of all five, in logs of A, B and E", "238.4",
              distance(hoffmann, own, draws), DATA, why="it hangs on digits that are not printed: "
              f"{distance(hoffmann, printed, draws):.0f} by the constants of table 1")  # fmt: skip


def distance(one, other, draws) -> float:
    """Chi-squared of five constants against five others, by the covariance of the resamples."""

    def plain(values):
        return np.array([np.log(values[x]) if x in "ABE" else values[x] for x in NAMES])

    apart = plain(one) - plain(other)
    return float(apart @ np.linalg.solve(np.cov(plain(draws)), apart))


def log_likelihood(values, runs) -> float:
    """The paper's: density exp(-Huber) of log residuals over a scale, at the best scale."""
    law = bayesfit.load_law(LAW)
    one = {name: np.array([x]) for name, x in values.items()}
    r = np.log(response(law, one, dict(N=runs["N"], D=runs["D"]))[0] / runs["loss"])
    norm_ = np.sqrt(2 * np.pi) * (1 - 2 * norm.cdf(-DELTA)) + 2 * np.exp(-(DELTA**2) / 2) / DELTA

    def missed(log_scale):
        scaled = r / np.exp(log_scale)
        loss = np.asarray(mle.huber(scaled, DELTA)).sum()
        return loss + len(r) * (log_scale + np.log(norm_))

    return -float(minimize_scalar(missed, bounds=(-20, 0), method="bounded",
                                  options=dict(xatol=1e-10)).fun)  # fmt: skip


def likelihoods() -> Iterator[Row]:
    """Log likelihood of three sets of constants, without and with the five outliers."""
    printed = dict(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)  # as Hoffmann et al. print
    unrounded = dict(bayesfit.load_law(LAW).published[0].values)
    sets = {"Hoffmann et al., rounded": printed, "Hoffmann et al., unrounded": unrounded,
            "the refit to 240": absolute()}  # fmt: skip
    runs, every = built_in("chinchilla"), built_in("chinchilla", all_runs=True)
    for table, figures in ((runs, ("562.25", "837.78", "879.77")),
                           (every, ("531.89", "714.43", "757.80"))):  # fmt: skip
        for (name, values), figure in zip(sets.items(), figures, strict=True):
            yield Row("notebook", f"log likelihood of {len(table)} runs, {name}", figure,
                      log_likelihood(values, table), f"chinchilla, {len(table)} runs")  # fmt: skip
    ratio = 2 * (log_likelihood(absolute(), runs) - log_likelihood(unrounded, runs))
    yield Row("notebook", "likelihood ratio of the refit over Hoffmann et al.", "84.0", ratio, DATA)
    yield Row("notebook", "its p, by chi-squared of five", "1.2e-16", float(chi2.sf(ratio, 5)),
              DATA)  # fmt: skip


def outliers() -> Iterator[Row]:
    """With the five runs of highest loss."""
    found = Fitted(LAW, built_in("chinchilla", all_runs=True), resamples=RESAMPLES)
    for name in NAMES:
        yield Row("table 3", f"{name} with the five outliers", OUTLIERS[name],
                  data="chinchilla, 245 digitised runs", **found.row(name))  # fmt: skip


PARTS = (estimates, resampled, against_hoffmann, likelihoods, outliers)
