"""How good a probabilistic forecast was, once the outcome is known.

Coverage says whether bands hold; the continuous ranked probability score and the log score also
reward sharpness, and are least for the true distribution (Gneiting & Raftery 2007). All are of log
loss, so 0.01 is about 1 % of the loss.
"""

from __future__ import annotations

import numpy as np

LEVELS = (50, 80, 95)


def crps(draws: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score (points,) of draws (draws, points); less is better."""
    ordered = np.sort(draws, axis=0)
    count = len(ordered)
    weights = 2.0 * np.arange(1, count + 1) - count - 1
    spread = weights @ ordered / count**2
    return np.abs(draws - outcome[None]).mean(0) - spread


def log_score(draws: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Log density of the outcome (points,) under a kernel estimate of the draws; more is better.

    Silverman's bandwidth on a robust scale, and a Student-t kernel of 4 degrees of freedom, so an
    outcome far from all draws is punished, and not without limit.
    """
    low, high = np.quantile(draws, [0.25, 0.75], axis=0)
    scale = np.maximum(np.minimum(draws.std(0), (high - low) / 1.349), 1e-6)
    width = 0.9 * scale * len(draws) ** -0.2
    z = (draws - outcome[None]) / width[None]
    kernel = 0.375 * (1 + z**2 / 4) ** -2.5  # Student-t, 4 degrees of freedom
    return np.log(kernel.mean(0) / width)


def inside(draws: np.ndarray, outcome: np.ndarray) -> dict[int, np.ndarray]:
    """Whether each outcome lies in the central 50, 80 and 95 % of its draws (points,)."""
    ends = {level: ((100 - level) / 200, (100 + level) / 200) for level in LEVELS}
    bounds = {level: np.quantile(draws, pair, axis=0) for level, pair in ends.items()}
    return {level: (low <= outcome) & (outcome <= high) for level, (low, high) in bounds.items()}


def table(draws: np.ndarray, outcome: np.ndarray) -> dict[str, np.ndarray]:
    """All scores of each point: inside50/80/95, width95, error (median - outcome), crps, log, pit.

    `pit` is the share of draws below the outcome: even over points if the forecast is calibrated.
    """
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975], axis=0)
    return {f"inside{level}": hit for level, hit in inside(draws, outcome).items()} | dict(
        width95=high - low,
        error=middle - outcome,
        crps=crps(draws, outcome),
        log_score=log_score(draws, outcome),
        pit=(draws < outcome[None]).mean(0),
    )


def summary(scored: dict[str, np.ndarray]) -> dict[str, float]:
    """Averages over points; the width is a median, `bias` signed, `are` the mean absolute error."""
    covered = {f"coverage{level}": float(np.mean(scored[f"inside{level}"])) for level in LEVELS}
    return covered | dict(
        width95=float(np.median(scored["width95"])),
        bias=float(np.mean(scored["error"])),
        are=float(np.mean(np.abs(np.expm1(scored["error"])))),
        crps=float(np.mean(scored["crps"])),
        log_score=float(np.mean(scored["log_score"])),
    )
