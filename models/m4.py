"""M4, a curve with two ends: (L - E_inf) / (E_0 - L)**alpha = beta D**c.

Alabdulmohsin, Neyshabur & Zhai 2022, "Revisiting Neural Scaling Laws in Language and Vision",
arXiv:2209.06640 (their M4): the loss starts at E_0, which is what a guess has, and falls to E_inf
with a power law between. c is negative. L in nats per token, D training tokens (any measure of
scale will do, under that name).

L stands on both sides: its logit between the two ends is found for each run by Newton's method on
a function that is all but straight, and the last step carries the derivatives. Runs far below E_0
say nothing of E_0 and alpha but through the bend they leave: with large runs only the law is
E_inf + beta' D**c, and E_0 and alpha stay as the prior has them.
"""

from jax import lax
from jax.nn import sigmoid, softplus
from jax.numpy import exp, log, log1p, where
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law

STEPS = 8


def priors(ref):
    """Weak, and free of scale: a guess has some twice the loss of the reference run or more."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        above=LogNormal(0.0, 0.7),  # how far E_0 lies above it, as a share of it
        slope=LogNormal(log(0.3), 0.5),  # -c
        alpha=LogNormal(0.0, 0.5),
    )


def reparametrize(theta):
    """Runs see the slope at the reference run, c over what the bend towards E_0 takes off it."""
    bend = 1 + theta.alpha * theta.reducible / theta.above
    return dict(slope=log(theta.reducible / bend))


def textbook(theta, ref):
    removable = theta.L_ref * theta.reducible
    below = theta.L_ref * theta.above
    return dict(
        E_inf=theta.L_ref - removable,
        E_0=theta.L_ref + below,
        alpha=theta.alpha,
        beta=exp(log(removable) - theta.alpha * log(below) + theta.slope * log(ref.D)),
        c=-theta.slope,
    )


def reference(p, ref):
    L_ref = exp(log_loss(p, ref))
    return dict(
        L_ref=L_ref,
        reducible=1 - p.E_inf / L_ref,
        above=p.E_0 / L_ref - 1,
        slope=-p.c,
        alpha=p.alpha,
    )


def log_loss(p, runs):
    span = log(p.E_0 - p.E_inf)
    right = log(p.beta) + p.c * log(runs.D) - (1 - p.alpha) * span
    logit = _solve(p.alpha, right)
    return log(p.E_inf) + log1p(exp(span - log(p.E_inf)) * sigmoid(logit))


def _solve(alpha, right):
    """The logit v of u with log u - alpha log(1 - u) = right, u the loss's place between its ends.

    The left side is alpha softplus(v) - softplus(-v): its slope runs from 1 to alpha, and it bends
    one way only, so that Newton's method comes in from one side.
    """
    v = where(right < 0, right, right / alpha)
    for _ in range(STEPS):
        v = lax.stop_gradient(v)
        left = alpha * softplus(v) - softplus(-v)
        v = v - (left - right) / (sigmoid(-v) + alpha * sigmoid(v))
    return v  # the derivative of the last step is that of the solution


law = Law(
    rows="final",
    inputs=("D",),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", irreducible="E_inf", exponent_D="slope"),
    symbols=dict(
        E_inf="irreducible loss, nats per token",
        E_0="loss of a guess, nats per token",
        alpha="power of the distance from the loss of a guess",
        beta="scale of the reducible loss",
        c="power of D by which it falls (negative)",
    ),
    family="curves",
    default_data="simulated_two_ends",
)
