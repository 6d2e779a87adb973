"""Farseer: L(N, D) = exp(a3 N**gamma + b3) + exp(a2 N**beta + b2) * D**-exp(a1 N**alpha + b1).

Li et al. 2025, "Predictable Scale: Part II, Farseer", arXiv:2506.10972. What is left with endless
data falls with N, as in Chinchilla's law, but here the scale and the exponent of the data term
change with N too: the law is not separable, and its best tokens per parameter may rise or fall with
the budget. Nine parameters ask for a wide table; the priors lean towards the separable law. L in
nats per token, N parameters, D training tokens.
"""

from jax.lax import stop_gradient
from jax.numpy import abs, exp, log, where
from numpyro.distributions import LogNormal, Normal, TransformedDistribution
from numpyro.distributions.transforms import SigmoidTransform

from bayesfit.law import Law, Published

TINY = 1e-4  # power of N that stands for log N
SCARCE = 4.0  # log of how many times fewer tokens `scarce` speaks of: 55 times


def priors(ref):
    """Free of scale. Everything speaks of the slope -d log L / d log N, which stays above zero:

    at the reference run, with endless data, and with 55 times fewer tokens. In a separable law the
    three are the same in nats, and `endless` and `scarce` are 0. How each of the three functions of
    N bends on a log scale, by Box and Cox's power, is what small tables cannot tell. Wide enough
    for the surface of the paper: seen from 2e8 to 3e9 parameters at 20 tokens each, nothing of it
    is more than 2.5 standard deviations off.
    """
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        share_D=TransformedDistribution(Normal(-1.6, 0.4), SigmoidTransform()),  # due to finite D
        slope_N=LogNormal(log(0.06), 0.4),
        exponent_D=LogNormal(log(0.35), 0.25),  # of D, at the reference size
        endless=Normal(0.0, 0.4),  # log of the slope with endless data over the one at hand
        scarce=Normal(0.0, 0.4),  # the same with scarce data
        bend_endless=Normal(0.0, 0.1),  # gamma
        bend_exponent=Normal(0.0, 0.1),  # alpha
        bend_D=Normal(0.0, 0.03),  # of the data term at the tokens of the reference run
    )


def reparametrize(theta):
    """Runs see the slope in log D, share_D * exponent_D."""
    return dict(exponent_D=log(theta.share_D))


def textbook(theta, ref):
    """Three slopes at the reference run give those of the three functions of N."""
    share, d = theta.share_D, theta.exponent_D
    with_endless = theta.slope_N * exp(theta.endless)
    with_scarce = theta.slope_N * exp(theta.scarce)
    rise = (with_endless - theta.slope_N) / share  # d log(data term) / d log N, at D = ref.D
    rise_scarce = (with_endless - with_scarce) / (share * exp(d * SCARCE))
    drift = (rise_scarce - rise) / (d * SCARCE)  # d log(exponent of D) / d log N
    alpha, gamma = _not_zero(theta.bend_exponent), _not_zero(theta.bend_endless)
    beta = _not_zero(alpha + drift + theta.bend_D)
    a3, b3 = _power(-with_endless / (1 - share), gamma, log(theta.L_ref * (1 - share)), ref.N)
    a1, b1 = _power(drift, alpha, log(d), ref.N)
    steep, high = rise + drift * d * log(ref.D), log(theta.L_ref * share) + d * log(ref.D)
    a2, b2 = _power(steep, beta, high, ref.N)
    return dict(
        a1=a1, b1=b1, alpha=alpha, a2=a2, b2=b2, beta=beta, a3=a3, b3=b3, gamma=gamma
    )  # fmt: skip


def _power(slope, power, value, N):
    """a, b of a N**power + b, which has this value and this slope in log N at N."""
    a = slope / (power * N**power)
    return a, value - slope / power


def _not_zero(power):
    """A power of N that vanishes stands for log N, which a tiny one is for every table there is.

    Its slope stays: whoever climbs does not get stuck at 0.
    """
    return power + stop_gradient(where(abs(power) < TINY, TINY - power, 0.0))


def log_loss(p, runs):
    endless = exp(p.a3 * runs.N**p.gamma + p.b3)
    exponent_D = exp(p.a1 * runs.N**p.alpha + p.b1)
    return log(endless + exp(p.a2 * runs.N**p.beta + p.b2 - exponent_D * log(runs.D)))


law = Law(
    rows="final",
    inputs=("N", "D"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    log_loss=log_loss,
    random=("bend_exponent", "bend_D"),  # at 0 in the MLE: without priors, no sweep tells them
    roles=dict(level="L_ref", exponent_D="exponent_D"),
    symbols=dict(
        a1="slope of the log exponent of D in N^alpha",
        b1="its level",
        alpha="power of N in the exponent of D",
        a2="slope of the log scale of the data term in N^beta",
        b2="its level",
        beta="power of N in that scale",
        a3="slope of the log loss with endless data in N^gamma",
        b3="its level",
        gamma="power of N in the loss with endless data",
    ),
    published=(
        Published(  # on their own data and in their own unit of loss
            "Li et al. 2025",
            dict(
                a1=-0.124,
                alpha=0.123,
                b1=0.424,
                a2=88.01,
                beta=-0.1,
                b2=-6.287,
                a3=-0.021,
                gamma=0.169,
                b3=-0.091,
            ),
        ),
    ),
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.01,
)
