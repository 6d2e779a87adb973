"""Sparsity: L = a / N**alpha + b / D**beta + c / (1-S)**lambda + d / ((1-S)**delta N**gamma) + e.

Abnar et al. 2025, "Parameters vs FLOPs: Scaling Laws for Optimal Sparsity for Mixture-of-Experts
Language Models", arXiv:2501.12370, eq. 6 (`lam` here is their lambda). S is the share of experts
that a token does not meet, (E - K) / E, and 0 for a dense model. L in nats per token; N, all
parameters; D, training tokens; sparsity, S.

Ten parameters are too many for any table there is: N enters by two powers that may trade places,
and the loss at no S, e + c, shows only as a sum unless lambda is far from zero. The paper's fit
explains 99 % of the variance of its own runs and 68 % of those at a sparsity not seen. So the
priors hold what sparsity does (lambda, delta) near nothing until runs say more, and alpha above
gamma; single parameters mean little. In 24 simulated tables the 80 % band of the loss ten times
beyond the runs held 20 times, those of alpha and delta 15 and 13 times; chains mix slowly, so look
at R-hat.

FLOPs are 6 D (1 - S) N: active parameters as if all of N were experts. Attention is not routed, so
that real models cost more; give a `cost` of your own where the architecture is known. At a fixed
budget the law has its best S close to 1, where the factor (1 - S) makes FLOPs all but free:
believe it within the sparsity of the runs.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.law import Law, Published


def active_flops(columns):
    """6 (1 - S) N D"""
    return 6 * (1 - columns.sparsity) * columns.N * columns.D


def priors(ref):
    """Weak, and free of scale, but for what sparsity does: nothing, until runs say otherwise."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 2.0),  # share of that loss which N and D can remove
        share_D=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite D
        share_mixed=Beta(1.0, 1.0),  # part of the rest that sparsity changes
        share_S=Beta(1.5, 4.5),  # part of the other loss that sparsity changes
        gamma=LogNormal(log(0.25), 0.5),
        steeper=LogNormal(log(1.0), 0.7),  # alpha / gamma - 1
        beta=LogNormal(log(0.35), 0.5),
        delta=Normal(0.0, 0.15),
        lam=Normal(0.0, 0.15),
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log D = reducible * share_D * beta at the reference run."""
    return dict(
        beta=log(theta.reducible * theta.share_D),
        gamma=log(theta.reducible * (1 - theta.share_D)),
    )


def textbook(theta, ref):
    active = 1 - ref.sparsity
    due, other = theta.L_ref * theta.reducible, theta.L_ref * (1 - theta.reducible)
    due_to_N, alpha = due * (1 - theta.share_D), theta.gamma * (1 + theta.steeper)
    return dict(
        a=due_to_N * (1 - theta.share_mixed) * ref.N**alpha,
        b=due * theta.share_D * ref.D**theta.beta,
        c=other * theta.share_S * active**theta.lam,
        d=due_to_N * theta.share_mixed * active**theta.delta * ref.N**theta.gamma,
        e=other * (1 - theta.share_S),
        alpha=alpha,
        beta=theta.beta,
        gamma=theta.gamma,
        delta=theta.delta,
        lam=theta.lam,
    )


def terms(p, runs):
    """What is due to N, to D, to sparsity, and to sparsity and N together."""
    active = 1 - runs.sparsity
    of_N, of_D = p.a / runs.N**p.alpha, p.b / runs.D**p.beta
    return of_N, of_D, p.c / active**p.lam, p.d / (active**p.delta * runs.N**p.gamma)


def reference(p, ref):
    of_N, of_D, of_S, mixed = terms(p, ref)
    due, L_ref = of_N + of_D + mixed, of_N + of_D + of_S + mixed + p.e
    return dict(
        L_ref=L_ref,
        reducible=due / L_ref,
        share_D=of_D / due,
        share_mixed=mixed / (of_N + mixed),
        share_S=of_S / (of_S + p.e),
        gamma=p.gamma,
        steeper=p.alpha / p.gamma - 1,
        beta=p.beta,
        delta=p.delta,
        lam=p.lam,
    )


def log_loss(p, runs):
    of_N, of_D, of_S, mixed = terms(p, runs)
    return log(of_N + of_D + of_S + mixed + p.e)


law = Law(
    rows="final",
    inputs=("N", "D", "sparsity"),
    any_value=("sparsity",),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    cost=active_flops,
    roles=dict(level="L_ref", exponent_D="beta"),
    symbols=dict(
        a="scale of the parameter term",
        b="scale of the data term",
        c="scale of what depends on sparsity alone, nats per token",
        d="scale of what depends on sparsity and N",
        e="loss that neither scale nor sparsity removes, nats per token",
        alpha="exponent of N, the steeper",
        beta="exponent of D",
        gamma="exponent of N in the joint term",
        delta="exponent of 1 - S in the joint term",
        lam="exponent of 1 - S alone (lambda in the paper)",
    ),
    published=(
        Published(
            "Abnar et al. 2025",
            dict(
                a=16612.50,
                alpha=0.5962,
                b=5455.67,
                beta=0.3954,
                c=0.4598,
                lam=-0.1666,
                d=17.26,
                delta=0.1603,
                gamma=0.1595,
                e=0.94,
            ),
        ),
    ),
    family="experts",
    default_data="simulated_sparsity",
    likelihood="student_t",
)
