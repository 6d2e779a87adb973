# %% [markdown]
# # 10. A budget proposal, from start to finish
#
# A committee asks: what will you build with 3.8e25 FLOPs, why that size, what do you lose if you
# are wrong, and what does it cost? This notebook answers with `fit.ask("budget", ...)` and shows
# the figure behind each answer. The runs are `pile`, 29 public models; replace them by yours
# (notebook 2), and the rest stays as it is.

# %%
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures
from bayesfit.findings import review
from bayesfit.formatting import count

BUDGET = 3.8e25


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


fit = bayesfit.fit("kaplan_chinchilla", "pile")
show(fit.plot.frontier(flops=BUDGET))

# %% [markdown]
# **The posterior of the best size.** For each budget, N* and D* with 80 % and 95 % bands; our
# budget is marked. It lies nearly three decades of compute beyond the largest run, and the bands
# say so. The law is `kaplan_chinchilla` (published as Skaling, arXiv:2608.07222), which has held
# best beyond the data, with a likelihood that takes the law itself to be a little off.
#
# ## The answer

# %%
answer = fit.ask(
    "budget",
    flops=BUDGET,
    against=["N=405e9,D=15.6e12", "N=70e9,D=15e12"],
    gpu="h100",
    mfu=(0.35, 0.45),
    gpus=16384,
)
answer

# %% [markdown]
# How to read it. The size to build is the one that loses least *on average over the posterior*, not
# the median of N*. Beside it stand the sizes that people would name (20 tokens for each parameter,
# a plan of Llama 3's size, an over-trained one), each with what it loses more than the choice, draw
# by draw, and with the probability that it is the better one. The last table turns FLOPs into
# hours, energy and money; its ranges come from the range of utilisation and of prices.
#
# ## What if we are wrong about the size?

# %%
show(answer.figures["regret"]())

# %% [markdown]
# Every draw of the posterior has a best size of its own, and a size loses more than that one by the
# height of its curve. The mean is lowest at the circle, but not nought there: that height is what
# not knowing the law costs, whatever one builds. Around the circle the valley is flat: across the
# green strip, a factor of two wide, the mean rises by less than a tenth of a per cent. This is the
# strongest sentence of a proposal: "we do not know N* well, and near our choice it hardly matters".
# It also says that a smaller model, which is cheaper to serve, costs little.

# %%
show(fit.plot.isoflop_regret(flops=BUDGET))

# %% [markdown]
# The same for several budgets at once, in panels: how far each size ends above the lowest loss, the
# best size a circle with its intervals at the foot, and the runs of the budget as dots where there
# are any. The title says what a model four times too small or too large would cost.
#
# ## With constraints
#
# Nobody builds exactly N*. Perhaps at most 200e9 parameters fit the servers, or the tokens end at
# 12e12, or the model has to serve 1e13 tokens out of the same budget.

# %%
asked = {
    "free": {},
    "at most 200e9 parameters": {"largest_N": 200e9},
    "at most 12e12 tokens": {"largest_D": 12e12},
    "and 1e13 tokens served": {"inference_tokens": 1e13},
}
rows = {name: fit.optimum(BUDGET, **limits).iloc[0] for name, limits in asked.items()}
plans = pd.DataFrame(rows).T.astype(float).rename_axis("plan")
for name in ("N", "N_lo80", "N_hi80", "D"):
    plans[name] = plans[name].map(count)
plans[["N_lo80", "N", "N_hi80", "D", "loss_at_N", "loss_at_N_lo80", "loss_at_N_hi80"]].round(3)

# %% [markdown]
# Compare the losses: each of these constraints costs far less than the width of the band. A limit
# on parameters costs little because the valley is flat, a limit on tokens nothing where the best
# plan keeps below it; serving takes its FLOPs out of training and asks for a smaller model.
#
# ## A target instead of a budget
#
# The other way round: which budget reaches a loss?

# %%
target = float(rows["free"]["loss_at_N"]) * 1.05
reached = fit.ask("budget", flops=BUDGET, target=round(target, 2))
reached.target

# %% [markdown]
# The table has the smallest budget that reaches the target on the median and with 80 or 95 %
# probability. The gap between them is the price of being sure.
#
# ## What a reviewer will ask

# %%
for finding in review(fit):
    if finding.verdict != "PASS":
        print(f"{finding.verdict}: {finding.finding} {finding.advice}\n")

# %% [markdown]
# A few refits of the bootstrap did not converge, which fails that check: this proposal quotes the
# posterior. Put the other sentences into the proposal yourself: that the budget is far beyond the
# runs, and how often such bands have held elsewhere (the paragraph on trust above). Then name the
# runs that you will make first to shorten the distance; notebook 9 chooses them.
#
# **From the command line** the same is one page to send, in the order that some centres ask for:
#
# ```sh
# bayesfit run --model kaplan_chinchilla --data my_runs.csv --out results/mine
# bayesfit budget results/mine --flops 3.8e25 --gpu h100 --mfu .35-.45 --out results/proposal
# ```
#
# **Conclusion.** Propose the size with the least expected loss, say how flat the valley is and what
# not knowing the law costs, name the rivals, and say how far beyond your runs all of this lies.
