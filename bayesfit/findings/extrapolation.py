"""How fits to the smaller runs predicted the larger ones: bias, and whether bands held."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.extrapolation import backtest, refits
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

LEVELS = (0.80, 0.95)


def applies(fit: Fit) -> bool:
    """Whether the law has one surface of the loss, which such fits can be asked about."""
    return refits.applies(fit.law)


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
    """What the bands take the law to be off by."""
    if fit.likelihood.bend is None:
        return "The bands assume that the law holds beyond the data as it does within."
    return (
        f"The bands take {fit.law.name} to be off by {percent(fit.law.misfit)} of the loss, which "
        "is what public sweeps say of it, in a way that changes smoothly with compute and tokens "
        "per parameter."
    )


check = Check(look=look, applies=applies, order=140)
