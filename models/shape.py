"""Shape: L = (E + A / N**alpha + B / D**beta) exp(tilt x + bend x**2), x = log(width/depth/100).

Tay et al. 2021, "Scale Efficiently", arXiv:2109.10686, find that shape matters beside size, and
print no formula: this is Chinchilla's form (arXiv:2203.15556) times the smoothest factor that has a
best shape. L in nats per token, N parameters, D training tokens, width (of the residual stream) and
depth (layers) as numbers.

A shape far from the best costs bend x**2 of the log loss: `aspect_cost` is the loss, in per cent,
of a model twice as wide for its depth as the best one. If shape does not matter, tilt and bend are
0; their priors are symmetric around that, so the posterior share of draws with bend above zero is
a fair probability that there is a best shape. Where bend is near zero the best shape is anywhere:
read `tilt` then, the slope at a width of 100 times the depth.

Wide and shallow models have more of their parameters in embeddings: counting N with them or not
moves tilt. Give finished runs: rows of one model at several D share its luck, which is what shape
competes with. Without models of one size in several shapes tilt and bend are alpha under another
name.
"""

from jax.numpy import exp, log
from numpyro.distributions import Normal

from bayesfit.law import Law
from bayesfit.models import load

chinchilla = load("chinchilla_approach3")
USUAL = 100.0  # width over depth


def priors(ref):
    """Chinchilla's, and a shape that changes the loss by a per cent or two an e-fold, if at all."""
    return chinchilla.priors(ref) | dict(tilt=Normal(0.0, 0.02), bend=Normal(0.0, 0.01))


def shape_at(tilt, bend, runs):
    """What the shape adds to log loss."""
    x = log(runs.width) - log(runs.depth) - log(USUAL)
    return tilt * x + bend * x**2


def textbook(theta, ref):
    return chinchilla.textbook(theta, ref) | dict(tilt=theta.tilt, bend=theta.bend)


def reference(p, ref):
    assert chinchilla.reference is not None
    return chinchilla.reference(p, ref) | dict(tilt=p.tilt, bend=p.bend)


def log_loss(p, runs):
    return chinchilla.log_loss(p, runs) + shape_at(p.tilt, p.bend, runs)


def derived(p):
    return chinchilla.derived(p) | dict(aspect_cost=100 * (exp(p.bend * log(2.0) ** 2) - 1))


law = Law(
    rows="final",
    inputs=("N", "D", "width", "depth"),
    priors=priors,
    reparametrize=chinchilla.reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=chinchilla.roles,
    symbols=dict(chinchilla.symbols)
    | dict(
        tilt="log loss per e-fold of width over depth, where that is 100",
        bend="and how it grows with the square of the distance",
        aspect_cost="loss of twice the best width over depth, per cent",
    ),
    default_data="shapes",
    likelihood="student_t",
)
