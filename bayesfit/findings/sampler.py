"""R-hat, effective sample size and divergences of NUTS (Vehtari et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding, scattered
from bayesfit.fitted import Fit

R_HAT, ESS = 1.01, 400  # wanted: below, at least
STRAY, BAD_SHARE = 0.001, 0.01  # shares of divergent draws that mean nothing, and that fail a fit
BAD_R_HAT = 1.05  # above which a fit fails


def look(fit: Fit) -> Iterator[Finding]:
    """One finding about all chains together."""
    table, diverging = fit.convergence, fit.posterior.stats["diverging"]
    r_hat, ess = table["r_hat"].max(), table[["ess_bulk", "ess_tail"]].min().min()
    bad = int(diverging.sum())
    found = f"R-hat at most {r_hat:.4f}, at least {ess:.0f} effective draws, {bad} divergences"
    share = bad / diverging.size
    mixed = r_hat < R_HAT and ess >= ESS
    if mixed and share <= STRAY:
        yield Finding("PASS", "NUTS", f"{found}.")
        return
    cures = []
    if share > STRAY:
        cures.append(
            "Divergent draws say that the sampler misses a narrow part of the posterior: give a "
            "--target-accept nearer to 1, such as 0.99."
        )
    if not mixed:
        cures.append(
            "Ask for more draws with --draws (--quick has few); if that does not help, the table "
            "is too small for this law."
        )
    yield Finding(
        "FAIL" if r_hat > BAD_R_HAT or share > BAD_SHARE else "REVIEW",
        "NUTS",
        f"{found}; wanted below {R_HAT}, at least {ESS}, and at most one in a thousand divergent.",
        " ".join(cures),
    )


check = Check(look=look, applies=scattered, order=90)
