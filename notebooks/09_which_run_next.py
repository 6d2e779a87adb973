# %% [markdown]
# # 9. Which run next? The design of experiments
#
# A fit says what it does not know. `fit.ask("design", ...)` turns this into a shopping list: of all
# runs that you could pay for, those that narrow the band of one quantity most for their FLOPs, in
# the order in which to buy them, and where to stop. Nothing is simulated for it and nothing
# refitted: the posterior draws already say what each run would teach.

# %%
import numpy as np
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures
from bayesfit.datasets import designs

QUICK = dict(chains=8, draws=250, bootstrap=0, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


fit = bayesfit.fit("kaplan_chinchilla", "pile", **QUICK)
show(fit.plot.loss_at_scale(flops=1e24))

# %% [markdown]
# **The doubt that we want to buy down.** The posterior of the lowest loss for each budget, with 80
# % and 95 % bands, out to 1e27 FLOPs. The lower panel shows how fast certainty is lost beyond the
# grey range of the runs. Our question is the loss at 1e24 FLOPs, to the right of that range.
#
# ## Runs of at most 13B parameters, for 5e22 FLOPs in all

# %%
plan = fit.ask("design", target="C=1e24", allowance=5e22, N="5e7-1.3e10", runs=15)
show(plan.figures["design"]())

# %% [markdown]
# Left, faint dots are runs that could be bought, grey ones were fitted, and circles are to be
# bought, with their place in the order. Right, the width of the 80 % band of the loss at 1e24
# against the money spent. Steps that are low and long are runs that are hardly worth their cost;
# crosses are usual plans for the same money.

# %%
plan

# %% [markdown]
# The second table is the honest comparison: what common plans would leave of the band for the same
# money. Where one of them leaves about as much, take the plan that is easier to run; the design is
# then the yardstick. And here even the best runs within reach narrow the band by a seventh only,
# since much of the doubt is the misfit of the law itself, which no run far below the target
# removes. That is worth knowing before anything is paid.
#
# ## Another quantity, another list
#
# The runs that pin down the loss are not those that pin down N*. Here is the same money, spent on
# the size of the best model for 1e24 FLOPs.

# %%
sizes = fit.ask("design", target="C=1e24", quantity="N", allowance=5e22, N="5e7-1.3e10", runs=15)
show(sizes.figures["design"]())

# %% [markdown]
# To know N* one has to know on which side of the valley the loss rises faster, so the list wants
# runs with few and with many tokens per parameter. Runs on one ray at the usual ratio all look
# alike, and leave nearly all of the doubt about N*.
#
# ## Runs that are for sale
#
# Often only certain runs can be had: the nodes are free for a week, or the sizes are given. Offer
# them as a table, with a price column if you have one. Each may be bought once.

# %%
pool = pd.DataFrame(
    {"N": np.repeat([1e9, 3e9, 1e10, 3e10], 3), "ratio": np.tile([5.0, 20.0, 80.0], 4)}
)
pool["D"] = pool["N"] * pool.pop("ratio")
pool["hours"] = 6 * pool["N"] * pool["D"] / (3600 * 0.4 * 989e12)  # H100s at 40 % of their peak
fit.ask("design", target="C=1e24", pool=pool, price="hours", allowance=1e5)

# %% [markdown]
# ## Does it keep its promise?
#
# On a SIMULATED sweep the truth is known, so the promise can be tested. We fit the law to the
# cheaper budgets of `simulated_isoflop`, ask for a design, make those runs with the same simulator,
# and fit again.

# %%
few = bayesfit.load("simulated_isoflop").where("C < 5e19")
before = bayesfit.fit("chinchilla_approach3", few, likelihood="student_t", **QUICK)
bought = before.ask("design", target="C=1e22", allowance=2e21, runs=6)
show(bought.figures["design"]())

# %%
new = bought.runs[["N", "D", "C"]].copy()
rng = np.random.default_rng(1)
new["loss"] = designs.surface(new["N"], new["D"]) * np.exp(
    designs.SEEDS * rng.standard_normal(len(new))
)
table = pd.concat([few.to_frame()[["N", "D", "C", "loss"]], new], ignore_index=True)
both = bayesfit.from_frame(table, "few and bought", simulated=True)
after = bayesfit.fit("chinchilla_approach3", both, likelihood="student_t", **QUICK)


def width(found):
    """Width of the 80 % band of the lowest loss at 1e22 FLOPs."""
    row = found.optimum(1e22).iloc[0]
    return row["loss_hi80"] - row["loss_lo80"]


expected = bought.runs[["hi80", "lo80"]].iloc[-1]
print(f"80 % band before:   {width(before):.4f} nats wide")
print(f"promised afterwards: {expected['hi80'] - expected['lo80']:.4f}")
print(f"found afterwards:    {width(after):.4f}")

# %% [markdown]
# The band after the runs is close to the one that was promised before they were made. One table is
# one draw of luck; `benchmarks/` holds the same comparison over many of them.
#
# ## Before the first run
#
# Without any runs, the priors of the law speak alone. They need a reference run: about where you
# will train, and what loss to expect there.

# %%
prior = bayesfit.from_priors("chinchilla_approach3", {"N": 1e8, "D": 2e9, "loss": 3.3})
first = prior.ask("design", target="C=1e23", allowance=3e20, N="2e7-1e9", runs=8)
show(first.figures["design"]())

# %%
first

# %% [markdown]
# **Conclusion.** Say what you want to know, for which budget, and for how much money. The list
# differs from question to question, it says where to stop, and after each purchase you fit and ask
# again.
