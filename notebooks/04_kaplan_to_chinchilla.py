# %% [markdown]
# # 4. From Kaplan to Chinchilla: why the exponents differ
#
# Kaplan et al. 2020 (arXiv:2001.08361): N* grows as C^0.73. Hoffmann et al. 2022
# (arXiv:2203.15556): as C^0.5. Between the two lies a factor of ten in model size at the budgets of
# today. This notebook shows where the difference comes from, and what Kaplan's own paper says about
# its limits, as a posterior.
#
# Kaplan's runs are not public. The table `kaplan_curves`, and others made on the way, are SIMULATED
# from constants that the papers print. `pile` is 29 public models.

# %%
import numpy as np
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import bands, figures
from bayesfit.constants import PF_DAY
from bayesfit.kaplan import crossing, efficient
from bayesfit.law import View

QUICK = dict(chains=8, draws=250, bootstrap=0, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


steps = bayesfit.fit("kaplan_ns", "kaplan_curves", **QUICK)
show(steps.plot.pair_plot())

# %% [markdown]
# **The posterior of Kaplan's law of training curves**, L = (N_c/N)^alpha_N + (S_c/S_min)^alpha_S.
# From its draws follow all of the paper's advice on spending compute: how N, batch and steps should
# grow.

# %%
growth = efficient.powers(View(**steps.posterior.flat))
growing = {"N* (parameters)": "N", "B (batch)": "B", "S (steps)": "S", "D (tokens)": "D"}
rows = {label: bands.columns("power", np.asarray(growth[name])) for label, name in growing.items()}
pd.DataFrame(rows).T.rename_axis("grows as C to the power of").round(3)

# %% [markdown]
# Most of a larger budget goes into a larger model, and tokens grow far more slowly. That is the
# advice of 2020.
#
# ## Figure 15 as a posterior
#
# The paper's own contradiction: efficient training sees so few new tokens as compute grows that the
# loss it promises, L(C), must one day lie below the loss that so much data allows, L(D(C)). Figure
# 15 of the paper draws two lines that cross at one point. With draws, the point becomes a cloud.

# %%
printed = bayesfit.load_law("kaplan_d").published[0].values
D = np.geomspace(2e7, 2e10, 12)
loss = (printed["D_c"] / D) ** printed["alpha_D"]
loss *= np.exp(0.005 * np.random.default_rng(0).standard_normal(len(D)))
corpora = bayesfit.from_frame(pd.DataFrame({"D": D, "loss": loss}), "L(D)", simulated=True)
data = bayesfit.fit("kaplan_d", corpora, **QUICK)
meeting = crossing.between(steps.posterior.flat, data.posterior.flat)
as_printed = crossing.crossing(**crossing.PUBLISHED)


def in_powers(axis):
    """Ticks as 1e4."""
    axis.set_major_formatter(lambda x, _: f"{x:.0e}".replace("e+0", "e").replace("e+", "e"))


def figure_15(fit, *, ax=None, flops=()):
    """L(C) and L(D(C)) with 80 % bands, and the draws of where they cross."""
    figure = figures.canvas(11, 4.8, "Figure 15: where Kaplan's laws contradict each other")
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
    days = np.geomspace(1, 1e10, 50)
    run = efficient.across(efficient.allocation, fit.posterior.flat, list(days * PF_DAY))
    q = data.posterior.flat
    allowed = (q["D_c"][:, None] / (2 * run["D"])) ** q["alpha_D"][:, None]
    lines = {"L(C), what compute promises": run["loss"], "L(D(C)), what its tokens allow": allowed}
    for (label, draws), colour in zip(lines.items(), ("#0072B2", "#D55E00"), strict=True):
        lo, middle, hi = np.quantile(draws, [0.1, 0.5, 0.9], axis=0)
        left.fill_between(days, lo, hi, color=colour, alpha=0.3, lw=0)
        left.plot(days, middle, color=colour, label=label)
    left.set(xscale="log", xlabel="C, PF-days", ylabel="loss, nats per token")
    left.legend()
    right.plot(meeting["C"] / PF_DAY, meeting["loss"], ".", ms=3, alpha=0.4, label="draws")
    right.plot(
        as_printed["C"] / PF_DAY, as_printed["loss"], "x", color="black", ms=9, label="as printed"
    )
    right.set(xscale="log", xlabel="C* where they cross, PF-days", ylabel="loss there")
    right.legend()
    in_powers(left.xaxis)
    in_powers(right.xaxis)
    return figure


show(figures.Plot(draw=figure_15, title="Figure 15", caption="").draw(steps))

# %%
names = {"C": "C*, PF-days", "N": "N*, parameters", "D": "D*, tokens", "loss": "loss"}
unit = {"C": PF_DAY}
where = pd.DataFrame(
    {
        label: bands.columns("median", meeting[name] / unit.get(name, 1.0))
        | {"as printed": float(as_printed[name]) / unit.get(name, 1.0)}
        for name, label in names.items()
    }
).T
where.map("{:.3g}".format)

# %% [markdown]
# Left, the two laws with their 80 % bands, which are hardly wider than the lines. Right, every draw
# has a crossing of its own. Although each loss is known to within a per cent, the crossing is known
# within a factor of a few only, for the lines meet at a small angle. And that is if both laws are
# true: the paper reads the crossing off trends in its figures (the black cross), while its own law
# of training curves, of which this table is made, puts it hundreds of times further out. Quote the
# band, and do not trust the point. What does not depend on it: by then at the latest one of the two
# laws is wrong, and the paper of 2022 found which. The tokens were too few.
#
# ## Reason 1: what N counts
#
# Kaplan counts neither the embeddings nor their FLOPs. For small models they are most of the
# parameters. Pearce & Song 2024 (arXiv:2406.12907) write Chinchilla's law in Kaplan's count: then
# N* is no power law of C, and its exponent depends on where one looks. Here are runs SIMULATED by
# Chinchilla's law, with N as Kaplan would have counted it.

# %%
count = np.geomspace(1e5, 1e12, 2000)  # without embeddings, and with them at Hoffmann's shapes:
total = count + 47491.0 * count ** (1 / 3)
sweep = bayesfit.load("simulated_isoflop").to_frame()
sweep["N"] = np.exp(np.interp(np.log(sweep["N"]), np.log(total), np.log(count)))
sweep["C"] = 6 * sweep["N"] * sweep["D"]
recounted = bayesfit.from_frame(sweep, "Chinchilla's law in Kaplan's count", simulated=True)
counted = bayesfit.fit("pearce_song", recounted, likelihood="student_t", **QUICK)


def local_exponent(fit, *, ax=None, flops=()):
    """d log N* / d log C against N*, N counted without embeddings, with its 80 % band."""
    C = np.geomspace(1e14, 1e25, 45)
    best = np.log(fit.optimum(list(C), draws=True)["N"].to_numpy())
    lo, middle, hi = np.quantile(np.gradient(best, np.log(C), axis=1), [0.1, 0.5, 0.9], axis=0)
    N = np.exp(np.median(best, axis=0))
    figure = figures.canvas(9, 4.4, "The exponent of N* depends on how large the models are")
    ax = figure.subplots()
    ax.fill_between(N, lo, hi, alpha=0.3, lw=0)
    ax.plot(N, middle, label="Chinchilla's law in Kaplan's count (80 % band)")
    ax.axhline(0.73, color="black", ls="--", lw=1, label="Kaplan et al.: 0.73")
    ax.axhline(0.50, color="black", ls=":", lw=1, label="Hoffmann et al.: 0.50")
    ax.axvspan(1e5, 1.5e9, color="#888888", alpha=0.12, label="sizes that Kaplan et al. trained")
    ax.set(xscale="log", xlabel="N*, parameters without embeddings", ylabel="d log N* / d log C")
    ax.legend()
    in_powers(ax.xaxis)
    return figure


show(figures.Plot(draw=local_exponent, title="Local exponent", caption="").draw(counted))

# %% [markdown]
# One and the same law of the loss, seen through Kaplan's count: steep where models are small,
# Chinchilla's exponent where they are large, and 0.73 in the middle of the sizes that Kaplan et al.
# trained. A single power law through their range is much steeper than Chinchilla's. Much of the
# difference is bookkeeping.
#
# ## Reason 2: what the formula allows
#
# Kaplan's L(N, D) falls to zero; Chinchilla's stops at E, the entropy of text. On the same 29
# public models, the same likelihood: Kaplan's formula, Chinchilla's, and Chinchilla's once more
# with the embeddings counted.

# %%
pile = bayesfit.load("pile").to_frame()
with_embeddings = bayesfit.from_frame(pile.assign(N=pile["N_total"]), "pile with embeddings")
fits = {
    "kaplan_nd": bayesfit.fit("kaplan_nd", "pile", **QUICK),
    "chinchilla_approach3": bayesfit.fit("chinchilla_approach3", "pile", **QUICK),
    "N with embeddings": bayesfit.fit("chinchilla_approach3", with_embeddings, **QUICK),
}
compared = bayesfit.compare(fits, flops=1e25)
show(compared.figures["laws"]())

# %% [markdown]
# Left, the exponent a by each, over what the papers print. Right, N* against compute, 80 % bands.
# The same runs, and formula or count alone move the answer, though 29 runs leave bands that are
# wider than these moves.

# %%
compared

# %% [markdown]
# ## Reason 3: how the runs were made
#
# No formula sees these, so they have to be in the runs: Kaplan et al. trained all sizes with one
# warm-up that was too long for the small ones, and took losses from the middle of a learning rate
# schedule, where a shorter run would have ended lower. Porian et al. 2024 (arXiv:2406.19146)
# correct one thing after another, the FLOPs of the last layer, the warm-up, the schedule, the
# optimizer, and go from Kaplan's exponent to Chinchilla's on the way. If your sweep has one
# schedule for all runs, the exponents that you fit are of the schedule.
#
# ## How many tokens, then?

# %%
fits["chinchilla_approach3"].ask("tokens", sizes=[1e9, 1e10, 67e9, 1e12])

# %% [markdown]
# Kaplan's bound on tokens is about overfitting, Hoffmann's approaches are about spending compute
# best; the last columns are your own fit, with bands, and the probability that the popular factor
# between the two is right.
#
# **Conclusion.** The papers disagree about little that is physics: count all parameters, let the
# loss have a floor, end each run with its own schedule. What then remains is the width of the band.
