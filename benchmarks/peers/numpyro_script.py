"""Chinchilla's law as a script of twenty lines: numpyro's NUTS, then arviz's summary. No more.

What a reader of numpyro's tutorials would write: neither a bootstrap, nor N*, nor a check, nor a
figure. From the start of the process to the summary it is the wait beside which ours are put.
"""

from __future__ import annotations

import arviz as az
import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
import pandas as pd
from numpyro.infer import MCMC, NUTS


def model(N, D, loss):
    """Log loss around E + A (N / 1e9)^-alpha + B (D / 2e10)^-beta, normal."""
    E = numpyro.sample("E", dist.LogNormal(0.5, 0.5))
    A = numpyro.sample("A", dist.LogNormal(-1.0, 1.0))
    B = numpyro.sample("B", dist.LogNormal(-1.0, 1.0))
    alpha = numpyro.sample("alpha", dist.LogNormal(jnp.log(0.35), 0.5))
    beta = numpyro.sample("beta", dist.LogNormal(jnp.log(0.35), 0.5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(0.05))
    fitted = jnp.log(E + A * (N / 1e9) ** -alpha + B * (D / 2e10) ** -beta)
    numpyro.sample("log_loss", dist.Normal(fitted, sigma), obs=jnp.log(loss))


def main(path: str) -> None:
    """Fit a CSV file with columns N, D and loss, and print the summary."""
    jax.config.update("jax_enable_x64", True)
    runs = pd.read_csv(path)
    mcmc = MCMC(
        NUTS(model, dense_mass=True), num_warmup=1000, num_samples=1000, num_chains=4,
        chain_method="vectorized", progress_bar=False,
    )  # fmt: skip
    mcmc.run(jax.random.key(0), *(runs[name].to_numpy() for name in ("N", "D", "loss")))
    print(az.summary(az.from_numpyro(mcmc)))


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
