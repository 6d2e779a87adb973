# %% [markdown]
# # 11. A law, a prior, a likelihood and a reader of your own
#
# Everything that bayesfit knows is one small file of its kind: a law, a likelihood, a reader of
# tables, a figure, a question. Yours are written in the same way, and get everything else for free:
# both ways of fitting, bands, figures, backtests, the report.

# %%
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures

QUICK = dict(chains=8, draws=250, bootstrap=200, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


# %%
from jax.numpy import log, logaddexp
from numpyro.distributions import Beta, HalfNormal, Laplace, LogNormal

from bayesfit.law import Law
from bayesfit.likelihoods._independent import independent


def priors(ref):
    """On the reference run, which lies in the middle of the data: `ref` has geometric means."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run
        reducible=Beta(2.0, 2.0),  # share of it that compute can remove
        gamma=LogNormal(log(0.15), 0.5),
    )


def textbook(theta, ref):
    """From the reference run to the parameters of the formula."""
    reducible = theta.L_ref * theta.reducible
    return dict(
        E=theta.L_ref - reducible,
        log_K=log(reducible) + theta.gamma * log(ref.C),
        gamma=theta.gamma,
    )


def log_loss(p, runs):
    """log of L = E + K / C^gamma, elementwise over the runs."""
    return logaddexp(log(p.E), p.log_K - p.gamma * log(runs.C))


floor = Law(
    name="floor",
    rows="final",
    inputs=("C",),
    priors=priors,
    textbook=textbook,
    log_loss=log_loss,
    roles=dict(level="L_ref", irreducible="E"),
    symbols=dict(
        E="loss that no compute removes", log_K="log of K, the scale", gamma="exponent of C"
    ),
)
fit = bayesfit.fit(floor, "diloco", **QUICK)
show(fit.plot.pair_plot())

# %% [markdown]
# **The posterior of a law that did not exist a minute ago**: L = E + K / C^gamma, fitted to nine
# runs from 35M to 10B parameters. Three functions are all it took. `log_loss` is the formula,
# `priors` say what is plausible at a reference run in the middle of the data (so that they mean the
# same for any tokenizer and size), and `textbook` turns one into the other. `rows` says which rows
# of training curves the law explains; `roles` say which parameter is the irreducible loss, so that
# checks and figures find it.
#
# E and gamma slant against each other: with a higher floor the rest falls faster.

# %%
show(fit.plot.fit_and_residuals())

# %% [markdown]
# Left, observed against fitted; the other panels, what is left over. No clear pattern: the law
# fits.
#
# ## A prior of your own
#
# A prior is replaced by name, for one fit, and recorded with it. Suppose that we believe the
# published exponents and say that gamma is near 0.15 within a tenth of itself.

# %%
sure = bayesfit.fit(floor, "diloco", priors={"gamma": "LogNormal(-1.9, 0.1)"}, **QUICK)
rows = ["E", "gamma"]
columns = ["posterior_lo80", "posterior_median", "posterior_hi80"]
pd.concat(
    {
        "weak priors": fit.exponents().loc[rows, columns],
        "gamma nearly known": sure.exponents().loc[rows, columns],
    }
).round(3)

# %%
show(sure.plot.prior_sensitivity())

# %% [markdown]
# The figure says what the priors decide: right of the dashed line an answer moves with the priors
# enough to be said where it is quoted. Here all move, and with the runs as well: the belief about
# gamma and the runs pull in different directions, and E, which hangs on gamma, follows the belief.
# Whoever insists on such a prior says so beside E.
#
# To see what priors alone would predict, before any run:

# %%
before = sure.prior_predictive(count=400)["loss"].to_numpy()
observed = sure.runs["loss"]
print(f"losses observed:            {observed.min():.2f} to {observed.max():.2f}")
print(
    f"80 % of the prior's losses: {np.quantile(before, 0.1):.2f} to {np.quantile(before, 0.9):.2f}"
)

# %% [markdown]
# The prior allows far more than was seen and nothing absurd, which is what a weak prior should do.
#
# ## A likelihood of your own
#
# How do runs scatter around the law? `independent` builds a likelihood from the distribution of one
# residual of log loss. Here is the double exponential, which corresponds to least absolute
# deviations.

# %%
double_exponential = independent(
    priors=lambda ref: dict(sigma=HalfNormal(0.05)),
    scatter=lambda theta, runs, ref: Laplace(0.0, theta.sigma),
    symbols=dict(sigma="scatter of log loss"),
)
other = bayesfit.fit("chinchilla_approach3", "pile", likelihood=double_exponential, **QUICK)
show(other.plot.posterior_predictive())

# %% [markdown]
# The histogram on the right tells whether the likelihood suits the runs: flat is honest, a hump in
# the middle means bands that are too wide, horns at both ends bands that are too narrow.
#
# ## Files, and a reader
#
# What is worth keeping becomes a file in a folder of yours, which `BAYESFIT_PLUGINS` names:
# `mine/models/floor.py` ends with `law = Law(...)`, `mine/likelihoods/...` with `likelihood = ...`,
# and a reader of tables of your laboratory is this:

# %%
READER = '''
"""Tables with semicolons, N in millions and D in billions."""

from bayesfit.data.readers import Reader


def read(path):
    """A table with semicolons, N in millions and D in billions."""
    import pandas as pd

    table = pd.read_csv(path, sep=";")
    return table.assign(N=1e6 * table["N"], D=1e9 * table["D"])


reader = Reader(endings=("lab",), read=read)
'''
folder = TemporaryDirectory()
(Path(folder.name) / "readers").mkdir()
(Path(folder.name) / "readers" / "lab.py").write_text(READER)
os.environ["BAYESFIT_PLUGINS"] = folder.name

pile = bayesfit.load("pile").to_frame()
table = pd.DataFrame({"N": pile["N"] / 1e6, "D": pile["D"] / 1e9, "loss": pile["loss"]})
table.to_csv(Path(folder.name) / "runs.lab", sep=";", index=False)
print(bayesfit.read(Path(folder.name) / "runs.lab"))

# %% [markdown]
# From then on the command line reads such files too, and `bayesfit models` lists your law.
# CONTRIBUTING.md has a complete example of each kind (also of a check, a figure, a question, a
# section of the report and a command), and says how to package one for others.
#
# **Conclusion.** Write the formula, say what is plausible at a reference run, and let the engine do
# the rest; then judge your law as any other, by its backtest (notebook 6).
