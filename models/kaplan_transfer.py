"""Transfer: L = ((N_c/N)**(alpha_N/alpha_D) + D_c/D)**alpha_D + offset of the corpus.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, section 3.2.2: on
text of another distribution the loss follows that on the training distribution at a roughly
constant offset. The curve of eq. 1.5 is that of the corpora's mean, and each label in the column
`corpus` has its own offset from it in nats per token. The offsets are a Student-t vector: normal
with a common spread that the corpora teach, which is what to expect of a corpus not seen.
"""

from jax.numpy import exp, eye, log, logaddexp, maximum, mean, zeros
from numpyro.distributions import MultivariateStudentT

from bayesfit.curves import finals
from bayesfit.law import Law, of_group
from bayesfit.models import kaplan_nd


def priors(ref):
    """Those of L(N, D), and the offsets as shares of the loss of the reference run.

    Their spread is integrated out (its square is inverse-gamma, 90 % in 6 % to 24 %): the sampler
    would find it hard to move it and them at once.
    """
    apart = MultivariateStudentT(4.0, zeros(ref.groups), 0.1 * eye(ref.groups))
    return kaplan_nd.priors(ref) | dict(apart=apart)


def textbook(theta, ref):
    apart = theta.apart - mean(theta.apart[:-1])  # the last is of a corpus not seen
    return kaplan_nd.textbook(theta, ref) | dict(offset=theta.L_ref * apart)


def log_loss(p, runs):
    shared = exp(p.alpha_D * logaddexp(*kaplan_nd.terms(p, runs)))
    # The prior allows offsets below minus the loss; no run does.
    return log(maximum(shared + of_group(p.offset, runs.group), 0.05 * shared))


law = Law(
    inputs=("N", "D"),
    group="corpus",
    random=("apart",),
    prepare=finals,
    priors=priors,
    shear=kaplan_nd.shear,
    textbook=textbook,
    log_loss=log_loss,
    derived=kaplan_nd.derived,
    optimum=kaplan_nd.optimum,
    symbols=kaplan_nd.law.symbols
    | dict(offset="loss on a corpus less that of the corpora's mean, nats per token"),
    published=kaplan_nd.law.published,
    default_data="kaplan_corpora",
)
