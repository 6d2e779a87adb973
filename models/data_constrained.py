"""Repeated data, Muennighoff et al.: L = E + A / N'**alpha + B / D'**beta, with N' and D' below.

Muennighoff et al. 2023, "Scaling Data-Constrained Language Models", arXiv:2305.16264. Of D training
tokens U_D = min(D, unique_tokens) are unique and are seen 1 + R_D times. They are worth

    D' = U_D + U_D R_D_star (1 - exp(-R_D / R_D_star)),   R_D = D / U_D - 1,

and N parameters, of which the unique tokens can use U_N = min(N, (alpha A U_D**beta / (beta B)) **
(1 / alpha)), the size that Chinchilla's law would train on them once, are worth N', the same with
R_N = N / U_N - 1 and R_N_star. L in nats per token, N parameters, D and unique_tokens in tokens.

The paper freezes E, A, B and alpha = beta as 54 runs without repetition give them, and fits
R_D_star and R_N_star alone; here all seven are fitted at once, and alpha and beta are not tied
(they are in the paper's values). R_N_star is known only through runs with N > U_N, and R_D_star
only through many epochs: with fewer than its own number the loss sees no more than its order of
magnitude. The law falls with N and D, ever less: it cannot say that too many epochs do harm
(`repeated_data` can say so of too many parameters).

With independent scatter the paper's 182 runs ask for a Student-t of less than one degree of
freedom: the law does not fit them. So it is taken to be off by a field (`misfit_t`), which
leave-one-out prefers by 80 (23) there.
"""

import math

from jax.numpy import exp, expm1, log, maximum, minimum
from numpyro.distributions import LogNormal

from bayesfit.law import Law, Published, View
from bayesfit.models import load

chinchilla = load("chinchilla_approach3")


def priors(ref):
    """Weak, and free of scale; how many repetitions are of use, to an order of magnitude."""
    return chinchilla.priors(ref) | dict(
        R_D_star=LogNormal(log(10.0), 0.8), R_N_star=LogNormal(log(5.0), 0.8)
    )


def textbook(theta, ref):
    """L_ref is the loss of the reference run, were all of N of use to it."""
    at = View(N=ref.N, D=tokens_worth(theta, ref))
    return chinchilla.textbook(theta, at) | repetitions(theta)


def reference(p, ref):
    assert chinchilla.reference is not None
    at = View(N=ref.N, D=tokens_worth(p, ref))
    return chinchilla.reference(p, at) | repetitions(p)


def repetitions(p):
    return dict(R_D_star=p.R_D_star, R_N_star=p.R_N_star)


def worth(amount, unique, R_star):
    """What an amount is worth of which so much is unique, and the rest repetition."""
    repeated = maximum(amount / unique - 1.0, 0.0)
    return unique * (1.0 - R_star * expm1(-repeated / R_star))


def tokens_worth(p, runs):
    """D'."""
    return worth(runs.D, minimum(runs.D, runs.unique_tokens), p.R_D_star)


def parameters_worth(p, runs):
    """N'."""
    once = minimum(runs.D, runs.unique_tokens)
    log_best = (log(p.alpha * p.A / (p.beta * p.B)) + p.beta * log(once)) / p.alpha
    return worth(runs.N, exp(minimum(log_best, log(runs.N))), p.R_N_star)


def log_loss(p, runs):
    return chinchilla.log_loss(p, View(N=parameters_worth(p, runs), D=tokens_worth(p, runs)))


def derived(p):
    """D' of endless epochs, in unique tokens."""
    return dict(worth_at_most=1.0 + p.R_D_star)


law = Law(
    rows="final",
    inputs=("N", "D", "unique_tokens"),
    priors=priors,
    reparametrize=chinchilla.reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha", exponent_D="beta"),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term",
        alpha="exponent of N",
        beta="exponent of D",
        R_D_star="repetitions of data after which another is worth 1/e of a first",
        R_N_star="the same of parameters beyond those that the unique tokens can use",
        worth_at_most="what endless epochs are worth, in epochs of unique data",
    ),
    published=(
        Published(  # E, A, B and alpha = beta from 54 runs without repetition, the rest from 182
            "Muennighoff et al. 2023",
            dict(
                E=math.exp(0.6254804),
                A=math.exp(6.255414),
                B=math.exp(7.3049974),
                alpha=0.3526596,
                beta=0.3526596,
                R_D_star=15.387756,
                R_N_star=5.309743,
            ),
        ),
    ),
    family="data",
    default_data="simulated_epochs",
    likelihood="misfit_t",
)
