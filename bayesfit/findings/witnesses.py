"""Whether the two ways of fitting agree: the MLE with its bootstrap, and the posterior."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit.bands import band
from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit
from bayesfit.formatting import number

ROLES = ("growth_N", "exponent_N", "exponent_D", "irreducible")
APART = 1.5  # ratio of the two spreads from which one of them is missing something


def looked_at(fit: Fit) -> list[str]:
    """The parameters that are compared: numbers, by their roles."""
    names = dict.fromkeys(fit.law.roles.get(role, "") for role in ROLES)
    flat = fit.posterior.flat
    return [n for n in names if n in flat and flat[n].ndim == 1 and n in fit.estimate]


def look(fit: Fit) -> Iterator[Finding]:
    """One finding: an MLE outside the posterior's 80 % band, or spreads that differ."""
    outside, spreads = _outside(fit), _spreads(fit)
    narrow = {n: x for n, x in spreads.items() if x < 1 / APART}
    wide = {n: x for n, x in spreads.items() if x > APART}
    said, cures = [], []
    if outside:
        said.append(f"The MLE of {', '.join(outside)} lies outside the posterior's 80 % band")
        cures.append(
            "Look for outlying runs (`bayesfit influence`), and for a parameter that the runs do "
            "not tell: there the prior decides, and the MLE runs to an edge."
        )
    if narrow:
        said.append(_widths(narrow))
        cures.append("Trust the wider of the two: runs may be more alike than the likelihood has.")
    if wide and fit.likelihood.bend is None:
        said.append(_widths(wide))
        cures.append("Trust the wider of the two: resampled runs may be too few, or of few sizes.")
    if said:
        text = "; ".join(said)
        yield Finding("REVIEW", "two ways", f"{text[0].upper()}{text[1:]}.", " ".join(cures))
        return
    found = "The MLE lies inside the posterior's 80 % band"
    if wide:
        found += f"; {_widths(wide)}, for it doubts the law and the bootstrap does not"
    elif spreads:
        found += f", and the two spreads differ by less than {number(APART)}"
    yield Finding("PASS", "two ways", f"{found}.")


def _outside(fit: Fit) -> list[str]:
    found = []
    for name in looked_at(fit):
        ends, value = band(fit.posterior.flat[name]), float(fit.estimate[name])
        if not ends["lo80"] <= value <= ends["hi80"]:
            found.append(name)
    return found


def _spreads(fit: Fit) -> dict[str, float]:
    """Parameter -> half the middle 68 % of the posterior, over that of the bootstrap."""
    if fit.bootstrap is None:
        return {}
    found = {}
    for name in looked_at(fit):
        both = [
            float(np.ptp(np.quantile(x, [0.16, 0.84])))
            for x in (fit.posterior.flat[name], fit.bootstrap.flat[name])
        ]
        if min(both) > 0:
            found[name] = both[0] / both[1]
    return found


def _widths(spreads: dict[str, float]) -> str:
    each = ", ".join(f"{number(x, 2)} ({name})" for name, x in spreads.items())
    return f"the posterior is {each} times as wide as the bootstrap"


def applies(fit: Fit) -> bool:
    """Whether there is a parameter that both speak of."""
    return bool(looked_at(fit))


check = Check(look=look, applies=applies, order=95)
