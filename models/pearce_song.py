"""Chinchilla, N without embeddings: L = E + A / N_T**alpha + B / D**beta, N_T = N + omega N**(1/3).

Pearce & Song 2024, "Reconciling Kaplan and Chinchilla Scaling Laws", arXiv:2406.12907. Kaplan et
al. 2020 (arXiv:2001.08361) count neither the embeddings N_T - N nor their FLOPs, Hoffmann et al.
2022 (arXiv:2203.15556) count both. Written in the first way, the law of the second has an optimum
that is no power law: N* grows as C^a with an a that falls from above 0.7 for very small models to
Chinchilla's beta / (alpha + beta). For tables whose N leaves the embeddings out. L in nats per
token, N parameters without embeddings, D training tokens, C = 6 N D FLOPs without embeddings.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published

OMEGA = 47491.0  # of Hoffmann et al.'s models, table A9: vocabulary 32,000, width / depth about 39


def total(N):
    """Parameters with embeddings."""
    return N + OMEGA * N ** (1 / 3)


def growth(N):
    """d log N_T / d log N: near 1 for large models, 1/3 for the smallest."""
    return (N + OMEGA / 3 * N ** (1 / 3)) / total(N)


def priors(ref):
    """Those of Chinchilla's approach 3."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        alpha=LogNormal(log(0.35), 0.5),
        beta=LogNormal(log(0.35), 0.5),
    )


def reparametrize(theta):
    """Runs see slopes: about reducible * share_N * alpha at the reference run."""
    return dict(
        alpha=log(theta.reducible * theta.share_N),
        beta=log(theta.reducible * (1 - theta.share_N)),
    )


def textbook(theta, ref):
    due_to_N = theta.L_ref * theta.reducible * theta.share_N
    due_to_D = theta.L_ref * theta.reducible * (1 - theta.share_N)
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        A=due_to_N * total(ref.N) ** theta.alpha,
        B=due_to_D * ref.D**theta.beta,
        alpha=theta.alpha,
        beta=theta.beta,
        a_here=local_exponent(theta.alpha, theta.beta, ref.N),
    )


def reference(p, ref):
    due_to_N, due_to_D = p.A / total(ref.N) ** p.alpha, p.B / ref.D**p.beta
    L_ref = p.E + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha=p.alpha,
        beta=p.beta,
    )


def log_loss(p, runs):
    return log(p.E + p.A / total(runs.N) ** p.alpha + p.B / runs.D**p.beta)


def log_flops(p, N):
    """log of the budget C whose best model has N parameters without embeddings (section 3)."""
    terms = log(p.beta * p.B / (p.alpha * p.A)) - log(growth(N)) + p.alpha * log(total(N))
    return log(6 * N) + terms / p.beta


def local_exponent(alpha, beta, N):
    """d log N* / d log C where the best model has N parameters: 1 over the slope of log_flops."""
    bend = (N + OMEGA / 9 * N ** (1 / 3)) / (N + OMEGA / 3 * N ** (1 / 3)) - growth(N)
    return beta / (beta - bend + alpha * growth(N))


def derived(p):
    return dict(a=p.beta / (p.alpha + p.beta), a_small=p.beta / (p.alpha / 3 + p.beta))


law = Law(
    rows="final",
    inputs=("N", "D"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(
        level="L_ref",
        irreducible="E",
        exponent_N="alpha",
        exponent_D="beta",
        growth_N="a",
    ),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term",
        alpha="exponent of N with embeddings",
        beta="exponent of D",
        a="N* grows as C^a where models are large",
        a_here="the same near the reference run of the table",
        a_small="the same where models are very small",
    ),
    published=(
        Published(  # fits to total parameters, which the paper maps to those without embeddings
            "Besiroglu et al. 2024",
            dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658),
            errors=dict(E=0.02566, A=124.52, B=1293.28, alpha=0.01540, beta=0.02060),
        ),
        Published(
            "Hoffmann et al. 2022",
            dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083),
        ),
    ),
    default_data="pile",
    likelihood="misfit_t",
)
