"""An irreducible loss that the MLE puts at its bound, zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.data.runs import as_labels
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import percent

ZERO = 1e-3  # of a typical loss: what counts as zero
OFTEN = 0.025  # share of bootstrap refits at the bound from which an interval hangs on it
NAMED = 3  # groups that a sentence names


def applies(fit: Fit) -> bool:
    """Whether the law declares an irreducible loss, and there are refits of it."""
    refits = None if fit.bootstrap is None else fit.law.role("irreducible", fit.bootstrap.flat)
    return refits is not None and np.size(refits) > 0


def look(fit: Fit) -> Iterator[Finding]:
    """One finding; of a law with groups, about those at the bound."""
    assert fit.bootstrap is not None
    name = fit.law.roles["irreducible"]
    refits, draws = (np.asarray(x.flat[name]) for x in (fit.bootstrap, fit.posterior))
    if refits.ndim == 1:
        share = _at_zero(refits, fit.runs[fit.law.response])
        if share >= OFTEN:
            yield _alone(name, share, _interval(draws))
        return
    found = [
        (_at_zero(refits[:, code], response), f"{_interval(draws[:, code])} for {label}")
        for code, (label, response) in enumerate(_responses(fit))
    ]
    bad = [each for each in found if each[0] >= OFTEN]
    if bad:
        yield _of_groups(name, bad, len(found), "one law for all groups" if fit.law.random else "")


def _responses(fit: Fit) -> Iterator[tuple[str, np.ndarray]]:
    """The groups with the losses of their runs."""
    mine = np.array(as_labels(fit.runs[fit.law.group]))
    for label in fit.labels:
        yield label, fit.runs[fit.law.response][mine == label]


def _at_zero(refits: np.ndarray, response: np.ndarray) -> float:
    """Share of the refits that put the irreducible loss at zero."""
    return float(np.mean(refits < ZERO * np.median(response)))


def _interval(draws: np.ndarray) -> str:
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{low:.2f} to {high:.2f}"


def _alone(name: str, share: float, interval: str) -> Finding:
    return Finding(
        "REVIEW",
        name,
        f"{name} is weakly identified: {percent(share)} of the bootstrap refits put the "
        f"irreducible loss at its bound, zero; the posterior (95 %: {interval}) is kept from it by "
        "the prior.",
        f"Do not trust bootstrap intervals that hang on a bound, and quote {name} with its prior. "
        "Look for a run that went wrong; if there is none, larger runs would settle it.",
    )


def _of_groups(name: str, bad: list[tuple[float, str]], groups: int, law: str) -> Finding:
    """About groups, each a share of refits at zero and an interval of the posterior in words."""
    worst = sorted(bad, key=lambda each: -each[0])
    where = "every group" if len(bad) == groups else f"{len(bad)} of {groups} groups"
    intervals = "; ".join(interval for _, interval in worst[:NAMED])
    return Finding(
        "REVIEW",
        name,
        f"{name} is at its bound in the bootstrap for {where}: up to {percent(worst[0][0])} of the "
        f"refits{f', which are of {law},' if law else ''} put the irreducible loss at zero. The "
        f"posterior has {intervals}{' ...' if len(worst) > NAMED else ''} (95 %).",
        f"Do not quote the MLE of {name}, and do not trust bootstrap intervals that hang on a "
        "bound; runs at larger budgets would settle it.",
    )


check = Check(look=look, applies=applies, order=110)
