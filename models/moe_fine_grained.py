"""Fine-grained MoE: L = c + (g / G**gamma + a) / N**alpha + b / D**beta, with granularity G.

Krajewski et al. 2024, "Scaling Laws for Fine-Grained Mixture of Experts", arXiv:2402.07871, eq. 9.
G is how many times smaller an expert is than the feed-forward layer of the dense model; each token
meets G of the G E experts, so that G alone changes neither size nor active parameters. L in nats
per token; N, all parameters without embeddings, those of all experts included; D, training tokens;
granularity, 1 or more. E, the expansion rate, is 64 throughout: the law does not hold for another
(the paper fits other constants for 16).

FLOPs are the paper's, of its models with d_model = 64 blocks: with the router, whose share grows
with G, so that a budget has a best G. They rise with the active parameters, a 43rd of N. Tokens
served (`inference_tokens`) are counted by all of N, which is far too many.

Granularity works through its part of the parameter term alone, a twentieth of it in the paper: g
and gamma rest on a few per cent of the loss, and need several G at each size.
"""

from jax.numpy import cbrt, log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published

EXPANSION, WIDTH = 64, 64  # experts of the size of a feed-forward layer; d_model over blocks
OF_NETWORK, OF_ROUTER = 6.0, 14.0  # FLOPs of training an active parameter on a token (appendix E)


def flops_with_router(columns):
    """(12 d^2 6 + 64 d G 14) D n: the paper's FLOPs with the router, for N = 516 d^2 n, d = 64 n"""
    blocks = cbrt(columns.N / ((8 * EXPANSION + 4) * WIDTH**2))
    d = WIDTH * blocks
    of_router = d * EXPANSION * columns.granularity * OF_ROUTER
    return (12 * d**2 * OF_NETWORK + of_router) * columns.D * blocks


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any size of model."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 2.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        share_G=Beta(1.5, 10.0),  # part of that again which finer experts can remove
        alpha=LogNormal(log(0.2), 0.5),
        beta=LogNormal(log(0.2), 0.5),
        gamma=LogNormal(log(0.6), 0.5),
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
    scale = due_to_N * ref.N**theta.alpha
    return dict(
        c=theta.L_ref * (1 - theta.reducible),
        a=scale * (1 - theta.share_G),
        g=scale * theta.share_G * ref.granularity**theta.gamma,
        b=due_to_D * ref.D**theta.beta,
        alpha=theta.alpha,
        beta=theta.beta,
        gamma=theta.gamma,
    )


def reference(p, ref):
    coarse = p.g / ref.granularity**p.gamma
    due_to_N, due_to_D = (coarse + p.a) / ref.N**p.alpha, p.b / ref.D**p.beta
    L_ref = p.c + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        share_N=due_to_N / (due_to_N + due_to_D),
        share_G=coarse / (coarse + p.a),
        alpha=p.alpha,
        beta=p.beta,
        gamma=p.gamma,
    )


def log_loss(p, runs):
    scale = p.g / runs.granularity**p.gamma + p.a
    return log(p.c + scale / runs.N**p.alpha + p.b / runs.D**p.beta)


law = Law(
    rows="final",
    inputs=("N", "D", "granularity"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    cost=flops_with_router,
    roles=dict(level="L_ref", irreducible="c", exponent_N="alpha", exponent_D="beta"),
    symbols=dict(
        c="irreducible loss, nats per token",
        a="scale of the parameter term with endlessly fine experts",
        g="what experts of full size add to that scale",
        b="scale of the data term",
        alpha="exponent of N",
        beta="exponent of D",
        gamma="exponent of granularity",
    ),
    published=(
        Published(
            "Krajewski et al. 2024, MoE of expansion 64",
            dict(a=18.1, alpha=0.115, b=30.8, beta=0.147, g=2.1, gamma=0.58, c=0.47),
        ),
    ),
    family="experts",
    default_data="simulated_fine_grained",
    likelihood="student_t",
)
