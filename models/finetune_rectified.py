"""Rectified fine-tuning: L(D_ft) = B / (D_l + D_ft**beta) + E.

Lin et al. 2024, "Selecting Large Language Model to Fine-tune via Rectified Scaling Law",
arXiv:2402.02314: one pretrained model on one task. D_l is what the model knew of the task
beforehand, counted as D_ft**beta is: up to that many examples the loss hardly falls, beyond it
falls as a power. L in nats per token of the task, D_ft examples of fine-tuning, 0 before it.

A curve that is still a power law at its fewest examples leaves D_l unknown, but for being small;
one that is still level at its most leaves beta and E unknown. For several models pool the law over
their names (`group="model"`). The zero-shot loss of models that do not speak the task's format,
such as T5's 20 nats, is no point of this curve: leave those rows out.
"""

from jax.numpy import exp, log, where
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale: at no examples, and where half of what they can do is done."""
    return dict(
        L_zero=LogNormal(log(1.5 * ref.loss), 0.5),  # loss without fine-tuning, nats per token
        reducible=Beta(2.0, 2.0),  # share of that loss which examples can remove
        half=LogNormal(log(ref.D_ft / 100), 2.5),  # examples that remove half of it
        beta=LogNormal(log(0.4), 0.5),
    )


def textbook(theta, ref):
    D_l = exp(theta.beta * log(theta.half))
    return dict(
        B=theta.L_zero * theta.reducible * D_l,
        D_l=D_l,
        beta=theta.beta,
        E=theta.L_zero * (1 - theta.reducible),
    )


def reference(p, ref):
    removable = p.B / p.D_l
    return dict(
        L_zero=p.E + removable,
        reducible=removable / (p.E + removable),
        half=exp(log(p.D_l) / p.beta),
        beta=p.beta,
    )


def log_loss(p, runs):
    some = runs.D_ft > 0
    power = where(some, exp(p.beta * log(where(some, runs.D_ft, 1.0))), 0.0)
    return log(p.E + p.B / (p.D_l + power))


def derived(p):
    return dict(known=exp(log(p.D_l) / p.beta))


law = Law(
    rows="final",
    inputs=("D_ft",),
    any_value=("D_ft",),
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_zero", irreducible="E"),
    symbols=dict(
        B="scale of the loss that examples remove",
        D_l="what was learned beforehand, counted as D_ft^beta",
        beta="exponent of the examples",
        E="loss that no example removes, nats per token",
        known="the same in examples: they remove half of what examples can",
    ),
    family="fine-tuning",
    default_data="simulated_finetuning_one",
)
