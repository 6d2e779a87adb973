"""Power law plus constant: L(N) = L_inf + (N_0 / N)**alpha.

Henighan et al. 2020, "Scaling Laws for Autoregressive Generative Modeling", arXiv:2010.14701,
eq. 1.1: L_inf is the entropy of the data, the rest is what a larger model can still learn. L in
nats per token, N parameters; a table of other runs is fitted against its own `N` column.
"""

from jax.numpy import exp, log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale: they mean the same for any kind of data and any size of model."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 2.0),  # share of that loss which size can remove
        alpha=LogNormal(log(0.15), 0.5),
    )


def reparametrize(theta):
    """Runs see the slope: -d log L / d log N = reducible * alpha at the reference run."""
    return dict(alpha=log(theta.reducible))


def textbook(theta, ref):
    due_to_N = theta.L_ref * theta.reducible
    return dict(
        L_inf=theta.L_ref - due_to_N,
        N_0=exp(log(ref.N) + log(due_to_N) / theta.alpha),
        alpha=theta.alpha,
    )


def reference(p, ref):
    due_to_N = (p.N_0 / ref.N) ** p.alpha
    L_ref = p.L_inf + due_to_N
    return dict(L_ref=L_ref, reducible=due_to_N / L_ref, alpha=p.alpha)


def log_loss(p, runs):
    return log(p.L_inf + exp(p.alpha * (log(p.N_0) - log(runs.N))))


law = Law(
    rows="final",
    inputs=("N",),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", irreducible="L_inf", exponent_N="alpha"),
    symbols=dict(
        L_inf="irreducible loss, nats per token",
        N_0="size at which the reducible loss would be one nat, parameters",
        alpha="exponent of the reducible loss",
    ),
    default_data="diloco",
)
