"""Transfer: L = ((N_c/N)**(alpha_N/alpha_D) + D_c/D)**alpha_D + offset of the corpus.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, section 3.2.2: on
text of another distribution the loss follows that on the training distribution at a roughly
constant offset. The curve of eq. 1.5 is that of the corpora's mean, and each label in the column
`corpus` has its own offset from it in nats per token. The offsets are a Student-t vector: normal
with a common spread that the corpora teach, which is what to expect of a corpus not seen.
"""

from jax.numpy import exp, eye, log, log1p, logaddexp, maximum, mean, zeros
from numpyro.distributions import Beta, LogNormal, MultivariateStudentT

from bayesfit.curves import finals
from bayesfit.law import Law, Published, of_group


def priors(ref):
    """Those of L(N, D), and corpora that differ by some 10 % of the loss."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        share_N=Beta(2.0, 2.0),  # part of the bracket that is due to finite N
        alpha_N=LogNormal(log(0.08), 0.4),
        alpha_D=LogNormal(log(0.1), 0.4),
        # Offsets as shares of L_ref. Their spread is integrated out (its square is inverse-gamma,
        # 90 % in 6 % to 24 %): it and they would fight in the sampler.
        apart=MultivariateStudentT(4.0, zeros(ref.groups), 0.1 * eye(ref.groups)),
    )


def shear(theta):
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
        offset=theta.L_ref * (theta.apart - mean(theta.apart[:-1])),  # the last is not seen
    )


def log_loss(p, runs):
    due_to_N = p.alpha_N / p.alpha_D * (log(p.N_c) - log(runs.N))
    due_to_D = log(p.D_c) - log(runs.D)
    shared = exp(p.alpha_D * logaddexp(due_to_N, due_to_D))
    # The prior allows offsets below minus the loss; no run does.
    return log(maximum(shared + of_group(p.offset, runs.group), 0.05 * shared))


law = Law(
    inputs=("N", "D"),
    group="corpus",
    random=("apart",),
    prepare=finals,
    priors=priors,
    shear=shear,
    textbook=textbook,
    log_loss=log_loss,
    symbols=dict(
        N_c="size at which the mean loss would be one nat with endless data, parameters",
        D_c="tokens at which the mean loss would be one nat with endless size",
        alpha_N="exponent of N",
        alpha_D="exponent of D",
        offset="loss on a corpus less that of the corpora's mean, nats per token",
    ),
    published=(
        Published(
            "Kaplan et al. 2020",
            dict(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103),
        ),
    ),
    default_data="kaplan_corpora",
)
