# %% [markdown]
# # 8. Is recipe B better than A, and by how much compute?
#
# A new corpus, an optimizer, an architecture: a recipe B has a few runs, the recipe in use has
# many. The question is not whether one loss is lower, but how many times less compute B needs for
# A's loss, at the budget that matters, and how sure that is. Both recipes go into one table with a
# column that names them; the law is pooled over that column, so that few runs of B say as much as
# they can, and no more.

# %%
import numpy as np
import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures
from bayesfit.datasets import designs

QUICK = dict(chains=8, draws=200, bootstrap=0, refits=False, likelihood="student_t")
GAIN = 1.4  # the truth: B gets as far on 1.4 times fewer tokens and FLOPs


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


def recipes(new, seed=0, old=40):
    """SIMULATED runs of recipe A (many) and B (few), by Besiroglu et al.'s constants."""
    rng = np.random.default_rng(seed)
    N = 10 ** rng.uniform(7.7, 9.7, old + new)
    D = N * 10 ** rng.uniform(0.7, 2.0, old + new)
    recipe = np.where(np.arange(old + new) < old, "A", "B")
    worth = np.where(recipe == "B", GAIN, 1.0) * D
    loss = designs.surface(N, worth) * np.exp(0.004 * rng.standard_normal(old + new))
    table = pd.DataFrame({"recipe": recipe, "N": N, "D": D, "loss": loss})
    return bayesfit.from_frame(table, f"A and {new} runs of B", simulated=True)


fit = bayesfit.fit("chinchilla_approach3", recipes(12), group="recipe", **QUICK)
answer = fit.ask("speedup", of="B", over="A", flops=[1e20, 1e21, 1e22, 1e23])
show(answer.figures["speedup"]())

# %% [markdown]
# **The posterior of the speed-up.** How many times less compute B needs for A's loss, against A's
# budget: the line is the median, the bands hold 80 % and 95 %, ticks at the foot are the runs of
# each recipe. The truth of this SIMULATED table is 1.4 everywhere. Inside the runs the band is
# narrow; beyond them it opens, because B's exponents are known from twelve runs only.

# %%
answer

# %% [markdown]
# The table has the speed-up in compute and in tokens, with P(> 1), the probability that B is better
# at all. Then a verdict (choose B, keep A, or not enough evidence), and the runs that would tell
# most.
#
# ## With three runs of B

# %%
few = bayesfit.fit("chinchilla_approach3", recipes(3), group="recipe", **QUICK)
short = few.ask("speedup", of="B", over="A", flops=[1e20, 1e21, 1e22, 1e23])
show(short.figures["speedup"]())

# %%
short

# %% [markdown]
# Three runs of B say something, because the law is shared: pooling lends B the exponents of A as
# far as its own runs do not contradict. But the band is wider, and where it lies on both sides of 1
# it settles nothing. The list of next runs says what to buy; notebook 9 does it in earnest:

# %%
next_runs = few.ask(
    "design", target=1e22, quantity="speedup", of="B", over="A", allowance=1e21, runs=4
)
show(next_runs.figures["design"]())

# %% [markdown]
# Runs of B: those of A are known. The right panel says what is left of the band after each; most of
# it goes with the first large one.
#
# ## Real runs: data-parallel training and DiLoCo
#
# `diloco` has printed losses of five ways to train at 35M to 10B parameters (Charles et al. 2025,
# arXiv:2503.09799), each at 20 tokens per parameter. On one ray of D/N no law can tell what is due
# to N and what to D, so the question is asked of a law of compute alone.

# %%
runs = bayesfit.load("diloco", all_runs=True)
trained = bayesfit.fit("kaplan_c", runs, group="family", **QUICK)
pair = trained.ask("speedup", of="DiLoCo-M2", over="DP", flops=[1e20, 1e22, 1e24])
show(pair.figures["speedup"]())

# %%
pair

# %% [markdown]
# The band lies on both sides of 1 at every budget: these runs do not tell the two recipes apart. A
# per cent of loss is worth much compute where the loss falls slowly, and nine runs each scatter
# around a power law of C by about as much as the recipes differ. "Cannot tell" is an answer too: it
# keeps one from choosing by a difference that the next run may turn round.
#
# **Conclusion.** Put both recipes in one table, score them on the same text, pool the law, and
# quote the speed-up at *your* budget with its band. A win at small scale that the band does not
# carry to your budget is a reason to buy two more runs, not to switch.
