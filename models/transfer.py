"""Transfer: D_T = k D_F**alpha N**beta, the data that pretraining is worth.

Hernandez et al. 2021, "Scaling Laws for Transfer", arXiv:2102.01293: a model of N
parameters pretrained on one distribution and fine-tuned on D_F characters of another has the loss
of one trained from scratch on D_F + D_T. D_F and D_T in characters, N without embeddings. The
response is D_T itself, worked out beforehand from the loss curves of both.

The law holds where data is short (D_F at most a tenth of what the model could use): beyond that
pretraining is worth nothing or less, and a table with such rows fits neither. The multiplier of the
data is (D_F + D_T) / D_F = 1 + k N**beta D_F**(alpha - 1), and depends on both: predict D_T at the
D_F that is meant. k is where the line meets one character and one parameter; the fit is of D_T at
the reference run and of the two slopes, and k follows. alpha says how near the two distributions
are (small is near), beta how well the architecture generalizes.
"""

from jax.numpy import exp, log
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.law import Law, Published


def priors(ref):
    """Slopes as the paper has them, give or take; the level as the table has it."""
    return dict(
        D_T_ref=LogNormal(log(ref.D_T), 1.0),  # of the reference run, characters
        alpha=Beta(2.0, 8.0),
        beta=Normal(0.38, 0.15),
    )


def textbook(theta, ref):
    log_k = log(theta.D_T_ref) - theta.alpha * log(ref.D_F) - theta.beta * log(ref.N)
    return dict(k=exp(log_k), alpha=theta.alpha, beta=theta.beta)


def reference(p, ref):
    return dict(D_T_ref=exp(log_transferred(p, ref)), alpha=p.alpha, beta=p.beta)


def log_transferred(p, runs):
    return log(p.k) + p.alpha * log(runs.D_F) + p.beta * log(runs.N)


def derived(p):
    return dict(N_for_data=p.alpha / p.beta)


law = Law(
    rows="final",
    inputs=("N", "D_F"),
    response="D_T",
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_transferred,
    derived=derived,
    symbols=dict(
        k="data transferred at one character and one parameter, characters",
        alpha="exponent of the fine-tuning data",
        beta="exponent of N",
        N_for_data="x times the data of fine-tuning is worth x to this power times the size",
    ),
    published=(
        Published("Hernandez et al. 2021, text", dict(k=1.9e4, alpha=0.18, beta=0.38)),
        Published("Hernandez et al. 2021, half code", dict(k=2.1e5, alpha=0.096, beta=0.38)),
    ),
    family="fine-tuning",
    default_data="simulated_transfer",
)
