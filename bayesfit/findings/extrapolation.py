"""How fits to the smaller runs predicted the larger ones: bias, and whether bands held."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.extrapolation import backtest
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import percent
from bayesfit.prediction import shortfall

NO_BIAS = 0.005  # share of the improvement below which an expected miss is none
LEVELS = (0.80, 0.95)


def applies(fit: Fit) -> bool:
    """Whether the law has one surface of the loss, which such fits can be asked about."""
    return shortfall.applies(fit.law)


def look(fit: Fit) -> Iterator[Finding]:
    """One finding: what is expected beyond the data, and how the refits did."""
    scored, expected = fit.holdouts, _expected(fit)
    if scored.empty:
        advice = (
            "There are no refits on the smaller runs: either none were asked for, or the table is "
            "too small. How bands hold beyond the data has not been measured."
        )
        yield Finding("REVIEW", "extrapolation", expected, advice)
        return
    ours = backtest.summary(scored).iloc[0]
    inside80, inside95 = (percent(ours[f"coverage{level}"]) for level in (80, 95))
    found = (
        f"{expected} In {len(fit.refits)} refits on the smaller runs, {inside80} of {len(scored)} "
        f"held-out losses fell inside their 80 % band and {inside95} inside the 95 % band."
    )
    # Two binomial standard errors: fewer hits than that are not bad luck.
    slack = {p: 2 * (p * (1 - p) / len(scored)) ** 0.5 for p in LEVELS}
    if all(ours[f"coverage{100 * p:.0f}"] >= p - slack[p] for p in LEVELS):
        yield Finding("PASS", "extrapolation", found)
        return
    advice = (
        "Read the bands beyond the data as too narrow, or extrapolate with a law whose bands held "
        "better (`bayesfit backtest`)."
    )
    yield Finding("REVIEW", "extrapolation", found, advice)


def _expected(fit: Fit) -> str:
    """What is expected of the law beyond the data, and where that was learned."""
    if fit.kappa is None:
        return (
            "The bands assume that the law holds beyond the data as it does within "
            "(--shortfall none)."
        )
    own = fit.refits and fit.shortfall == "inner"
    learned = f"{len(fit.refits)} fits to the smaller runs" if own else "public sweeps alone"
    return (
        f"{_in_words(fit.kappa.mean)} (kappa = {fit.kappa.mean:.2f} +- {fit.kappa.sd:.2f}, learned "
        f"from {learned}); the bands of the loss include it."
    )


def _in_words(kappa: float) -> str:
    """What kappa says: the real improvement is 1 + kappa times that of the law."""
    if kappa <= -1:
        return "Beyond the data losses are expected to rise where those of the law fall"
    if abs(kappa) < NO_BIAS:
        return "Beyond the data losses are expected to improve as the law has it, on average"
    more = "more" if kappa > 0 else "less"
    return (
        f"Beyond the data losses are expected to improve {percent(abs(kappa))} {more} than the law "
        "has it"
    )


check = Check(look=look, applies=applies, order=140)
