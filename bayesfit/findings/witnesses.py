"""Whether the two ways of fitting agree: the MLE with its bootstrap, and the posterior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bayesfit.bands import band
from bayesfit.findings import Check, Finding, scattered
from bayesfit.fitted import Fit
from bayesfit.formatting import flops, number

ROLES = ("growth_N", "exponent_N", "exponent_D", "irreducible")
APART = 1.5  # ratio of the two spreads from which one of them is missing something


class Seen(NamedTuple):
    """One quantity by each way: draws of the posterior, of the bootstrap if any, and the MLE."""

    posterior: np.ndarray
    bootstrap: np.ndarray | None
    mle: float


def seen(fit: Fit) -> dict[str, Seen]:
    """What is compared: parameters that are numbers, by their roles, and log N* at a budget."""
    names = dict.fromkeys(fit.law.roles.get(role, "") for role in ROLES)
    flat = fit.posterior.flat
    found = {
        name: Seen(
            flat[name],
            None if fit.bootstrap is None else fit.bootstrap.flat[name],
            float(fit.estimate[name]),
        )
        for name in names
        if name in flat and flat[name].ndim == 1 and name in fit.estimate
    }
    if fit.law.is_allocation and not fit.law.given and not fit.law.group:
        ways = ["posterior", *["bootstrap"] * (fit.bootstrap is not None), "MLE"]
        sizes = {
            way: np.log(fit.optimum(fit.about, by=way, draws=True)["N"].to_numpy()[:, 0])
            for way in ways
        }
        if all(np.isfinite(x).all() for x in sizes.values()):
            mle = float(sizes["MLE"][0])
            found[size(fit)] = Seen(sizes["posterior"], sizes.get("bootstrap"), mle)
    return found


def size(fit: Fit) -> str:
    """What the best size is called."""
    return f"N* at {flops(fit.about)} FLOPs"


def look(fit: Fit) -> Iterator[Finding]:
    """One finding: an MLE outside the posterior's 80 % band, or spreads that differ."""
    both = seen(fit)
    if not both:
        return
    outside, spreads = _outside(both), _spreads(both)
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
        cures.append(
            "Where the refits converged and no single run has them (see the other findings), trust "
            "the wider of the two: runs may be more alike than the likelihood has."
        )
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


def _outside(both: Mapping[str, Seen]) -> list[str]:
    found = []
    for name, one in both.items():
        ends = band(one.posterior)
        if not ends["lo80"] <= one.mle <= ends["hi80"]:
            found.append(name)
    return found


def _spreads(both: Mapping[str, Seen]) -> dict[str, float]:
    """Quantity -> half the middle 68 % of the posterior, over that of the bootstrap."""
    found = {}
    for name, one in both.items():
        if one.bootstrap is None:
            continue
        ours, theirs = (
            float(np.ptp(np.quantile(x, [0.16, 0.84]))) for x in (one.posterior, one.bootstrap)
        )
        if min(ours, theirs) > 0:
            found[name] = ours / theirs
    return found


def _widths(spreads: dict[str, float]) -> str:
    each = ", ".join(f"{number(x, 2)} ({name})" for name, x in spreads.items())
    return f"the posterior is {each} times as wide as the bootstrap"


check = Check(look=look, applies=scattered, order=95)
