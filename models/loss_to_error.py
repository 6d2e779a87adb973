"""Error of tasks from loss: Err = epsilon - k exp(-gamma L).

Gadre et al. 2024, "Language models scale reliably with over-training and on downstream tasks",
arXiv:2403.08540, eq. 5: the mean top-1 error over a set of tasks (`error`, between 0 and 1) against
the loss L in nats per token. epsilon is what is left to models that know nothing, so the error
rises with the loss towards it; the law has no floor, and falls below zero at losses far under those
seen. Together with a law of the loss it tells the error of runs (`bayesfit.chain`).

It explains the error itself and not its logit, which the formula leaves where it falls below zero.
Scatter is in points of error too. Losses are taken as they stand: with scatter of their own, the
slope comes out a little too flat. epsilon is far beyond well-trained models, and goes with gamma.
"""

from jax.numpy import exp, log
from numpyro.distributions import Beta, LogNormal, Normal, TransformedDistribution
from numpyro.distributions.transforms import SigmoidTransform

from bayesfit.law import Law, Published, identity

share = identity._replace(wanted="between zero and one", lowest=0.0, highest=1.0)


def priors(ref):
    """Of the error at the mean loss, how far it can rise from there, and how fast it does."""
    level = Normal(log(ref.error) - log(1 - ref.error), 0.3)
    return dict(
        error_ref=TransformedDistribution(level, SigmoidTransform()),
        room=Beta(1.5, 1.5),  # how much of what is left to an error of 1 epsilon leaves below it
        bend=LogNormal(log(2.4), 0.5),  # gamma times the mean loss
    )


def reparametrize(theta):
    """Runs see the slope at the mean loss, (epsilon - error) gamma."""
    return dict(bend=log(theta.room))


def textbook(theta, ref):
    epsilon = theta.error_ref + theta.room * (1 - theta.error_ref)
    return dict(
        epsilon=epsilon,
        k=(epsilon - theta.error_ref) * exp(theta.bend),
        gamma=theta.bend / ref.loss,
    )


def reference(p, ref):
    below = p.k * exp(-p.gamma * ref.loss)
    return dict(
        error_ref=p.epsilon - below,
        room=below / (1 - p.epsilon + below),
        bend=p.gamma * ref.loss,
    )


def error(p, runs):
    return p.epsilon - p.k * exp(-p.gamma * runs.loss)


law = Law(
    rows="final",
    inputs=("loss",),
    response="error",
    link=share,
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=error,
    symbols=dict(
        epsilon="error of models that know nothing",
        k="scale of what a lower loss removes of it",
        gamma="what is removed falls as exp(-gamma L)",
    ),
    published=(
        Published("Gadre et al. 2024, C4", dict(epsilon=0.850, k=2.08, gamma=0.756)),
        Published("Gadre et al. 2024, RedPajama", dict(epsilon=0.857, k=2.21, gamma=0.715)),
        Published("Gadre et al. 2024, RefinedWeb", dict(epsilon=0.865, k=2.21, gamma=0.707)),
    ),
    family="downstream",
    default_data="simulated_errors",
)
