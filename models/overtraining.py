"""Over-training: L = E + (a_N M**eta + a_D M**-eta) / C**eta, with M = D/N and C = 6 N D.

Gadre et al. 2024, "Language models scale reliably with over-training and on downstream tasks",
arXiv:2403.08540, who write a for a_N and b for a_D. It is Chinchilla's form with alpha = beta =
2 eta, written by what is bought (C) and how it is split (M): runs that keep their tokens per
parameter fall along parallel lines of one slope eta, and one M is best at every budget. L in nats
per token, N parameters, D training tokens, C in FLOPs.
"""

from jax.numpy import exp, log, sqrt
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale; the best M is given as a distance from that of the reference run."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        eta=LogNormal(log(0.16), 0.4),
        off_best=Normal(0.0, 1.5),  # log of M_star over the reference run's M
    )


def reparametrize(theta):
    """Runs see the slope of the loss in C, reducible * eta, and how fast M turns it."""
    return dict(eta=log(theta.reducible))


def textbook(theta, ref):
    """Both terms are equal at M_star, so their ratio at the reference run tells off_best."""
    ease = exp(theta.eta * theta.off_best)  # of M over M_star to the power eta, inverted
    due_to_N = theta.L_ref * theta.reducible / (1 + ease**2)
    due_to_D = theta.L_ref * theta.reducible - due_to_N
    M, C = ref.D / ref.N, 6 * ref.N * ref.D
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        a_N=due_to_N * (C / M) ** theta.eta,
        a_D=due_to_D * (C * M) ** theta.eta,
        eta=theta.eta,
    )


def reference(p, ref):
    M, C = ref.D / ref.N, 6 * ref.N * ref.D
    due_to_N, due_to_D = p.a_N * (M / C) ** p.eta, p.a_D / (C * M) ** p.eta
    L_ref = p.E + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        eta=p.eta,
        off_best=log(due_to_D / due_to_N) / (2 * p.eta),
    )


def log_loss(p, runs):
    M, C = runs.D / runs.N, 6 * runs.N * runs.D
    return log(p.E + (p.a_N * M**p.eta + p.a_D / M**p.eta) / C**p.eta)


def derived(p):
    return dict(M_star=(p.a_D / p.a_N) ** (1 / (2 * p.eta)))


def optimum(p, C):
    """The same tokens per parameter at every budget: N* = sqrt(C / (6 M*))."""
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
    roles=dict(level="L_ref", irreducible="E"),
    symbols=dict(
        E="irreducible loss, nats per token",
        a_N="scale of the parameter term (a in the paper)",
        a_D="scale of the data term (b in the paper)",
        eta="reducible loss falls as C^-eta at any fixed D/N",
        M_star="the best tokens per parameter",
    ),
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.03,
)
