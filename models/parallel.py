"""Parallel streams: L = E + (A / (N (k log P + 1)))**alpha, P the streams.

Chen et al. 2025, "Parallel Scaling Law for Language Models", arXiv:2505.10475: P copies of the
input go through one model at once, each with a prefix of its own, and their outputs are averaged
with learned weights. That is worth as much as 1 + k log P times the parameters (natural logarithm).
L in nats per token, N parameters, streams P. All runs of a table see the same tokens: the law reads
no D, so it is one of sizes at one amount of data, and E is what these tokens leave.

E and alpha are hard to tell apart over one decade of N, as in any power law with a floor; k is not.
The paper rounds its constants, to three digits.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale; of the loss at these tokens, size can remove up to about a half."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which size can remove
        alpha=LogNormal(log(0.25), 0.5),
        k=LogNormal(log(0.3), 0.8),
    )


def reparametrize(theta):
    """Runs see the slope -d log L / d log N = reducible * alpha at the reference run."""
    return dict(alpha=log(theta.reducible))


def worth(p, runs):
    """Parameters that one stream would need."""
    return runs.N * (p.k * log(runs.streams) + 1)


def textbook(theta, ref):
    removable = theta.L_ref * theta.reducible
    return dict(
        E=theta.L_ref - removable,
        A=removable ** (1 / theta.alpha) * worth(theta, ref),
        alpha=theta.alpha,
        k=theta.k,
    )


def reference(p, ref):
    removable = (p.A / worth(p, ref)) ** p.alpha
    L_ref = p.E + removable
    return dict(L_ref=L_ref, reducible=removable / L_ref, alpha=p.alpha, k=p.k)


def log_loss(p, runs):
    return log(p.E + (p.A / worth(p, runs)) ** p.alpha)


def derived(p):
    return dict(eight=1 + p.k * log(8.0))


law = Law(
    rows="final",
    inputs=("N", "streams"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha"),
    symbols=dict(
        E="loss that no size removes, nats per token",
        A="size at which the rest is one nat, parameters",
        alpha="exponent of N",
        k="P streams are worth 1 + k log P times the parameters",
        eight="what eight streams are worth, in parameters of one",
    ),
    published=(
        Published("Chen et al. 2025, Stack", dict(E=0.691, A=1.13e7, alpha=0.189, k=0.394)),
        Published("Chen et al. 2025, Pile", dict(E=1.29, A=1.97e8, alpha=0.196, k=0.334)),
    ),
    family="shape",
    default_data="simulated_streams",
)
