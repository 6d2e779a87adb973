"""numpyro's NUTS as its tutorials use it: 1000 warm-up and 1000 draws in each of 4 chains.

Dense mass matrix, because the default diagonal one is far worse on correlated exponents; the rest
is default. Chains one after the other are what `MCMC` does with fewer devices than chains; side by
side (`chain_method="vectorized"`) is what its documentation advises there.
"""

from __future__ import annotations

import jax
import numpy as np
from numpyro.infer import MCMC, NUTS


def sampler(model, chain_method: str) -> MCMC:
    """A sampler that compiles at its first run and not at the next."""
    kernel = NUTS(model, dense_mass=True)
    return MCMC(
        kernel,
        num_warmup=1000,
        num_samples=1000,
        num_chains=4,
        chain_method=chain_method,
        progress_bar=False,
    )


def draw(mcmc: MCMC, seed: int) -> dict:
    """Draws of each parameter (chains, draws), leapfrogs a draw, and divergences."""
    mcmc.run(jax.random.key(seed), extra_fields=("num_steps", "diverging"))
    extra = mcmc.get_extra_fields()
    draws = {name: np.asarray(x) for name, x in mcmc.get_samples(group_by_chain=True).items()}
    return dict(
        draws=draws,
        leapfrogs=float(extra["num_steps"].mean()),
        divergences=int(extra["diverging"].sum()),
    )
