"""Kaplan, loss against compute: L(C) = (C_c / C)**alpha_C.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, eq. 1.3: runs that
spend their compute well, the lower envelope of training curves. L in nats per token, C training
FLOPs; C_c, where the line would reach one nat, is given in PF-days as the paper does (8.64e19
FLOPs each). The fit is of the loss and the slope at a reference run, and C_c follows.
"""

from jax.numpy import exp, log
from numpyro.distributions import LogNormal

from bayesfit.constants import PF_DAY
from bayesfit.data.curves import efficient
from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any budget."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        alpha_C=LogNormal(log(0.05), 0.4),
    )


def textbook(theta, ref):
    C_c = exp(log(ref.C / PF_DAY) + log(theta.L_ref) / theta.alpha_C)
    return dict(C_c=C_c, alpha_C=theta.alpha_C)


def reference(p, ref):
    return dict(L_ref=(p.C_c * PF_DAY / ref.C) ** p.alpha_C, alpha_C=p.alpha_C)


def log_loss(p, runs):
    return p.alpha_C * (log(p.C_c) - log(runs.C / PF_DAY))


law = Law(
    rows="envelope",
    inputs=("C",),
    prepare=efficient,
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref"),
    symbols=dict(
        C_c="compute at which the loss would be one nat, PF-days",
        alpha_C="exponent of C",
    ),
    published=(
        Published("Kaplan et al. 2020, L(C_min)", dict(C_c=3.1e8, alpha_C=0.050)),
        Published("Kaplan et al. 2020, fixed batch", dict(C_c=1.6e7, alpha_C=0.057)),
    ),
    family="Kaplan",
    default_data="diloco",
)
