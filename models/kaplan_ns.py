"""Kaplan, loss against size and steps: L = (N_c/N)**alpha_N + (S_c/S_min)**alpha_S.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, eq. 1.6: training
curves on ample data. S_min = S / (1 + B_crit/B) are the steps that S steps of B tokens amount to at
very large batch, with the critical batch B_crit = B_star / L**(1/alpha_B) of eq. 1.4. L in nats per
token, N parameters without embeddings, S steps after warm-up, B and B_star tokens.

B_crit depends on the loss that the law predicts, which is found for each run by Newton's method:
with the observed loss instead, its scatter would explain itself, and a run not made yet could not
be predicted.
"""

from jax import lax
from jax.numpy import exp, log, log1p, logaddexp
from numpyro.distributions import Beta, LogNormal

from bayesfit.data.curves import with_steps
from bayesfit.kaplan import efficient
from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: at the run of mean size, steps and batch."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        share_S=Beta(1.5, 3.0),  # part of it that more steps can remove
        alpha_N=LogNormal(log(0.08), 0.4),
        alpha_S=LogNormal(log(0.7), 0.3),
        B_ref=LogNormal(log(ref.B), 1.5),  # critical batch at that loss, tokens
        alpha_B=LogNormal(log(0.21), 0.3),
    )


def reparametrize(theta):
    """Runs see slopes: about alpha_N (1 - share_S) in N and alpha_S share_S in S."""
    return dict(alpha_N=log1p(-theta.share_S), alpha_S=log(theta.share_S))


def textbook(theta, ref):
    due_to_N = log(theta.L_ref) + log1p(-theta.share_S)
    due_to_S = log(theta.L_ref) + log(theta.share_S)
    least_steps = ref.S / (1 + theta.B_ref / ref.B)
    return dict(
        N_c=exp(log(ref.N) + due_to_N / theta.alpha_N),
        alpha_N=theta.alpha_N,
        S_c=exp(log(least_steps) + due_to_S / theta.alpha_S),
        alpha_S=theta.alpha_S,
        B_star=exp(log(theta.B_ref) + log(theta.L_ref) / theta.alpha_B),
        alpha_B=theta.alpha_B,
    )


def reference(p, ref):
    L_ref = exp(log_loss(p, ref))
    due_to_N = (p.N_c / ref.N) ** p.alpha_N
    return dict(
        L_ref=L_ref,
        share_S=1 - due_to_N / L_ref,
        alpha_N=p.alpha_N,
        alpha_S=p.alpha_S,
        B_ref=exp(log(p.B_star) - log(L_ref) / p.alpha_B),
        alpha_B=p.alpha_B,
    )


def log_loss(p, runs):
    """The log loss at which the critical batch is that of this loss."""
    due_to_N = p.alpha_N * (log(p.N_c) - log(runs.N))
    endless_batch = p.alpha_S * (log(p.S_c) - log(runs.S))

    def right(level):
        """Log of the law's two terms if the critical batch is that of this log loss; its slope."""
        crowd = log(p.B_star) - level / p.alpha_B - log(runs.B)  # log of B_crit / B
        share = 1 / (1 + exp(-crowd))
        due_to_S = endless_batch + p.alpha_S * logaddexp(0.0, crowd)
        both = logaddexp(due_to_N, due_to_S)
        return both, -p.alpha_S / p.alpha_B * share * exp(due_to_S - both)

    return fixed_point(right, logaddexp(due_to_N, endless_batch))


def at_size(p, N, D):
    """Log loss at the critical batch, where S = 2 S_min and so S_min = D / (2 B_crit)."""
    due_to_N = p.alpha_N * (log(p.N_c) - log(N))
    one_nat = p.alpha_S * (log(p.S_c) + log(2 * p.B_star) - log(D))

    def right(level):
        due_to_S = one_nat - p.alpha_S / p.alpha_B * level
        both = logaddexp(due_to_N, due_to_S)
        return both, -p.alpha_S / p.alpha_B * exp(due_to_S - both)

    return fixed_point(right, due_to_N)


STEPS = 8


def fixed_point(right, below):
    """l with l = right(l), from below; right is convex and falls, so Newton climbs to it."""
    for _ in range(STEPS):
        below = lax.stop_gradient(below)
        value, slope = right(below)
        below = below - (below - value) / (1 - slope)
    return below  # the gradient of the last step is that of the solution


def derived(p):
    power = efficient.powers(p)
    return dict(alpha_C=power["alpha_C"], a=power["N"], b=power["D"])


def optimum(p, C):
    """Appendix B for training at the critical batch, which costs twice the least compute."""
    N = efficient.allocation(p, C / 2)["N"]
    return N, C / (6 * N)


law = Law(
    rows="curve",
    inputs=("N", "S", "B"),
    prepare=with_steps,
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    optimum=optimum,
    at_size=at_size,
    roles=dict(level="L_ref", exponent_N="alpha_N", growth_N="a", growth_D="b"),
    symbols=dict(
        N_c="size at which the loss would be one nat after endless steps, parameters",
        alpha_N="exponent of N",
        S_c="steps in which the removable loss would fall to one nat",
        alpha_S="exponent of S_min",
        B_star="critical batch at a loss of one nat, tokens",
        alpha_B="the critical batch grows as L^(-1/alpha_B)",
        alpha_C="loss falls as C_min^-alpha_C",
        a="N* grows as C_min^a",
        b="D* grows as C_min^b",
    ),
    published=(
        Published(
            "Kaplan et al. 2020",
            dict(N_c=6.5e13, alpha_N=0.077, S_c=2.1e3, alpha_S=0.76, B_star=2.1e8, alpha_B=0.21),
        ),
    ),
    family="Kaplan",
    default_data="kaplan_curves",
)
