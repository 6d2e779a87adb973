"""Rank statistics: where the truth falls among posterior draws, and whether that is uniform.

If theta is drawn from the prior, a table simulated from it, and the posterior of that table drawn
from, then the rank of theta among its posterior draws is uniform, whatever the law (Cook, Gelman &
Rubin 2006; Talts et al. 2018, arXiv:1804.06788). Ranks that pile up at both ends mean a posterior
that is too narrow, ranks that pile up in the middle one that is too wide, a slope a bias.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

NULL_SETS = 10_000  # uniform sets of ranks that the ECDF test is compared with
BINS = 20


def rank(truth: float, draws: np.ndarray) -> int:
    """How many of the draws are below the truth: 0 ... len(draws)."""
    return int(np.sum(draws < truth))


def uniformity(ranks: np.ndarray, kept: int, seed: int = 0) -> dict[str, float]:
    """p-values of four tests that ranks are uniform on 0 ... kept.

    `ecdf` sees any departure, `chi_square` a lumpy one, `location` a bias, `spread` a posterior
    that is too narrow or too wide. The last two are exact far out in their tails.
    """
    counts = np.histogram(ranks, BINS, (-0.5, kept + 0.5))[0]
    null = least_likely(uniform_ranks(len(ranks), kept), kept)
    seen = least_likely(ranks[None], kept)[0]
    return dict(
        ecdf=float((1 + np.sum(null <= seen)) / (1 + len(null))),
        chi_square=float(stats.chisquare(counts).pvalue),
        location=location(ranks, kept, seed),
        spread=spread(ranks, kept, seed),
    )


def scores(ranks: np.ndarray, kept: int, seed: int = 0) -> np.ndarray:
    """Normal scores; a rank with a uniform jitter is exactly uniform, so its score is normal."""
    jitter = np.random.default_rng(seed).uniform(size=len(ranks))
    return stats.norm.ppf((ranks + jitter) / (kept + 1))


def location(ranks: np.ndarray, kept: int, seed: int = 0) -> float:
    """p-value of the mean of the scores, two-sided."""
    return float(2 * stats.norm.sf(abs(scores(ranks, kept, seed).mean()) * len(ranks) ** 0.5))


def spread(ranks: np.ndarray, kept: int, seed: int = 0) -> float:
    """p-value of the sum of their squares (Cook, Gelman & Rubin 2006, eq. 1), two-sided."""
    total, law = np.sum(scores(ranks, kept, seed) ** 2), stats.chi2(len(ranks))
    return float(2 * min(law.cdf(total), law.sf(total)))


def uniform_ranks(tables: int, kept: int) -> np.ndarray:
    """Ranks as they are when all is well (NULL_SETS, tables)."""
    return np.random.default_rng(0).integers(0, kept + 1, (NULL_SETS, tables))


def ecdf(ranks: np.ndarray, kept: int) -> np.ndarray:
    """How many ranks are at most 0, 1, ... kept - 1, along the last axis (sets, kept)."""
    return np.stack([np.bincount(x, minlength=kept + 1).cumsum()[:-1] for x in ranks])


def least_likely(ranks: np.ndarray, kept: int) -> np.ndarray:
    """The smallest two-sided binomial tail along each ECDF (Säilynoja et al. 2022, eq. 7)."""
    tables, at = ranks.shape[-1], np.arange(1, kept + 1) / (kept + 1)
    count = np.arange(tables + 1)[:, None]
    lower = stats.binom.cdf(count, tables, at[None])  # tabled: every ECDF takes these values
    upper = stats.binom.sf(count - 1, tables, at[None])
    tails = 2 * np.minimum(lower, upper)
    return tails[ecdf(ranks, kept), np.arange(kept)].min(-1)


def simultaneous_band(tables: int, kept: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Between which ends a whole ECDF of uniform ranks stays, at `level` (Säilynoja et al. 2022).

    Returns:
        Lower and upper share of ranks at most 0, 1, ... kept - 1.
    """
    gamma = np.quantile(least_likely(uniform_ranks(tables, kept), kept), 1 - level)
    at = np.arange(1, kept + 1) / (kept + 1)
    low, high = (stats.binom.ppf(p, tables, at) / tables for p in (gamma / 2, 1 - gamma / 2))
    return low, high
