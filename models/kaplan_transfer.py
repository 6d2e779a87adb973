"""Transfer: L = ((N_c/N)**(alpha_N/alpha_D) + D_c/D)**alpha_D + offset of the corpus.

Kaplan et al. 2020, "Scaling Laws for Neural Language Models", arXiv:2001.08361, section 3.2.2: on
text of another distribution the loss follows that on the training distribution at a roughly
constant offset. The curve of eq. 1.5 is that of the corpora's mean, and each label in the column
`corpus` has its own offset from it in nats per token. The offsets are normal with a spread that the
corpora teach, and that is what to expect of a corpus not seen.
"""

from jax.numpy import arange, exp, log, maximum, mean, where
from numpyro.distributions import LogNormal, Normal

from bayesfit.law import Law, of_group
from bayesfit.models import load

kaplan_nd = load("kaplan_nd")


def priors(ref):
    """Those of L(N, D), and corpora that differ by some 10 % of the loss."""
    return kaplan_nd.priors(ref) | dict(
        spread=LogNormal(log(0.1), 0.7),  # of the offsets, as a share of L_ref
        deviation=Normal(0.0, 1.0).expand([ref.groups]).to_event(1),
    )


def reparametrize(theta):
    """Runs see the offset, spread times deviation; of a corpus without runs, nothing."""
    seen = arange(len(theta.deviation)) < len(theta.deviation) - 1
    return kaplan_nd.reparametrize(theta) | dict(deviation=(0.0, where(seen, theta.spread, 1.0)))


def textbook(theta, ref):
    apart = theta.spread * (theta.deviation - mean(theta.deviation[:-1]))  # last: not seen
    return kaplan_nd.textbook(theta, ref) | dict(offset=theta.L_ref * apart)


def log_loss(p, runs):
    shared = exp(kaplan_nd.log_loss(p, runs))
    # The prior allows offsets below minus the loss; no run does.
    return log(maximum(shared + of_group(p.offset, runs.group), 0.05 * shared))


law = Law(
    rows="final",
    inputs=("N", "D"),
    group="corpus",
    random=("spread", "deviation"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    log_loss=log_loss,
    derived=kaplan_nd.derived,
    optimum=kaplan_nd.optimum,
    roles=dict(
        level="L_ref",
        exponent_N="alpha_N",
        exponent_D="alpha_D",
        growth_N="a",
        growth_D="b",
    ),
    symbols=dict(kaplan_nd.symbols)
    | dict(offset="loss on a corpus less that of the corpora's mean, nats per token"),
    published=kaplan_nd.published,
    family="Kaplan",
    default_data="kaplan_corpora",
)
