# %% [markdown]
# # 3. Chinchilla: three approaches, and the story of a replication
#
# Hoffmann et al. 2022 (arXiv:2203.15556) found in three ways how parameters and tokens should grow
# with compute. Two ways agreed on N* ~ C^0.5; the third said 0.46, with an interval of 0.454 to
# 0.455. Besiroglu et al. 2024 (arXiv:2404.10102) read the runs off a figure, fitted again, and
# found where the third had gone wrong.
#
# The runs themselves are not part of this package (`bayesfit.load("chinchilla")` fetches them). All
# tables here are SIMULATED from the constants that Besiroglu et al. print, with the nine budgets of
# the paper, so the truth is known: a = beta / (alpha + beta) = 0.513.

# %%
import numpy as np
import pandas as pd
from IPython.display import Image
from scipy.optimize import minimize

import bayesfit
from bayesfit import figures
from bayesfit.datasets import designs, published_exponents

QUICK = dict(chains=8, draws=250, bootstrap=200, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


runs = bayesfit.load("simulated_isoflop")
third = bayesfit.fit("chinchilla_approach3", runs, likelihood="student_t", **QUICK)
show(third.plot.pair_plot())

# %% [markdown]
# **The posterior of approach 3**, L = E + A / N^alpha + B / D^beta, on 99 simulated runs. The law
# is true here, so the likelihood that believes it (`student_t`) is the right one. Note the ridges:
# A with alpha, B with beta. They are the reason for half of what follows.
#
# ## Approach 2: isoFLOP profiles
#
# For each budget the loss against N is a valley; its lowest point is N*. bayesfit fits all valleys
# in one hierarchical model, instead of a parabola each and then a line through the vertices.

# %%
second = bayesfit.fit("chinchilla_approach2", runs, **QUICK)
show(second.plot.profiles(flops=5.76e23))

# %% [markdown]
# Left, each budget with its profile and the circle at its lowest point. Right, the optima with
# their intervals and the power law through them. Grey crosses are the classical vertices: a budget
# whose cross lies far from its circle says little by itself. Here they all agree.
#
# ## Approach 1: the envelope of training curves

# %%
first = bayesfit.fit("chinchilla_approach1", "simulated_curves", **QUICK)
together = bayesfit.compare(
    {"approach 1": first, "approach 2": second, "approach 3": third}, flops=5.76e23
)
show(together.figures["laws"]())

# %% [markdown]
# Left, the exponent a by each approach, over what the papers print; thick lines hold 80 %, thin
# ones 95 %. Right, N* against compute. On data that follow the law, the three agree within their
# bands, and the bands have honest widths. So the disagreement of 2022 was not in the nature of the
# approaches.
#
# ## 1. The optimizer stopped early
#
# The loss of the fit is a sum of Huber losses of log residuals, each about 1e-6. Whoever takes the
# *mean* hands the optimizer an objective so small that its gradient is below the tolerance before
# it has moved. Here is L-BFGS-B with its usual settings on both, from the same 40 starting points.

# %%
log_N, log_D, log_L = (np.log(runs[name]) for name in ("N", "D", "loss"))


def objective(x, scale, delta=1e-3):
    """Huber loss of log residuals and its gradient; x = log A, log B, log E, alpha, beta."""
    terms = np.stack([x[0] - x[3] * log_N, x[1] - x[4] * log_D, np.full_like(log_N, x[2])])
    fitted = np.logaddexp.reduce(terms)
    share, r = np.exp(terms - fitted), log_L - fitted
    size = np.abs(r)
    loss = np.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta)).sum()
    pull = -np.clip(r, -delta, delta)
    slopes = [pull * share[0], pull * share[1], pull * share[2]]
    slopes += [-pull * share[0] * log_N, -pull * share[1] * log_D]
    return scale * loss, scale * np.array([slope.sum() for slope in slopes])


rng = np.random.default_rng(0)
starts = rng.uniform([0, 0, -1, 0, 0], [25, 25, 1, 2, 2], (40, 5))
names = ["A", "B", "E", "alpha", "beta"]


def best_by_scipy(scale):
    """The best end of all starts, as the paper's parameters."""
    ends = [minimize(objective, x, (scale,), "L-BFGS-B", jac=True) for x in starts]
    x = min(ends, key=lambda end: end.fun).x
    return dict(zip(names, [*np.exp(x[:3]), *x[3:]], strict=True)) | {
        "sum of Huber losses": objective(x, 1.0)[0]
    }


ours = {name: float(third.estimate[name]) for name in names}
x = [np.log(ours["A"]), np.log(ours["B"]), np.log(ours["E"]), ours["alpha"], ours["beta"]]
table = pd.DataFrame(
    {
        "truth": dict(zip(names, (designs.A, designs.B, designs.E, 0.3478, 0.3658), strict=True)),
        "mean, stopped early": best_by_scipy(1 / len(runs)),
        "sum": best_by_scipy(1.0),
        "bayesfit": ours | {"sum of Huber losses": objective(np.array(x), 1.0)[0]},
    }
).T
table["a"] = table["beta"] / (table["alpha"] + table["beta"])
table.round({"A": 1, "B": 1, "E": 4, "alpha": 4, "beta": 4, "a": 4, "sum of Huber losses": 6})

# %% [markdown]
# The row of the mean is not at a minimum: its sum of losses is far higher, and its parameters are
# those of where it began rather than those of the data. In the paper the early stop left exponents
# that looked reasonable, which is worse. bayesfit sums the losses, solves to a gradient that it
# reports, and says so where a fit did not converge.
#
# ## 2. LAD against Huber
#
# Huber's loss is quadratic within delta and linear beyond. At delta = 1e-3, with scatter of a few
# thousandths, most runs lie in the linear part: the fit is nearly one of least *absolute*
# deviations (LAD). The printed estimates of a paper may be of either, and they differ in the first
# digits of A and B.

# %%
TINY = dict(chains=2, draws=50, bootstrap=0, refits=False, likelihood="student_t")
fits = {
    delta: bayesfit.fit("chinchilla_approach3", runs, delta=delta, **TINY).estimate
    for delta in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
}
pd.DataFrame(
    {delta: {n: float(x[n]) for n in [*names, "a"]} for delta, x in fits.items()}
).T.rename_axis("delta").round(4)

# %% [markdown]
# From 1e-5 (LAD) to 1e-1 (least squares) A moves by a tenth of itself, B and the exponents by less,
# and a by less than its band. When two papers print different A, compare the *loss* that they
# predict before you call it a contradiction.
#
# ## 3. Rounding
#
# Hoffmann et al. print alpha = 0.34 and beta = 0.28. Their TeX source has more digits. What do the
# tokens per parameter become when A stays and the exponents are rounded?

# %%
law = bayesfit.load_law("chinchilla_approach3")
exact = dict(law.published[0].values)
rounded = exact | dict(alpha=0.34, beta=0.28)


def tokens_per_parameter(p, C):
    """D* / N* by Hoffmann et al., eq. 4."""
    G = (p["alpha"] * p["A"] / (p["beta"] * p["B"])) ** (1 / (p["alpha"] + p["beta"]))
    N = G * (C / 6) ** (p["beta"] / (p["alpha"] + p["beta"]))
    return C / (6 * N**2)


budgets = [1e21, 5.76e23, 1e25]
pd.DataFrame(
    {
        "as in the TeX source": [tokens_per_parameter(exact, C) for C in budgets],
        "exponents rounded": [tokens_per_parameter(rounded, C) for C in budgets],
        "Besiroglu et al.": [
            tokens_per_parameter(dict(law.published[1].values), C) for C in budgets
        ],
    },
    index=pd.Index(budgets, name="FLOPs"),
).round(1)

# %% [markdown]
# Two digits of an exponent, and the advice changes by a factor. The ridge is why: alpha is fine to
# two digits only if A moves along with it. Chinchilla itself was built with 20 tokens per
# parameter, which neither set of printed constants of approach 3 gives, while the refitted ones do.
#
# ## 4. An interval that was too narrow
#
# The printed interval of a, 0.454 to 0.455, holds 80 % by their bootstrap. How many runs would it
# take?

# %%
printed = published_exponents().query("what == 'approach 3'").iloc[0]
a = third.bootstrap.flat["a"]
lo, hi = np.quantile(a, [0.1, 0.9])
needed = len(runs) * ((hi - lo) / (printed["high"] - printed["low"])) ** 2
print(f"bootstrap of a on {len(runs)} runs: {lo:.3f} to {hi:.3f} (80 %)")
print(f"an interval as narrow as printed would need about {needed:,.0f} runs")

# %%
show(third.plot.exponents())

# %% [markdown]
# Posterior (blue) and bootstrap (vermilion) agree here, as they should where the law is true and
# each parameter is identified. What Hoffmann et al. print lies outside of both, at the arrows. On
# the real runs, which scatter more, Besiroglu et al. put the runs needed at over 600,000, where
# fewer than 500 were made: a bootstrap whose refits all stop early repeats one point.
#
# ## 5. Leverage: the runs on which it depends
#
# A few runs can carry an exponent. `influence` leaves out each run, refits the estimate, and
# reweights the posterior.

# %%
third.ask("influence", flops=5.76e23, top=5)

# %% [markdown]
# On the digitised runs of the paper a handful of points decides; Besiroglu et al. leave out five.
# On this simulated table the runs share the weight: no single one moves N* by more than a few per
# cent. Look at this before you defend an exponent: a run that moves N* by a tenth deserves a second
# look at its log.
#
# **Conclusion.** Sum the loss and check convergence; quote A with its alpha and with enough digits;
# be suspicious of an interval that needs more runs than anybody has; and look at the runs that
# carry it.
