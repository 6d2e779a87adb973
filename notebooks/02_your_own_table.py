# %% [markdown]
# # 2. Your own table through the door
#
# Most hours of a fit are lost before it: headings that nobody reads the same way, tokens in
# billions, crashed runs, losses rounded to two digits. `bayesfit.read` takes tables as laboratories
# write them, says how it read each heading, and stops with one sentence where it cannot. This
# notebook makes a messy table and takes it through.

# %%
import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from IPython.display import Image

import bayesfit
from bayesfit import figures

QUICK = dict(chains=8, draws=250, bootstrap=200, refits=False)
folder = TemporaryDirectory()
os.chdir(folder.name)  # the files that this notebook makes go with it
file = Path("SIMULATED_sweep.csv")


def show(figure):
    """A figure of bayesfit, as this notebook keeps it."""
    return Image(figures.png(figure, dpi=70))


truth = bayesfit.load("simulated_isoflop").to_frame()  # SIMULATED, so it may be shown
messy = pd.DataFrame(
    {
        "run_name": [f"sweep-{i:03d}" for i in range(len(truth))],
        "n_params": [f"{n / 1e6:.1f}M" for n in truth["N"]],
        "tokens_B": (truth["D"] / 1e9).round(4),
        "val_loss": truth["loss"].round(3),
    }
)
messy.loc[3, "val_loss"] = float("nan")  # a run that crashed
messy.to_csv(file, index=False, sep=";")
runs = replace(bayesfit.read(file), simulated=True)  # so that figures say it; yours need it not
fit = bayesfit.fit("chinchilla_approach3", runs, likelihood="student_t", **QUICK)
show(fit.plot.exponents())

# %% [markdown]
# **From a messy file to a posterior.** Blue is the posterior, vermilion the bootstrap, black what
# papers print. (The numbers in the file are SIMULATED from the law of Besiroglu et al. 2024, so the
# mark of that paper should lie inside.) How the file was read:

# %%
print(file.read_text()[:180], "...")

# %%
runs

# %% [markdown]
# Sizes written `112.3M`, tokens in billions, a semicolon between cells, an empty loss: each is
# said, and the run without a loss is left out and named. Nothing is guessed in silence.
#
# ## Look it over before you fit

# %%
bayesfit.check(file, "chinchilla_approach3")

# %% [markdown]
# `check` (on the command line `bayesfit check my_runs.csv`) shows columns with their ranges,
# isoFLOP budgets if there are any, which laws the columns allow, and whether the table could
# identify the parameters of yours at all. What the fit makes of such budgets:

# %%
show(fit.plot.isoflop_regret(flops=1e22))

# %% [markdown]
# One panel a budget: how far a model of each size would end above the lowest loss there, and the
# best size as a circle with its intervals at the foot; dots are runs of the table. Panels without
# dots lie beyond it. A table whose D is always 20 N could not bear such a figure. Here is what
# `check` says of one:

# %%
ray = bayesfit.check("diloco", "chinchilla_approach3")
for sentence in ray.sentences:
    print(sentence)
ray.tables["identified"].frame.round(2)

# %% [markdown]
# ## When a heading means nothing to us
#
# Then there is one sentence with the cure, and `columns=` (`--map` on the command line) says what
# is meant.

# %%
strange = Path("SIMULATED_strange.csv")
messy.rename(columns={"val_loss": "metric_7"}).to_csv(strange, index=False)
try:
    bayesfit.fit("chinchilla_approach3", bayesfit.read(strange))
except bayesfit.InputError as error:
    print(error)

# %%
bayesfit.read(strange, columns={"loss": "metric_7"})

# %% [markdown]
# Names of runs often hold what the columns lack. `names=` reads them by a pattern.

# %%
named = Path("named.csv")
pd.DataFrame(
    {"run": ["run_124M_2.5B", "run_350M_7B", "run_1.3B_26B"], "loss": [3.35, 2.96, 2.61]}
).to_csv(named, index=False)
bayesfit.read(named, names="run_{N}_{D}").to_frame()

# %% [markdown]
# ## Only some of the runs
#
# `where` takes a condition, and what was left out is said wherever the runs are shown.

# %%
runs.where("C < 1e21 and N > 50e6")

# %% [markdown]
# ## What a table may say about itself
#
# Losses rounded to three digits are known within half a step; a column `loss_se` has the standard
# error of an evaluation, `N_error` the doubt about a count. Each makes a difference, whatever the
# law. Here the same losses are rounded to one digit, believed, and then known to be rounded.

# %%
rough = truth.assign(loss=truth["loss"].round(1))
believed = bayesfit.from_frame(rough, "rounded to one digit", simulated=True)
known = bayesfit.from_frame(rough.assign(loss_step=0.1), "known to be rounded", simulated=True)
bands = {}
for table in (believed, known):
    each = bayesfit.fit("chinchilla_approach3", table, likelihood="student_t", **QUICK)
    row = each.exponents().loc["a"]
    bands[table.name] = row[["posterior_lo80", "posterior_median", "posterior_hi80"]]
bands["as it was"] = fit.exponents().loc["a", list(bands[table.name].index)]
pd.DataFrame(bands).T.astype(float).round(3)

# %% [markdown]
# ## Training curves are not independent runs
#
# A table with several rows a run is seen as curves, and every law says which of those rows it
# explains: most take the last one of each run.

# %%
bayesfit.load("simulated_curves")

# %%
show(fit.plot.fit_and_residuals())

# %% [markdown]
# Last, what every table deserves once it is fitted: observed against fitted, and what is left over
# against compute and tokens per parameter. A pattern in the residuals, or one run far from the
# others, is a reason to go back to the table.
#
# **Conclusion.** Read, look at what was said, check, and only then fit. The same goes for an export
# of Weights & Biases, a folder of checkpoints, JSON, Parquet or Excel.
