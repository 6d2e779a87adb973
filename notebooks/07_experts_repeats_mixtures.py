# %% [markdown]
# # 7. Experts, repeated data, mixtures
#
# Beyond the dense model that sees each token once, a law reads more than N and D: how many experts,
# how many unique tokens, which mixture of domains. bayesfit treats these laws like all others: the
# same fit, the same bands, and a planner that is *given* what it does not choose.
#
# The runs behind these papers are not public, so all tables here are SIMULATED from the constants
# that the papers print. They show what a question looks like and what its answer is worth; nothing
# can be learned from them about training.

# %%
import numpy as np
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures

QUICK = dict(chains=8, draws=200, bootstrap=0, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


experts = bayesfit.fit("moe_joint", "simulated_moe_joint", **QUICK)
show(experts.plot.pair_plot())

# %% [markdown]
# **The posterior of the joint law of experts** (Ludziejewski et al. 2025, arXiv:2502.05172) on 144
# simulated models of 1 to 32 experts; shown are the first six of its parameters. Two of the
# panels are thin ridges: hardly any parameter is known by itself. That does not matter for
# predictions, which only need the combination.
#
# ## Experts: what are they worth?
#
# `ask("experts")` says how large a dense model would have to be for the same loss on the same
# tokens.

# %%
experts.ask("experts", N=[3e8, 1e9], experts=[8, 32], D=2e10)

# %% [markdown]
# The last column is the effective size over the active one. It grows with the number of experts,
# ever more slowly, and its band says whether the next doubling is worth it.
#
# With a budget, experts are *given*, and the planner chooses N and D for each number of them.
# Memory holds all experts, so a limit on it changes the answer.

# %%
experts.ask("optimum", flops=1e22, given={"experts": [1, 8, 32]})

# %%
experts.ask("optimum", flops=1e22, given={"experts": [1, 8, 32]}, memory=20e9)

# %% [markdown]
# Without a limit, the most experts win. With room for 20e9 numbers the memory of experts competes
# with the size of each, and the choice turns round: the dense model that fills the memory is best,
# at a loss that is clearly higher. The band of the number of experts says that this is not certain.
#
# ## Repeated data: how many epochs?
#
# Muennighoff et al. 2023 (arXiv:2305.16264): a token that is seen again is worth a little less each
# time. R_D_star is the number of repetitions at which most of the worth is used up.

# %%
repeated = bayesfit.fit("data_constrained", "simulated_epochs", **QUICK)
show(repeated.plot.exponents())

# %% [markdown]
# The posterior of the exponents and of E over the constants that made the runs (black). Now the
# question itself: one model, ten billion unique tokens, more and more epochs.

# %%
unique, N = 1e10, 1e9
epochs = np.array([1, 2, 4, 8, 16, 32, 64])
at = pd.DataFrame({"N": N, "D": unique * epochs, "unique_tokens": unique})
found = repeated.predict(at)
fresh = repeated.predict(at.assign(unique_tokens=at["D"]))


def epochs_figure(fit, *, ax=None, flops=()):
    """Loss against epochs on the same tokens, beside as many fresh tokens."""
    figure = figures.canvas(
        8, 4.2, "What the same tokens are worth again: 1B parameters, 10B unique tokens"
    )
    ax = figure.subplots()
    for table, colour, label in (
        (found, "#0072B2", "repeated"),
        (fresh, "#4d4d4d", "fresh tokens"),
    ):
        ax.fill_between(
            epochs, table["loss_lo80"], table["loss_hi80"], color=colour, alpha=0.25, lw=0
        )
        ax.plot(epochs, table["loss"], "o-", color=colour, ms=4, label=label)
    ax.set(xscale="log", xlabel="epochs", ylabel="loss, nats per token")
    ax.set_xticks(epochs, [str(x) for x in epochs], minor=False)
    ax.minorticks_off()
    ax.legend()
    return figure


show(figures.Plot(draw=epochs_figure, title="Epochs", caption="").draw(repeated))

# %% [markdown]
# Grey, what as many *fresh* tokens would give; blue, the same tokens again, with 80 % bands. Up to
# about four epochs the two lie together, as the paper says. After that the blue line flattens:
# compute is spent and little is learned. The law cannot rise (the last step up is what it is taken
# to be off by), so it does not see that too many epochs do harm; `repeated_data` is a law that can.
#
# The planner knows this too. Given the unique tokens, how does it spend one budget?

# %%
plans = {
    f"{tokens:.0e} unique tokens": repeated.optimum(1e22, given={"unique_tokens": tokens}).iloc[0]
    for tokens in (3e9, 1e10, 1e11)
}
columns = ["N_lo80", "N", "N_hi80", "D", "loss_at_N"]
pd.DataFrame(plans).T[columns].astype(float).map("{:.3g}".format)

# %% [markdown]
# The fewer unique tokens, the higher the loss, and the more often they are seen. The model does not
# grow in their place: parameters beyond what the unique tokens can use are worth little too.
#
# ## Mixtures: how much of which domain?
#
# Ye et al. 2024 (arXiv:2403.16952): the loss of each domain is exponential in the proportions. From
# a couple of dozen small runs on different mixtures the best one follows, for any weights of the
# domains.

# %%
mixed = bayesfit.fit("mixture", "simulated_mixtures", **QUICK)
mixed.ask("mixture")

# %%
mixed.ask("mixture", weights={mixed.labels[0]: 3.0, mixed.labels[1]: 1.0})

# %% [markdown]
# Two of the five domains are left out, and the bands of the others are narrow. What counts stands
# in the second table: what the best mixture *that was run* loses against the chosen one, and equal
# parts, and with which probability they are worse. Read the last sentence as well: where the choice
# leaves what was tried, try it small first. With other weights the choice moves altogether, so
# decide first what the model is for.
#
# **Conclusion.** Give the planner what it must not choose, ask for the loss and not for single
# parameters, and where a choice is flat, take the cheaper or simpler one.
