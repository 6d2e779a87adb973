"""Routed models with a floor: L = L_inf + 10**(a log10 N + b log10 E^ + c log10 N log10 E^ + d).

The law of Clark et al. 2022 (arXiv:2202.01169; `routed` has its E^ and its columns) for what the
loss is above a floor. They trained every model on the same 130e9 tokens, and no number of
parameters or experts takes away what those tokens leave: E + B/D**beta, which approach 3 of
Hoffmann et al. 2022 (arXiv:2203.15556) has at 1.97 nats per token, and these runs at 1.34 to 1.52
(S-Base, 95 %). A law without a floor sees slopes that flatten with size, and has only the
interaction c of size and experts to say it with.

Leave-one-out prefers this form to `routed` on the runs of each router, by 40 (5) for S-Base, 37 (6)
for RL-R and 40 (4) for Hash, and fits to the smaller runs predict the larger ones better. Most of
the interaction goes: ten times the experts take 2, 5 and 7 % of the slope in N, not 14, 17 and 17,
so that experts are worth nearly as much to a large model as to a small one. L_inf is known where
sizes span two decades (1.43 to 1.48 by router), and hangs on its prior where they do not. All runs
saw one D: how a budget is split it cannot tell, and at another D the floor is another.
"""

from jax.numpy import log, logaddexp
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, View
from bayesfit.models import load

routed = load("routed")


def priors(ref):
    """As `routed`, for slopes of what is left above the floor, which are steeper."""
    return routed.priors(ref) | dict(
        floor=Beta(3.0, 3.0),  # share of the reference run's loss that is beyond reach
        slope_N=LogNormal(log(0.2), 0.6),  # -d log(L - L_inf) / d log N
        slope_E=LogNormal(log(0.09), 0.7),  # -d log(L - L_inf) / d log E^
    )


def _above(theta):
    """theta of `routed`, for the loss above the floor."""
    return View(**vars(theta) | dict(L_ref=theta.L_ref * (1 - theta.floor)))


def textbook(theta, ref):
    return routed.textbook(_above(theta), ref) | dict(L_inf=theta.L_ref * theta.floor)


def reference(p, ref):
    assert routed.reference is not None
    above = routed.reference(p, ref)
    whole = above["L_ref"] + p.L_inf
    return above | dict(L_ref=whole, floor=p.L_inf / whole)


def log_loss(p, runs):
    return logaddexp(log(p.L_inf), routed.log_loss(p, runs))


law = Law(
    rows="final",
    inputs=routed.inputs,
    least=routed.least,
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=routed.derived,
    roles=dict(level="L_ref", irreducible="L_inf", exponent_N="alpha_dense"),
    symbols=dict(
        routed.symbols,
        a="slope of log10(L - L_inf) in log10 N where E^ is 1",
        b="slope of log10(L - L_inf) in log10 E^ where N is 1",
        d="log10(L - L_inf) where N and E^ are 1",
        L_inf="loss that the tokens leave to any size",
    ),
    family="experts",
    default_data="routed",
    likelihood="student_t",
)
