"""The same posterior written in PyMC and drawn by nutpie's NUTS (Rust, numba), at its defaults.

Priors and likelihood are typed in again rather than taken from the engine: that posterior means
agree with ours within Monte Carlo error is a check of both.
"""

from __future__ import annotations

import numpy as np
import nutpie
import pymc as pm


def model(N, D, loss) -> pm.Model:
    """Approach 3 with the priors of `models/chinchilla_approach3.py` and Student-t scatter."""
    ref_N, ref_D, ref_loss = (np.exp(np.mean(np.log(x))) for x in (N, D, loss))
    with pm.Model() as posterior:
        L_ref = pm.LogNormal("L_ref", np.log(ref_loss), 0.3)
        reducible = pm.Beta("reducible", 2.0, 4.0)
        share_N = pm.Beta("share_N", 2.0, 2.0)
        alpha = pm.LogNormal("alpha", np.log(0.35), 0.5)
        beta = pm.LogNormal("beta", np.log(0.35), 0.5)
        sigma = pm.LogNormal("sigma", np.log(0.01), 1.0)
        nu = pm.Gamma("nu", 2.0, 0.1)
        by_N = reducible * share_N * pm.math.exp(-alpha * np.log(N / ref_N))
        by_D = reducible * (1 - share_N) * pm.math.exp(-beta * np.log(D / ref_D))
        fitted = pm.math.log(L_ref) + pm.math.log(1 - reducible + by_N + by_D)
        pm.StudentT("log_loss", nu=nu, mu=fitted, sigma=sigma, observed=np.log(loss))
    return posterior


def compiled(N, D, loss):
    """nutpie's compiled form of the model; compile once, draw often."""
    return nutpie.compile_pymc_model(model(N, D, loss))


def draw(program, seed: int) -> dict:
    """Draws of each parameter (chains, draws), leapfrogs a draw, and divergences."""
    trace = nutpie.sample(program, chains=4, seed=seed, progress_bar=False)
    stats = trace.sample_stats
    names = ("L_ref", "reducible", "share_N", "alpha", "beta", "sigma", "nu")
    return dict(
        draws={name: trace.posterior[name].values for name in names},
        leapfrogs=float(stats["n_steps"].mean()),
        divergences=int(stats["diverging"].sum()),
    )
