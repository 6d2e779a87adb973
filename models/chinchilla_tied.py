"""Chinchilla with one exponent: L(N, D) = E + A / N**alpha + B / D**alpha.

The case alpha = beta of Hoffmann et al. 2022, arXiv:2203.15556, which Muennighoff et al. 2023,
"Scaling Data-Constrained Language Models", arXiv:2305.16264, fit to C4. N and D then grow alike,
as sqrt(C), and the best tokens per parameter are the same at every budget. A small table says
little of alpha - beta, so this is often as much as it can bear. L in nats per token, N parameters,
D training tokens, C = 6 N D FLOPs.
"""

import math

from jax.numpy import log, sqrt
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Those of Chinchilla's approach 3, with one exponent."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        alpha=LogNormal(log(0.35), 0.5),
    )


def reparametrize(theta):
    """Runs see the slope reducible * alpha at the reference run."""
    return dict(alpha=log(theta.reducible))


def textbook(theta, ref):
    due_to_N = theta.L_ref * theta.reducible * theta.share_N
    due_to_D = theta.L_ref * theta.reducible * (1 - theta.share_N)
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        A=due_to_N * ref.N**theta.alpha,
        B=due_to_D * ref.D**theta.alpha,
        alpha=theta.alpha,
    )


def reference(p, ref):
    due_to_N, due_to_D = p.A / ref.N**p.alpha, p.B / ref.D**p.alpha
    L_ref = p.E + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha=p.alpha,
    )


def log_loss(p, runs):
    return log(p.E + p.A / runs.N**p.alpha + p.B / runs.D**p.alpha)


def derived(p):
    return dict(M_star=(p.B / p.A) ** (1 / p.alpha), gamma=p.alpha / 2)


def optimum(p, C):
    """Hoffmann et al. eq. 4 at alpha = beta."""
    N = sqrt(C / (6 * derived(p)["M_star"]))
    return N, C / (6 * N)


law = Law(
    rows="final",
    inputs=("N", "D"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    optimum=optimum,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha", exponent_D="alpha"),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term",
        alpha="exponent of N and of D",
        M_star="the best tokens per parameter",
        gamma="reducible loss at the optimum falls as C^-gamma",
    ),
    published=(
        Published(  # printed as log E, log A and log B
            "Muennighoff et al. 2023",
            dict(
                E=math.exp(0.6254804),
                A=math.exp(6.255414),
                B=math.exp(7.3049974),
                alpha=0.3526596,
            ),
        ),
    ),
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.03,
)
