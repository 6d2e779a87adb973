"""Chinchilla, approach 3: L(N, D) = E + A / N**alpha + B / D**beta.

Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models", arXiv:2203.15556, eq. 2
and appendix D.3; the corrected fit is Besiroglu et al. 2024, arXiv:2404.10102. L in nats per
token, N parameters, D training tokens, C = 6 N D FLOPs.
"""

from itertools import product

from jax.numpy import array, exp, log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any size of model."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        alpha=LogNormal(log(0.35), 0.5),
        beta=LogNormal(log(0.35), 0.5),
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log N = reducible * share_N * alpha at the reference run."""
    return dict(
        alpha=log(theta.reducible * theta.share_N),
        beta=log(theta.reducible * (1 - theta.share_N)),
    )


def textbook(theta, ref):
    due_to_N = theta.L_ref * theta.reducible * theta.share_N
    due_to_D = theta.L_ref * theta.reducible * (1 - theta.share_N)
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        A=due_to_N * ref.N**theta.alpha,
        B=due_to_D * ref.D**theta.beta,
        alpha=theta.alpha,
        beta=theta.beta,
    )


def reference(p, ref):
    due_to_N, due_to_D = p.A / ref.N**p.alpha, p.B / ref.D**p.beta
    L_ref = p.E + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha=p.alpha,
        beta=p.beta,
    )


def log_loss(p, runs):
    return log(p.E + p.A / runs.N**p.alpha + p.B / runs.D**p.beta)


def derived(p):
    a = p.beta / (p.alpha + p.beta)
    return dict(a=a, b=1 - a, gamma=p.alpha * a)


def optimum(p, C):
    """Hoffmann et al. eq. 4: N* = G (C/6)^a, D* = (C/6)^b / G."""
    G = (p.alpha * p.A / (p.beta * p.B)) ** (1 / (p.alpha + p.beta))
    N = G * (C / 6) ** (p.beta / (p.alpha + p.beta))
    return N, C / (6 * N)


def grid():
    """The 4500 starting points of Hoffmann et al., appendix D.3."""
    exponents, scales = (0.0, 0.5, 1.0, 1.5, 2.0), (0.0, 5.0, 10.0, 15.0, 20.0, 25.0)
    points = product((-1.0, -0.5, 0.0, 0.5, 1.0), scales, scales, exponents, exponents)
    e, a, b, alpha, beta = array(list(points)).T
    return dict(E=exp(e), A=exp(a), B=exp(b), alpha=alpha, beta=beta)


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
    grid=grid,
    roles=dict(
        level="L_ref",
        irreducible="E",
        exponent_N="alpha",
        exponent_D="beta",
        growth_N="a",
        growth_D="b",
    ),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term",
        alpha="exponent of N",
        beta="exponent of D",
        a="N* grows as C^a",
        b="D* grows as C^b",
        gamma="reducible loss at the optimum falls as C^-gamma",
    ),
    published=(
        Published(  # the unrounded values stand in the paper's TeX source
            "Hoffmann et al. 2022",
            dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083),
        ),
        Published(
            "Besiroglu et al. 2024",
            dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658),
            errors=dict(E=0.02566, A=124.52, B=1293.28, alpha=0.01540, beta=0.02060),
        ),
    ),
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.02,
)
