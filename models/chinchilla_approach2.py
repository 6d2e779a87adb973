"""Chinchilla, approach 2: L = L_min + R k d**2 exp(lean d / 3) / 2, d = log(N / (G (C / 6)**a)).

IsoFLOP profiles, Hoffmann et al. 2022, arXiv:2203.15556, section 3.2, as one hierarchical model
instead of a parabola for each budget and a line through their minima. L_min = E + R is the lowest
loss at C FLOPs, R = K / C**gamma its reducible part. Around the optimum a profile is a parabola in
log N, whose bend is R times k (k = alpha beta, if losses follow approach 3), and which may lean to
one side (by beta - alpha there): the cubic term, pooled over all budgets, without which wide grids
move the optimum. Each budget has its own deviation of lowest loss, of best size and of bend, drawn
from common distributions, so a budget with few runs leans on the others. Budgets are read from a
column `budget`, or found as clusters of log C. L in nats per token, C in FLOPs.
"""

from jax.numpy import exp, log
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.data.isoflop import COLUMN, grouped
from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale; budgets lie near their power laws."""
    each = Normal(0.0, 1.0).expand([ref.groups]).to_event(1)
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.2),  # lowest loss at the mean of log C
        reducible=Beta(2.0, 4.0),  # share of that loss which compute can remove
        gamma=LogNormal(log(0.17), 0.4),
        N_ref=LogNormal(log(ref.N), 0.7),  # best size at the mean of log C
        a=Beta(3.0, 3.0),
        k=LogNormal(log(0.12), 0.5),
        lean=Normal(0.0, 0.1),
        spread_L=LogNormal(log(0.002), 1.0),  # of budgets, each in log
        spread_N=LogNormal(log(0.05), 1.0),
        spread_k=LogNormal(log(0.1), 1.0),
        deviation_L=each,
        deviation_N=each,
        deviation_k=each,
    )


def textbook(theta, ref):
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        K=theta.L_ref * theta.reducible * ref.C**theta.gamma,
        gamma=theta.gamma,
        G=theta.N_ref / (ref.C / 6) ** theta.a,
        a=theta.a,
        k=theta.k,
        lean=theta.lean,
        off_L=exp(theta.spread_L * theta.deviation_L),
        off_N=exp(theta.spread_N * theta.deviation_N),
        off_k=exp(theta.spread_k * theta.deviation_k),
    )


def log_loss(p, runs):
    reducible = p.K / runs.C**p.gamma
    d = log(runs.N / (p.G * (runs.C / 6) ** p.a * p.off_N[runs.group]))
    bowl = p.k * p.off_k[runs.group] * d**2 / 2 * exp(p.lean * d / 3)
    return log((p.E + reducible) * p.off_L[runs.group] + reducible * bowl)


def derived(p):
    return dict(b=1 - p.a)


def optimum(p, C):
    """That of the power law, common to all budgets."""
    N = p.G * (C / 6) ** p.a
    return N, C / (6 * N)


def at_size(p, N, D):
    """On the profile that is common to all budgets."""
    C = 6 * N * D
    reducible = p.K / C**p.gamma
    d = log(N / (p.G * (C / 6) ** p.a))
    return log(p.E + reducible * (1 + p.k * d**2 / 2 * exp(p.lean * d / 3)))


law = Law(
    rows="final",
    inputs=("N", "C"),
    prepare=grouped,
    group=COLUMN,
    random=("spread_L", "spread_N", "spread_k", "deviation_L", "deviation_N", "deviation_k"),
    priors=priors,
    textbook=textbook,
    log_loss=log_loss,
    derived=derived,
    optimum=optimum,
    at_size=at_size,
    roles=dict(level="L_ref", irreducible="E", growth_N="a", growth_D="b"),
    symbols=dict(
        a="N* grows as C^a",
        b="D* grows as C^b",
        G="N* at six FLOPs",
        gamma="the reducible part of the lowest loss falls as C^-gamma",
        E="irreducible loss, nats per token",
        K="scale of the reducible loss",
        k="bend of a profile over its reducible loss",
        lean="how profiles lean: positive is steeper towards large models",
        off_N="best size of a budget over the power law",
        off_L="lowest loss of a budget over the power law",
        off_k="bend of a budget over the common one",
    ),
    published=(
        Published("Hoffmann et al. 2022", dict(a=0.49, b=0.51)),
        Published("Kaplan et al. 2020", dict(a=0.73, b=0.27)),
    ),
    default_data="simulated_isoflop",
)
