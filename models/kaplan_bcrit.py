"""Critical batch: S = S_min (1 + B_crit/B) steps to a loss L, B_crit = B_star / L**(1/alpha_B).

McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", arXiv:1812.06162, eq. 2.11;
how B_crit grows as the loss falls is eq. 1.4 of Kaplan et al. 2020, arXiv:2001.08361. A table gives
steps (S or step) to a target loss at several batches B of tokens, for one or more models; each pair
of size and target has its own S_min, and a critical batch that scatters around the common power.
"""

from dataclasses import replace

from jax.numpy import exp, log, log1p, mean
from numpyro.distributions import LogNormal, Normal

from bayesfit.data import curves
from bayesfit.formatting import count, number
from bayesfit.law import Law, Published, of_group


def prepare(runs):
    """With S, B, and a label for each pair of size and target loss."""
    runs = curves.with_steps(runs)
    pairs = zip(runs["N"], runs["loss"], strict=True)
    target = [f"{count(N)} to {number(loss, 4)}" for N, loss in pairs]
    return replace(runs, table=runs.table.assign(target=target))


def priors(ref):
    """Weak, and free of scale: at the mean of the losses, batches and steps."""
    return dict(
        S_min=LogNormal(log(ref.S) - 0.7, 1.5).expand([ref.groups]).to_event(1),
        B_ref=LogNormal(log(ref.B), 1.5),  # critical batch at the mean loss, tokens
        alpha_B=LogNormal(log(0.21), 0.4),
        spread=LogNormal(log(0.2), 0.7),  # of log B_crit around the power law
        deviation=Normal(0.0, 1.0).expand([ref.groups]).to_event(1),
    )


def textbook(theta, ref):
    deviation = theta.deviation - mean(theta.deviation[:-1])  # the last: a target not tried
    return dict(
        S_min=theta.S_min,
        B_star=exp(log(theta.B_ref) + log(ref.loss) / theta.alpha_B),
        alpha_B=theta.alpha_B,
        off_trend=exp(theta.spread * deviation),
    )


def log_steps(p, runs):
    S_min, off_trend = of_group(p.S_min, runs.group), of_group(p.off_trend, runs.group)
    B_crit = log(p.B_star) - log(runs.loss) / p.alpha_B + log(off_trend)
    return log(S_min) + log1p(exp(B_crit - log(runs.B)))


law = Law(
    rows="final",
    inputs=("B", "loss"),
    response="S",
    group="target",
    random=("spread", "deviation"),
    prepare=prepare,
    priors=priors,
    textbook=textbook,
    log_loss=log_steps,
    symbols=dict(
        B_star="critical batch at a loss of one nat, tokens",
        alpha_B="the critical batch grows as L^(-1/alpha_B)",
        S_min="steps to the target at very large batch",
        off_trend="critical batch over that of the power law",
    ),
    published=(Published("Kaplan et al. 2020", dict(B_star=2.1e8, alpha_B=0.21)),),
    family="Kaplan",
    default_data="kaplan_batches",
)
