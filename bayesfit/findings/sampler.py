"""R-hat, effective sample size and divergences of NUTS (Vehtari et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator

from bayesfit.findings import Check, Finding
from bayesfit.fitted import Fit

R_HAT, ESS = 1.01, 400  # wanted: below, at least
BAD_R_HAT, BAD_SHARE = 1.05, 0.01  # R-hat and share of divergent draws above which a fit fails


def look(fit: Fit) -> Iterator[Finding]:
    """One finding about all chains together."""
    table, diverging = fit.convergence, fit.posterior.stats["diverging"]
    r_hat, ess = table["r_hat"].max(), table[["ess_bulk", "ess_tail"]].min().min()
    bad = int(diverging.sum())
    found = f"R-hat at most {r_hat:.4f}, at least {ess:.0f} effective draws, {bad} divergences"
    if r_hat < R_HAT and ess >= ESS and not bad:
        yield Finding("PASS", "NUTS", f"{found}.")
        return
    fail = r_hat > BAD_R_HAT or bad / diverging.size > BAD_SHARE
    yield Finding(
        "FAIL" if fail else "REVIEW",
        "NUTS",
        f"{found}; wanted below {R_HAT}, at least {ESS}, and none.",
        "Ask for more draws with --draws; if that does not help, the table is too small for this "
        "law.",
    )


check = Check(look=look, order=90)
