# %% [markdown]
# # 6. Do the bands hold? Backtests, misfit, calibration, decisions
#
# "With 80 % probability" is worth as much as the count of how often such bands held. This notebook
# makes the count on public models: fit the small ones, predict the large ones, and look.

# %%
from IPython.display import Image

import bayesfit
from bayesfit import figures
from bayesfit.extrapolation import backtest, measured

QUICK = dict(chains=8, draws=250, bootstrap=0, refits=False)


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


small, large = bayesfit.load("pile").split("N < 5e9")
fit = bayesfit.fit("kaplan_chinchilla", small, held_out=large, **QUICK)
show(fit.plot.posterior_predictive())

# %% [markdown]
# **A posterior that is asked about the future.** The law was fitted to the models below 5B
# parameters. The right panel shows the larger ones, which it had not seen: for each of them the
# predicted band (80 % and 95 %) and the loss that was later measured. Most lie inside, as they
# should.
#
# ## The same, with the law believed
#
# The common way takes the law to be true and the runs to scatter around it. The likelihood
# `student_t` does that. Here is the same split, with nothing else changed.

# %%
believed = bayesfit.fit("kaplan_chinchilla", small, held_out=large, likelihood="student_t", **QUICK)
show(believed.plot.posterior_predictive())

# %%
for name, each in {"misfit learned": fit, "law believed": believed}.items():
    found = each.predict(large)
    actual = large["loss"]
    inside = [
        ((found[f"observed_lo{level}"] < actual) & (actual < found[f"observed_hi{level}"])).mean()
        for level in (80, 95)
    ]
    width = (found["observed_hi80"] / found["observed_lo80"] - 1).median()
    print(f"{name}: {inside[0]:.0%} in 80 % bands, {inside[1]:.0%} in 95 % bands; {width:.1%} wide")

# %% [markdown]
# Eight held-out models are few, so this table alone proves little; the count over all public sweeps
# below is what to quote. But the mechanism is visible: with the law believed the bands of the far
# runs are hardly wider than those of the near ones. The cleaner a sweep, the worse: it knows the
# parameters of a wrong law to nothing.
#
# ## Where the law is off

# %%
whole = bayesfit.fit("kaplan_chinchilla", "pile", **QUICK | dict(refits=True))
show(whole.plot.misfit())

# %% [markdown]
# The likelihood `misfit_t` learns a smooth field beside the law, over compute and tokens per
# parameter. Red is where losses lie above the law, blue below; hatched is what the runs do not tell
# from nought, and here all of it is hatched. Predictions and N* are of law and field together, and
# carry the doubt of both. A pattern that is strong and sure would say that another law is wanted.
#
# ## Several refits instead of one
#
# A backtest repeats this for several thresholds, beside two ways of common practice: the Huber fit
# with a pairs bootstrap, and the same with its residuals added as scatter.

# %%
answer = whole.ask("backtest")
show(answer.figures["calibration"]())

# %% [markdown]
# Left, how often bands held against how often they should have: on the diagonal is honest, below it
# is too sure, above it too wide; in the grey region chance alone may put a line. Blue is the
# posterior, the others are common practice. On this table the posterior is on the wide side and the
# pairs bootstrap on the narrow side. Right, each refit: every run above its threshold, and how far
# it fell from the prediction, in its band.

# %%
answer

# %% [markdown]
# Calibration first, then sharpness: among methods whose bands hold, the one with the narrower band
# and the higher log score is the better one. A method whose 80 % band holds 40 % is not sharp, it
# is wrong.
#
# ## How often such bands held elsewhere
#
# One table is a small jury. The bands of the laws that come with bayesfit were counted on 12 public
# sweeps, each scored with the misfit that the *other* sweeps choose (`benchmarks/BANDS.md`):

# %%
print(measured.in_words(measured.measured(whole.law, whole.likelihood)))

# %% [markdown]
# ## Decisions
#
# A band on N* may look frightening. What counts is the loss of acting on it: how much higher is the
# loss of the size that each refit would have chosen, by the judgement of the refit that saw most?

# %%
lost = backtest.regret(whole.refits, whole.runs)
lost.assign(regret=lost["regret"].map("{:.3%}".format)).round(-6)

# %%
budget = whole.ask("budget", flops=1e24)
show(budget.figures["regret"]())

# %% [markdown]
# Every draw has a best size of its own; the curve is what a size loses against it, and its mean is
# lowest at the circle. The valley is flat, so a size that is wrong by a factor of two loses little.
#
# **Conclusion.** Extrapolate with a likelihood that knows that its law is wrong; count before you
# quote (`bayesfit backtest` does it on your own runs); and judge a plan by the loss it risks, not
# by the width of the band on N*.
