# %% [markdown]
# # 1. A first fit, and how to read a posterior
#
# A scaling law fitted to a table of training runs gives more than five numbers. It gives a
# *posterior*: all the laws that these runs allow, each as often as it is probable. This notebook
# fits Chinchilla's law, L = E + A / N^alpha + B / D^beta, to 29 public models (`pile`: 70M to 20B
# parameters, all scored on the test set of the Pile), and reads the result figure by figure.
#
# N is the number of parameters, D the number of training tokens, C the training FLOPs, and the loss
# is in nats per token, here as everywhere in bayesfit.

# %%
from IPython.display import Image

import bayesfit
from bayesfit import figures
from bayesfit.findings import review


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


fit = bayesfit.fit("chinchilla_approach3", "pile")
show(fit.plot.pair_plot())

# %% [markdown]
# **This is the posterior.** The diagonal shows each parameter by itself. Every other panel shows a
# pair: a dot is one law that the runs allow, and the two contours hold 80 % and 95 % of them. The
# vermilion cross is the Huber estimate, which is what most papers report.
#
# Two things to see. First, the panels of A with alpha and of B with beta are thin slanting ridges:
# the runs fix a *combination* of scale and exponent, and neither of them alone. Never quote A
# without its alpha, and never round one of the two. Second, the cross is missing from the column of
# E, and lies at the edge of beta: the Huber fit puts the irreducible loss at nought, far outside of
# what is shown. That is a corner of the law and not something that 29 runs know.

# %% [markdown]
# ## The numbers
#
# `fit` by itself prints the law, the estimate (`mle`) and the bands of the posterior. A band `lo80`
# to `hi80` holds 80 % of the draws, `lo95` to `hi95` holds 95 %.

# %%
fit

# %% [markdown]
# ## Posterior, bootstrap and the papers
#
# Blue is always the posterior and vermilion the bootstrap (the Huber fit, repeated on resampled
# runs). Black marks are published values.

# %%
show(fit.plot.exponents())

# %% [markdown]
# The bootstrap looks far more certain than the posterior about beta and E. It is not: all of its
# refits stop at E = 0, and repeat the same corner, which also draws beta and `a` down. Where the
# two ways of fitting differ this much, quote the posterior, and say why.
#
# The panel of `a` is what a planner wants: N* grows as C^a. Both published values lie inside the
# posterior, although they come from other data and another tokenizer; E, which is of the tokenizer
# and the text, differs.

# %% [markdown]
# ## How large a model, on how many tokens?
#
# `optimum` answers for any budget. `loss_at_N` is the loss of building the row's own N*, and the
# bands of N* and D* belong together: a larger model goes with fewer tokens.

# %%
columns = ["C", "N_lo80", "N", "N_hi80", "D", "tokens_per_parameter", "loss_at_N"]
fit.optimum([1e23, 1e24, 1e25])[columns]

# %%
show(fit.plot.frontier(flops=1e25))

# %% [markdown]
# Left N*, right D* and tokens per parameter: the line is the median for each budget, the bands hold
# 80 % and 95 %. Inside the grey range there are runs. To the right of it the law speaks alone, and
# the bands widen as they should. Black marks are known models: what was built, not what was best.
#
# ## Does the law fit the runs it has seen?

# %%
show(fit.plot.posterior_predictive())

# %% [markdown]
# Left, every run with the interval that the posterior predicts for it, scatter included. Right, the
# quantile at which each run falls in its own prediction. A flat histogram means that the intervals
# are as wide as they should be; the slight hump here says that they are rather too wide than too
# narrow. These runs were used in the fit, so this tests the likelihood and not the extrapolation;
# notebook 6 tests that.
#
# ## Did the sampler do its work?

# %%
show(fit.plot.trace_and_rank())

# %% [markdown]
# Left, the path of each chain: a fuzzy caterpillar without a drift is what one wants. Right, the
# ranks of each chain among all of them: inside the grey band means that the chains agree. In
# numbers: R-hat should be below 1.01, and the effective sample size (ESS) some hundreds.

# %%
fit.convergence.round(3)

# %% [markdown]
# ## What would a careful reviewer say?
#
# `review` goes through all checks: PASS, REVIEW (usable, but read this first) or FAIL. Here are
# those that do not pass.

# %%
for finding in review(fit):
    if finding.verdict != "PASS":
        print(f"{finding.verdict}: {finding.finding} {finding.advice}\n")

# %% [markdown]
# **Conclusion.** The runs say how steeply the loss falls, and they say N* and D* within a factor
# that is now known. They do not say E, A or B by themselves. Quote bands, never a bare point, and
# keep the fit: `fit.save("results/first")` writes it, and `bayesfit.open("results/first")` reads it
# again without fitting.
