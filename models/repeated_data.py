"""Repeated data, bounded: L = E + (L0 - E) h / (1 + h), h = a N**-alpha + b D**-beta + overfit.

Bryant & Liu 2026, "Practical Scaling Laws: Converting Compute into Performance in a
Data-Constrained World", arXiv:2605.09189. The third part of h is what a model loses by fitting its
few unique tokens too well, overfit = c N**gamma / U**delta. L0 is the loss of a model that knows
nothing, which the loss cannot exceed. L in nats per token, N parameters; D counts all training
tokens (T in the paper) and `unique_tokens` those that differ (U here, D in the paper).

The form is as the abstract prints it; the paper's constants for language were not to be had, so
none stand here. Among the laws of repeated data it is the one in which the loss can rise, but mind
where: it rises with N if the unique tokens are few, and never with more epochs of the same tokens,
as b D**-beta only falls. c, gamma and delta are known only through runs that overfit; without any,
the prior holds their share of h near zero. L0 is known only through losses near it.
"""

from jax.numpy import exp, expm1, log, log1p
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale; overfitting is none at all, until runs show it."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        room=LogNormal(
            0.0, 0.4
        ),  # log of L0 over L_ref: 50,000 words known to nobody are e times 4
        share_overfit=Beta(1.0, 4.0),  # part of h that is due to few unique tokens
        share_N=Beta(2.0, 2.0),  # part of the rest that is due to finite N
        alpha=LogNormal(log(0.35), 0.5),
        beta=LogNormal(log(0.35), 0.5),
        gamma=LogNormal(log(0.5), 0.6),
        delta=LogNormal(log(0.5), 0.6),
    )


def reparametrize(theta):
    """Runs see slopes: d log h / d log N is near -share_N * alpha at the reference run."""
    own = log(theta.reducible) + log1p(-theta.share_overfit)
    return dict(alpha=own + log(theta.share_N), beta=own + log1p(-theta.share_N))


def textbook(theta, ref):
    removable = theta.L_ref * theta.reducible
    h = removable / (theta.L_ref * expm1(theta.room))  # (L - E) / (L0 - L)
    overfit = h * theta.share_overfit
    return dict(
        E=theta.L_ref - removable,
        L0=theta.L_ref * exp(theta.room),
        a=(h - overfit) * theta.share_N * ref.N**theta.alpha,
        b=(h - overfit) * (1 - theta.share_N) * ref.D**theta.beta,
        c=overfit * ref.unique_tokens**theta.delta / ref.N**theta.gamma,
        alpha=theta.alpha,
        beta=theta.beta,
        gamma=theta.gamma,
        delta=theta.delta,
    )


def parts(p, runs):
    """Of h: too few parameters, too little training, too few unique tokens for so many of both."""
    overfit = p.c * runs.N**p.gamma / runs.unique_tokens**p.delta
    return p.a / runs.N**p.alpha, p.b / runs.D**p.beta, overfit


def reference(p, ref):
    small, short, overfit = parts(p, ref)
    h = small + short + overfit
    L_ref = p.E + (p.L0 - p.E) * h / (1 + h)
    return dict(
        L_ref=L_ref,
        reducible=1 - p.E / L_ref,
        room=log(p.L0 / L_ref),
        share_overfit=overfit / h,
        share_N=small / (small + short),
        alpha=p.alpha,
        beta=p.beta,
        gamma=p.gamma,
        delta=p.delta,
    )


def log_loss(p, runs):
    h = sum(parts(p, runs))
    return log(p.E + (p.L0 - p.E) * h / (1 + h))


law = Law(
    rows="final",
    inputs=("N", "D", "unique_tokens"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha", exponent_D="beta"),
    symbols=dict(
        E="irreducible loss, nats per token",
        L0="loss of a model that knows nothing, nats per token",
        a="scale of the parameter part of h",
        b="scale of the training part of h",
        c="scale of the overfitting part of h",
        alpha="exponent of N",
        beta="exponent of the tokens seen",
        gamma="overfitting grows as N^gamma",
        delta="overfitting falls as the unique tokens to the power -delta",
    ),
    family="data",
    default_data="simulated_epochs",
)
