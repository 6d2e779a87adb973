"""How fits to the smaller runs predicted the larger ones: bias, and whether bands held."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.constants import NORMAL_80
from bayesfit.extrapolation import backtest, measured, refits
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import flops, percent

LEVELS = (0.80, 0.95)


def applies(fit: Fit) -> bool:
    """Whether the law has one surface of the loss, which such fits can be asked about."""
    return refits.applies(fit.law)


def look(fit: Fit) -> Iterator[Finding]:
    """What is expected beyond the data, and how the refits did; and whether it is too sure."""
    yield from _too_sure(fit)
    scored, expected = fit.holdouts, _expected(fit)
    if scored.empty:
        advice = (
            "There are no refits on the smaller runs: none were asked for, or the table is too "
            "small, or has no C to tell which runs are smaller. How bands hold beyond the data "
            "has not been measured."
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
    """What the bands take the law to be off by, and how such bands have held elsewhere."""
    plane = fit.likelihood.plane
    if plane is None:
        return "The bands assume that the law holds beyond the data as it does within."
    said = (
        f"The bands take {fit.law.name} to be off by {percent(fit.law.misfit)} of the loss, in a "
        f"way that changes smoothly with {plane.words}."
    )
    counted = measured.measured(fit.law, fit.likelihood)
    if counted is None:
        return f"{said} How bands of this law hold on other sweeps has not been counted."
    return f"{said} {measured.in_words(counted)}"


def _too_sure(fit: Fit) -> Iterator[Finding]:
    """A forecast that is surer than any of those that were counted."""
    counted = measured.measured(fit.law, fit.likelihood)
    if counted is None or not fit.law.has_surface or fit.law.given:
        return
    row = fit.optimum(fit.about).iloc[0]
    if not np.isfinite(row["N"]):
        return
    sd = float(np.log(row["loss_at_N_hi80"] / row["loss_at_N_lo80"]) / 2 / NORMAL_80)
    if sd < counted.least_sd:
        yield Finding(
            "REVIEW",
            "extrapolation",
            f"The law is surer of the loss at {flops(fit.about)} FLOPs ({percent(sd)}) than in any "
            f"sweep on which its bands were counted ({percent(counted.least_sd)}).",
            "Read that band as if it were as wide as there.",
        )


check = Check(look=look, applies=applies, order=140)
