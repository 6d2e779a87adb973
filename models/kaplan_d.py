"""Kaplan, loss against data: L(D) = (D_c / D)**alpha_D.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, eq. 1.2: large
models stopped early on a limited data set. L in nats per token, D tokens. D_c is where the line
would reach one nat; the fit is of the loss and the slope at a reference run, and D_c follows.
"""

from jax.numpy import exp, log
from numpyro.distributions import LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any amount of data."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        alpha_D=LogNormal(log(0.1), 0.4),
    )


def textbook(theta, ref):
    return dict(D_c=exp(log(ref.D) + log(theta.L_ref) / theta.alpha_D), alpha_D=theta.alpha_D)


def reference(p, ref):
    return dict(L_ref=(p.D_c / ref.D) ** p.alpha_D, alpha_D=p.alpha_D)


def log_loss(p, runs):
    return p.alpha_D * (log(p.D_c) - log(runs.D))


law = Law(
    rows="final",
    inputs=("D",),
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", exponent_D="alpha_D"),
    symbols=dict(
        D_c="tokens at which the loss would be one nat",
        alpha_D="exponent of D",
    ),
    published=(Published("Kaplan et al. 2020", dict(D_c=5.4e13, alpha_D=0.095)),),
    family="Kaplan",
    default_data="diloco",
)
