# %% [markdown]
# # 12. arviz all the way: pair plots, LOO, predictive checks, priors, comparison
#
# A fit is at home in the tools that Bayesian statisticians use. `fit.to_arviz()` gives an
# `InferenceData` (arviz 0.x, Python 3.11) or an `xarray.DataTree` (arviz 1.x) with all groups:
# posterior, prior, both predictive groups, pointwise log likelihood, log priors, sampler statistics
# and observed data. This notebook runs with either.

# %%
import warnings
from io import BytesIO

import matplotlib
import numpy as np
from IPython.display import Image

matplotlib.use("agg")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # arviz 0.x announces 1.0, once a day
    import arviz as az
import matplotlib.pyplot as plt

import bayesfit

warnings.filterwarnings("ignore", module="arviz")
OLD = az.__version__.startswith("0.")
QUICK = dict(chains=8, draws=250, bootstrap=0, refits=False)


def show(plot):
    """The picture of a plot of arviz: axes in arviz 0.x, a collection of them in 1.x."""
    figure = np.ravel(plot)[0].figure if OLD else plot.viz["figure"].item()
    file = BytesIO()
    figure.savefig(file, format="png", dpi=60, bbox_inches="tight")
    plt.close(figure)
    return Image(file.getvalue())


fit = bayesfit.fit("chinchilla_approach3", "pile", **QUICK)
data = fit.to_arviz()
names = ["E", "alpha", "beta", "a"]
kinds = {"kind": "kde", "marginals": True} if OLD else {"marginal": True}
show(az.plot_pair(data, var_names=names, **kinds))

# %% [markdown]
# **The posterior by arviz**: every pair of four parameters, and each by itself on the diagonal. The
# names are those of the paper. It is the same posterior that `fit.plot.pair_plot()` shows.
#
# ## The summary

# %%
az.summary(data, var_names=names)

# %% [markdown]
# Mean, sd, interval, effective sample sizes and R-hat. R-hat at 1.00 to 1.01 and an ESS of some
# hundreds are good enough to quote bands.
#
# ## Do the chains agree?

# %%
show(az.plot_rank(data, var_names=["alpha", "beta"]))

# %% [markdown]
# The ranks of each chain among all draws. Even ranks mean that the chains sample the same
# distribution.
#
# ## Posterior predictive check
#
# Would this fit have produced these runs? The predictive group has the log loss of every run,
# scatter included.

# %%
show(az.plot_ppc(data, num_pp_samples=60) if OLD else az.plot_ppc_dist(data, num_samples=60))

# %% [markdown]
# Thin lines are tables that the posterior would produce (as densities of log loss over all runs),
# the black one is the table that we have. It lies among them.
#
# ## Leave one out

# %%
loo = az.loo(data, pointwise=True)
show(az.plot_khat(loo))

# %% [markdown]
# Pareto k of each run: below 0.7 its leave-one-out score can be trusted. A run above it is
# influential, and `fit.ask("influence")` says what the fit would be without it. The total is that
# of `fit.loo`:

# %%
total = loo.elpd_loo if OLD else loo.elpd
print(f"elpd by arviz {float(total):.2f}, by bayesfit {fit.loo['elpd'].sum():.2f}")

# %% [markdown]
# ## What do the priors decide?
#
# arviz scales priors and likelihood by a power and looks at how the posterior moves (psense). It
# needs the log priors, which are in the data.

# %%
if OLD:
    sensitivity = az.psens(data, component="prior", var_names=names).to_pandas().round(3)
else:
    sensitivity = az.psense_summary(data, var_names=names)["prior"]
sensitivity

# %% [markdown]
# Above 0.05 the prior moves a parameter. `fit.prior_sensitivity()` asks the same of the *answers*,
# N* and the loss of a budget, which matter more:

# %%
fit.prior_sensitivity(1e24).round(3)

# %% [markdown]
# ## Which of two laws?

# %%
nested = bayesfit.fit("kaplan_chinchilla", "pile", **QUICK)
compared = az.compare({"additive": data, "nested": nested.to_arviz()})
compared.round(2)

# %%
show(az.plot_compare(compared))

# %% [markdown]
# The difference of the two scores is smaller than its own standard error (`dse`): these runs do not
# tell the laws apart *in their midst*. The weight says otherwise, since stacking by one table gives
# all to the better of two equals; `bayesfit.compare` averages it over bootstraps and shares it. It
# also adds the scores on held-out larger runs, which are what counts for extrapolation; notebook 5
# is about that.
#
# ## Keep it
#
# `fit.posterior.save("posterior.nc")` writes netCDF that arviz opens without bayesfit, and every
# `results/` folder of `bayesfit run` holds one.
#
# **Conclusion.** Use arviz for what it does best: diagnostics, LOO, predictive checks. For N*, D*
# and the loss of a budget ask the fit, which knows the law.
