"""Kaplan, loss against size: L(N) = (N_c / N)**alpha_N.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, eq. 1.1: models
trained to convergence on ample data. L in nats per token, N parameters without embeddings. N_c is
where the line would reach one nat, some thirty e-folds beyond any model: the fit is of the loss and
the slope at a reference run, and N_c follows.
"""

from jax.numpy import exp, log
from numpyro.distributions import LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any size of model."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        alpha_N=LogNormal(log(0.08), 0.4),
    )


def textbook(theta, ref):
    return dict(N_c=exp(log(ref.N) + log(theta.L_ref) / theta.alpha_N), alpha_N=theta.alpha_N)


def reference(p, ref):
    return dict(L_ref=(p.N_c / ref.N) ** p.alpha_N, alpha_N=p.alpha_N)


def log_loss(p, runs):
    return p.alpha_N * (log(p.N_c) - log(runs.N))


law = Law(
    rows="final",
    inputs=("N",),
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", exponent_N="alpha_N"),
    symbols=dict(
        N_c="size at which the loss would be one nat, parameters",
        alpha_N="exponent of N",
    ),
    published=(Published("Kaplan et al. 2020", dict(N_c=8.8e13, alpha_N=0.076)),),
    family="Kaplan",
    default_data="diloco",
)
