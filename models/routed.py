"""Routed models: log10 L = a log10 N + b log10 E^ + c log10 N log10 E^ + d, E^ of the experts.

Clark et al. 2022, "Unified Scaling Laws for Routed Language Models", arXiv:2202.01169
(table 3). E^ is the number of experts E, which counts as E_start where there is one expert and
saturates at E_max: 1/E^ = 1/(E - 1 + 1/(1/E_start - 1/E_max)) + 1/E_max. L in nats per token; N,
the parameters of the dense model that the experts were added to (which are about those that a
token meets, one expert a token); experts, how many there are in each routed layer, 1 for a dense
model.

Every run saw the same 130e9 tokens: the law knows no D, says nothing of how a budget is split, and
holds at that D alone (Krajewski et al. 2024, arXiv:2402.07871, found its end of the gains,
N_cutoff = 10**(-b/c), to come from this). At 130e9 tokens a budget buys one size, N = C / (6 D);
what bounds the experts is memory, not FLOPs. So it has no optimum; the question `experts` says how
large a dense model of the same loss is.

E_max is the weak parameter: at 512 experts runs are only starting to saturate. Fitted to one
router of the paper's runs its 80 % band spans a factor of 2.6 to 3.1, where the prior alone spans
6; without runs beyond 64 experts it is little more than the prior. E_start rests on the dense runs
and those of few experts. What a fit says of thousands of experts rests on both.
"""

import math

from jax.numpy import exp, log, log10
from numpyro.distributions import LogNormal, Normal

from bayesfit.law import Law, Published

TENFOLD = math.log(10.0)


def saturated(experts, E_start, E_max):
    """E^: what a number of experts counts as, from E_start for one to E_max for any number."""
    rest = E_start * E_max / (E_max - E_start)  # 1 / (1/E_start - 1/E_max)
    return 1 / (1 / (experts - 1 + rest) + 1 / E_max)


def priors(ref):
    """Weak, and free of scale: slopes at the reference run, and how fast one of them fades."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        slope_N=LogNormal(log(0.08), 0.4),  # -d log L / d log N
        slope_E=LogNormal(log(0.035), 0.5),  # -d log L / d log E^
        fade=Normal(0.0, 0.15),  # share of slope_N that ten times the experts take
        E_start=LogNormal(log(2.0), 0.5),
        E_max=LogNormal(log(300.0), 0.7),
    )


def textbook(theta, ref):
    n, e = log10(ref.N), log10(saturated(ref.experts, theta.E_start, theta.E_max))
    c = theta.slope_N * theta.fade
    a, b = -theta.slope_N - c * e, -theta.slope_E - c * n
    d = log10(theta.L_ref) - a * n - b * e - c * n * e
    return dict(a=a, b=b, c=c, d=d, E_start=theta.E_start, E_max=theta.E_max)


def reference(p, ref):
    n, e = log10(ref.N), log10(saturated(ref.experts, p.E_start, p.E_max))
    slope_N, slope_E = -p.a - p.c * e, -p.b - p.c * n
    return dict(
        L_ref=exp(TENFOLD * (p.a * n + p.b * e + p.c * n * e + p.d)),
        slope_N=slope_N,
        slope_E=slope_E,
        fade=p.c / slope_N,
        E_start=p.E_start,
        E_max=p.E_max,
    )


def log_loss(p, runs):
    n, e = log10(runs.N), log10(saturated(runs.experts, p.E_start, p.E_max))
    return TENFOLD * (p.a * n + p.b * e + p.c * n * e + p.d)


def derived(p):
    return dict(alpha_dense=-p.a - p.c * log10(p.E_start))


def effective(p, N, experts):
    """Parameters of the dense model of the same loss, Clark et al.'s N_bar.

    N**(alpha(E^) / alpha(E_start)) (E^/E_start)**(b / alpha(E_start)), alpha(E^) = a + c log10 E^.
    """
    e, start = log10(saturated(experts, p.E_start, p.E_max)), log10(p.E_start)
    grown = (p.a + p.c * e) * log10(N) + p.b * (e - start)
    return exp(TENFOLD * grown / (p.a + p.c * start))


law = Law(
    rows="final",
    inputs=("N", "experts"),
    least=dict(experts=1),
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_ref", exponent_N="alpha_dense"),
    symbols=dict(
        a="slope of log10 L in log10 N where E^ is 1",
        b="slope of log10 L in log10 E^ where N is 1",
        c="interaction: how much of the gain of routing a tenfold N takes",
        d="log10 L where N and E^ are 1",
        E_start="what a single expert counts as",
        E_max="what endless experts count as, at most",
        alpha_dense="exponent of N of the dense model, -(a + c log10 E_start)",
    ),
    published=(
        Published(
            "Clark et al. 2022, S-Base",
            dict(a=-0.082, b=-0.108, c=0.009, d=1.104, E_start=1.847, E_max=314.478),
        ),
        Published(
            "Clark et al. 2022, RL-R",
            dict(a=-0.083, b=-0.126, c=0.012, d=1.111, E_start=1.880, E_max=469.982),
        ),
        Published(
            "Clark et al. 2022, Hash",
            dict(a=-0.087, b=-0.136, c=0.012, d=1.157, E_start=4.175, E_max=477.741),
        ),
    ),
    family="experts",
    default_data="routed",
    likelihood="student_t",
)
