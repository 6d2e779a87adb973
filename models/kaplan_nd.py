"""Kaplan, loss against size and data: L = ((N_c/N)**(alpha_N/alpha_D) + D_c/D)**alpha_D.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, eq. 1.5: models
stopped early on D tokens. L in nats per token, N parameters without embeddings. There is no
irreducible loss. N_c and D_c are where each term alone would reach one nat, far beyond any run: the
fit is of the loss and the two slopes at a reference run, and N_c and D_c follow.
"""

from jax.numpy import exp, log, log1p, logaddexp
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: they mean the same for any tokenizer and any size of model."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        share_N=Beta(2.0, 2.0),  # part of the bracket that is due to finite N
        alpha_N=LogNormal(log(0.08), 0.4),
        alpha_D=LogNormal(log(0.1), 0.4),
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log N = alpha_N * share_N at the reference run."""
    return dict(alpha_N=log(theta.share_N), alpha_D=log1p(-theta.share_N))


def textbook(theta, ref):
    bracket = log(theta.L_ref) / theta.alpha_D  # log of what alpha_D is the power of
    due_to_N = log(theta.share_N) + bracket
    due_to_D = log1p(-theta.share_N) + bracket
    return dict(
        N_c=exp(log(ref.N) + theta.alpha_D / theta.alpha_N * due_to_N),
        D_c=exp(log(ref.D) + due_to_D),
        alpha_N=theta.alpha_N,
        alpha_D=theta.alpha_D,
    )


def terms(p, runs):
    """Log of the two terms of the bracket: powers of thirty e-folds are best left in logs."""
    return p.alpha_N / p.alpha_D * (log(p.N_c) - log(runs.N)), log(p.D_c) - log(runs.D)


def reference(p, ref):
    due_to_N, due_to_D = terms(p, ref)
    bracket = logaddexp(due_to_N, due_to_D)
    return dict(
        L_ref=exp(p.alpha_D * bracket),
        share_N=exp(due_to_N - bracket),
        alpha_N=p.alpha_N,
        alpha_D=p.alpha_D,
    )


def log_loss(p, runs):
    return p.alpha_D * logaddexp(*terms(p, runs))


def derived(p):
    a = p.alpha_D / (p.alpha_N + p.alpha_D)
    return dict(a=a, b=1 - a)


def optimum(p, C):
    """Where the bracket is least at D = C / 6N; not the paper's, whose runs are batch-adjusted."""
    ratio = p.alpha_N / p.alpha_D
    log_N = (log(ratio) + ratio * log(p.N_c) - log(p.D_c) + log(C / 6)) / (1 + ratio)
    return exp(log_N), C / (6 * exp(log_N))


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
    roles=dict(
        level="L_ref",
        exponent_N="alpha_N",
        exponent_D="alpha_D",
        growth_N="a",
        growth_D="b",
    ),
    symbols=dict(
        N_c="size at which the loss would be one nat with endless data, parameters",
        D_c="tokens at which the loss would be one nat with endless size",
        alpha_N="exponent of N",
        alpha_D="exponent of D",
        a="N* grows as C^a",
        b="D* grows as C^b",
    ),
    published=(
        Published(
            "Kaplan et al. 2020",
            dict(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103),
        ),
    ),
    family="Kaplan",
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.03,
)
