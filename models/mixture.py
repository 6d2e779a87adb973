"""Data mixture: L_i = c_i + exp(t_i1 r_1 + ... + t_iM r_M), for each domain i of M.

Ye et al. 2024, "Data Mixing Laws: Optimizing Data Mixtures by Predicting Language Modeling
Performance", arXiv:2403.16952, eq. 7: the loss on domain i after training on a mixture with
proportions r_1 ... r_M, of runs of one size on one number of tokens. The paper writes
c_i + k_i exp(sum of t_ij r_j); as proportions sum to one, a factor k_i and a constant added to all
t_ij do the same, so k_i is 1 here, and t_ij is the log of what domain i could still learn after
training on domain j alone. L in nats per token.

A table has a row a run, with columns `proportion_NAME` for each domain trained on, and a loss a
domain: `loss_NAME`, or a column `domain` and one row for each. There may be domains that are
scored and not trained on. What is weakly known: c_i, unless mixtures reach far, and t_ij of a
domain j of which every run has little.
"""

from dataclasses import replace
from functools import lru_cache

import jax.numpy as jnp
import pandas as pd
from jax.numpy import log, logaddexp
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.errors import InputError
from bayesfit.law import Law, of_group

PROPORTION, LOSS, DOMAIN = "proportion_", "loss_", "domain"
ROUNDED = 0.02  # how far a sum of proportions may be from one
USUAL = tuple(f"{PROPORTION}{i}" for i in range(1, 6))


def prepare(runs):
    """One row for each run and domain that is scored."""
    runs = whole(runs)
    if DOMAIN in runs.columns:
        return runs
    scored = [name for name in runs.columns if name.startswith(LOSS) and name != "loss_se"]
    if not scored:
        raise InputError(
            f"{runs.name} has neither a column {DOMAIN} nor losses by domain ({LOSS}web, "
            f"{LOSS}code, ...): add one of them"
        )
    kept = [name for name in runs.columns if name not in (*scored, "loss")]
    rows = [
        runs.table[kept].assign(**{DOMAIN: name.removeprefix(LOSS), "loss": runs.table[name]})
        for name in scored
    ]
    note = f"the losses of {len(scored)} domains stand in rows of their own"
    table = pd.concat(rows, ignore_index=True)
    return replace(runs, table=table, notes=(*runs.notes, note))


def whole(runs):
    """The runs, their proportions out of one; per cents are turned into that."""
    names = [name for name in runs.columns if name.startswith(PROPORTION)]
    if not names:
        return runs  # the engine says which columns are missing
    runs.require(names)
    total = runs.table[names].sum(axis=1).to_numpy(float)
    if abs(total / 100 - 1).max() < ROUNDED:
        table = runs.table.assign(**{name: runs.table[name] / 100 for name in names})
        return replace(runs, table=table, notes=(*runs.notes, "proportions read as per cent"))
    for i, x in enumerate(total):
        if abs(x - 1) > ROUNDED or runs.table[names].iloc[i].min() < 0:
            raise InputError(
                f"{runs.name}, run {i + 1}: its proportions sum to {x:.4g} (or one is below "
                "zero): give shares that sum to one"
            )
    return runs


@lru_cache(maxsize=16)
def of(proportions):
    """The law of these columns of proportions."""
    slopes = [f"t_{name.removeprefix(PROPORTION)}" for name in proportions]

    def priors(ref):
        """Of each domain, at the mean mixture of the runs."""
        several = (ref.groups,)
        far = Normal(0.0, 1.5).expand(several).to_event(1)
        return dict(
            L_ref=LogNormal(log(ref.loss), 0.5).expand(several).to_event(1),
            reducible=Beta(jnp.full(several, 2.0), jnp.full(several, 4.0)).to_event(1),
        ) | {f"{slope}_ref": far for slope in slopes}

    def middle(ref):
        shares = jnp.stack([getattr(ref, name) for name in proportions])
        return shares / jnp.sum(shares)

    def textbook(theta, ref):
        """The slopes at the reference mixture are free; their mean there is fixed by L_ref."""
        free = jnp.stack([getattr(theta, f"{slope}_ref") for slope in slopes])
        level = log(theta.L_ref * theta.reducible)
        t = free - jnp.einsum("m,m...->...", middle(ref), free)[None] + level[None]
        return dict(zip(slopes, t, strict=True)) | dict(c=theta.L_ref * (1 - theta.reducible))

    def log_loss(p, runs):
        lost = sum(
            of_group(getattr(p, slope), runs.group) * getattr(runs, name)
            for slope, name in zip(slopes, proportions, strict=True)
        )
        return logaddexp(log(of_group(p.c, runs.group)), lost)

    words = {
        slope: f"log of what is left to learn after {slope.removeprefix('t_')} alone"
        for slope in slopes
    }
    return Law(
        rows="final",
        inputs=proportions,
        any_value=proportions,
        group=DOMAIN,
        priors=priors,
        textbook=textbook,
        log_loss=log_loss,
        prepare=prepare,
        adapt=adapt,
        roles=dict(irreducible="c"),
        symbols=dict(c="loss that no mixture removes, nats per token") | words,
        family="data",
        default_data="simulated_mixtures",
        likelihood="student_t",
    )


def adapt(headings):
    """The law of a table's own proportions."""
    found = tuple(name for name in headings if name.startswith(PROPORTION))
    return of(found or USUAL)


law = of(USUAL)
